"""Healthcode, the clearing house: `connect(Connection(...))` gives a `ClearingHouse`."""

from __future__ import annotations

from clearbill.clearinghouse.healthcode.client import HealthcodeClient, connect
from clearbill.clearinghouse.healthcode.connection import Clock, Connection

__all__ = ["Clock", "Connection", "HealthcodeClient", "connect"]
