"""Who may do what: the OAuth 2 token endpoint, OAuth 1.0a signatures and the decision on each request.

It may import the sandbox's credentials, the scopes of the standard, the errors and the clock.
"""
