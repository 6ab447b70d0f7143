"""Practices, users, permissions."""
