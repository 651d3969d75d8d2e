"""Checks that run longer than a test may: ``make soak`` runs them, and CI a part of them."""
