"""The standard, as data: every model, operation, enumeration, scope and status code, once."""
