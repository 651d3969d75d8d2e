"""Answers: records as validated bytes, pages of them, headers and error bodies."""
