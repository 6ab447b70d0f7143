"""What is sealed with the installation's encryption keys: the newest seals, older ones still open."""

from __future__ import annotations

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def keys() -> MultiFernet:
    """Return the installation's encryption keys, newest first."""
    return MultiFernet([Fernet(key.strip()) for key in settings.ENCRYPTION_KEYS])
