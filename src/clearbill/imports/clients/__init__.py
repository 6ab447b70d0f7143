"""Clients with their cover, as other practice systems and lists hold them."""
