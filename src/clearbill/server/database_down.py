"""Which database errors mean that it is away, full or locked, and how long to wait before trying again."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

FAULTS = (OperationalError, InterfaceError)

TRY_AGAIN_SECONDS = 5

SENTENCE = "Clearbill cannot use its database just now. It looks after itself: try again in a moment."
