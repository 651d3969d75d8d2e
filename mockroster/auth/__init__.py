"""Authentication and authorization: the OAuth 2 token endpoint, OAuth 1.0a signatures and bearer tokens."""
