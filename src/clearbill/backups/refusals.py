"""Why a backup cannot be made or restored, in a sentence for the person at the terminal."""

from __future__ import annotations


class BackupRefused(Exception):
    """Nothing was changed; the message says why and what to do."""
