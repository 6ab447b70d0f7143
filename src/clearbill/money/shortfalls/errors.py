"""Why something cannot be decided about a deduction, as a sentence for the person."""

from __future__ import annotations


class DecisionRefused(Exception):
    """It cannot be done; the message is a sentence for the person who asked for it."""
