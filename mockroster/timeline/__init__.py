"""Roster events: what changes in a school district over time, in batches as a student information system makes them."""
