"""Rendering: records as validated bytes, pages, headers and error bodies."""
