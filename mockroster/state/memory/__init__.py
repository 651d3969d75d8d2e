"""The default backend: everything in the memory of one process."""

from mockroster.state.memory.store import MemoryStore as MemoryStore
