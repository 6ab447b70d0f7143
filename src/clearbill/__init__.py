"""Clearbill: the claims desk of UK private practice."""

__version__ = "0.1.0"
