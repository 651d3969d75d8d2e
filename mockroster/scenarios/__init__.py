"""Scenarios: faults and deviations of real providers, each a small class with parameters."""
