"""Checks of a claim against what is outside of it: its invoice, other claims, the client, earlier refusals."""
