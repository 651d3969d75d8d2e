"""OneRoster 1.1."""
