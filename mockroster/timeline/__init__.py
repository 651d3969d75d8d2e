"""Roster events: the changes of a school district over time, in the batches of a student information system."""
