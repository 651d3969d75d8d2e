"""The standard as data: models, operations, enumerations, scopes and status codes."""
