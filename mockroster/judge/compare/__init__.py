"""Compare two rosters, or a roster with the copy that a client keeps of it."""
