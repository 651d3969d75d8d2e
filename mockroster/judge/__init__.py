"""Judge what others did with the standard: a client, a provider, or two rosters beside each other."""
