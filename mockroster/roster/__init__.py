"""Records: storage, changes, and conversion to each version of the standard."""
