"""Prices agreed with insurers, and the days they hold."""
