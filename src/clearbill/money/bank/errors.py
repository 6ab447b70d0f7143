"""Errors."""

from __future__ import annotations


class BankRefused(Exception):
    """It cannot be done; the message is a sentence for the person who asked for it."""
