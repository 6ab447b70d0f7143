"""Bulk submission: many claims in one action."""
