"""Compare a roster with a client's own tables, by a map of their columns."""
