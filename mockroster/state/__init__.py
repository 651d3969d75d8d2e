"""The mutable state of sandboxes behind one interface: ``port`` defines it, ``values`` are its data types."""
