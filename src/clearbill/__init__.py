"""Clearbill: the claims desk of UK private practice."""

from __future__ import annotations

__version__ = "0.1.0"
