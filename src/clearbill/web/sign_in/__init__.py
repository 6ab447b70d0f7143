"""Signing in, access to pages, the account."""
