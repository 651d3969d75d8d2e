"""What can be switched: the faults and habits of real providers, each a small class with parameters."""
