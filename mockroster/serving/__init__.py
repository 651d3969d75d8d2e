"""An HTTP/1.1 server for WSGI applications: one event loop, a few threads for long work, no thread for waiting."""
