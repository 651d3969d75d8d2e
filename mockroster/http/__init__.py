"""HTTP: routes, views and error answers, all derived from the statement of the standard."""
