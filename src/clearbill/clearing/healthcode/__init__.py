"""Healthcode, the clearing house: `connect(Connection(...))` gives a `ClearingHouse`."""

from __future__ import annotations

from clearbill.clearing.healthcode.clock import Clock
from clearbill.clearing.healthcode.connection import Connection
from clearbill.clearing.healthcode.house import HealthcodeHouse, connect

__all__ = ["Clock", "Connection", "HealthcodeHouse", "connect"]
