"""Records: how they are stored, changed, and seen by each version of the standard."""
