"""Rosters written to files: JSON, YAML and OneRoster CSV, each of which can be loaded again."""
