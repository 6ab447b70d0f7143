"""Why a bank line cannot be matched so, as a sentence for the person."""

from __future__ import annotations


class BankRefused(Exception):
    """It cannot be done; the message is a sentence for the person who asked for it."""
