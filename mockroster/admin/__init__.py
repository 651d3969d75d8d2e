"""What is asked about the server itself: is it up, and with which data."""
