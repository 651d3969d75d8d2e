"""The bounds of the timeline, in a module that imports nothing: a command states them before it loads the rest."""

MOST_DAYS = 3660
"""The most days that pass at once, and the most nights of nightly files."""
