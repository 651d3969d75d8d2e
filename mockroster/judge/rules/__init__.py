"""The rules of the verdict, by subject."""
