"""Who may do what: the OAuth 2 token endpoint, OAuth 1.0a signatures and the decision on each request."""
