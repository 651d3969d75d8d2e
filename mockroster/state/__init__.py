"""Everything that a sandbox changes, behind one port: ``port`` states it, ``memory`` is the default backend."""
