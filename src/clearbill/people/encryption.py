"""Encrypt the secrets of a connection at rest; decrypt them with any of the installation's keys."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def cipher() -> MultiFernet:
    """Return the installation's encryption keys, newest first."""
    return MultiFernet([Fernet(key.strip()) for key in settings.ENCRYPTION_KEYS])


class DecryptionFailed(Exception):
    """No key of this installation opens the secret; it has to be entered again."""


def encrypt(secret: str) -> str:
    """Return the secret encrypted; "" for none."""
    return cipher().encrypt(secret.encode()).decode() if secret else ""


def decrypt(sealed: str) -> str:
    """Return the secret; "" for none. Raises DecryptionFailed where the key has been lost."""
    if not sealed:
        return ""
    try:
        return cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise DecryptionFailed("The stored key cannot be read on this installation. Enter it again.") from None
