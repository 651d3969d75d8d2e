"""JSON as it is written in fixture files."""
