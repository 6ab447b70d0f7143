"""Files that come from another practice system, or from a list that a practice keeps: its clients with their cover."""

from __future__ import annotations

from clearbill.fileformats.practice_systems.client_row import ClientRow
from clearbill.fileformats.practice_systems.csv_clients import read_clients

__all__ = ["ClientRow", "read_clients"]
