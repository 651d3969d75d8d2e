"""Queries: filter, sort, paging and field selection (section 3.4 of 1.1)."""
