"""OneRoster CSV as it is written in fixture files, bulk and delta."""
