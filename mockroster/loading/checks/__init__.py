"""What is looked for in records among each other, once each is right by itself."""
