"""Raw HTTP/1.1 conversations: a strict client over a socket, and a table of cases with the answers they must get."""
