"""Toy clients for the verdict: for each rule one that follows it and one that does not."""
