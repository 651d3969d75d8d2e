"""One world: its records, clock and credentials."""
