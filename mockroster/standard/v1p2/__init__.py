"""OneRoster 1.2."""
