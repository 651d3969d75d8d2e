"""Everything that a sandbox changes, behind one port: ``port`` states it, ``values`` go through it."""
