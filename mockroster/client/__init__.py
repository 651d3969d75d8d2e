"""A running server as a test sees it: a sandbox to arrange, ask and look at, over HTTP, wherever the server is."""
