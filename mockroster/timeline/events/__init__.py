"""The built-in events, a module for each kind; the entry points of the group ``mockroster.events`` name them."""
