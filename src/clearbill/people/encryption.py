"""Encrypt what is secret and sign what is to stay, each purpose with its own key; decrypt it with any of the keys."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Purpose(StrEnum):
    """What is encrypted. What was encrypted for one purpose is never read for another."""

    CONNECTION = "the secrets of a connection"
    KEPT_FORM = "a form that is kept through a sign-in"
    AUDIT_CHAIN = "the hash chain of the audit trail"
    SECOND_FACTOR = "the secrets of a second factor"


class DecryptionFailed(Exception):
    """No key of this installation opens the secret; it has to be entered again."""


def cipher(purpose: Purpose, *, keys: Sequence[str] = ()) -> MultiFernet:
    """Return the keys for this purpose, made of the installation's encryption keys, newest first, or of `keys`."""
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys or settings.ENCRYPTION_KEYS])


def signing_keys(purpose: Purpose) -> list[bytes]:
    """Return the keys by which something is signed for this purpose, of 32 bytes, newest first."""
    return [base64.urlsafe_b64decode(_derived(key, purpose)) for key in settings.ENCRYPTION_KEYS]


def encrypt(secret: str) -> str:
    """Return the secret of a connection encrypted; "" for none."""
    return cipher(Purpose.CONNECTION).encrypt(secret.encode()).decode() if secret else ""


def decrypt(sealed: str, *, keys: Sequence[str] = ()) -> str:
    """Return the secret of a connection; "" for none. Raises DecryptionFailed where the key has been lost.

    `keys` are others than the installation's, as of a backup.
    """
    if not sealed:
        return ""
    # Earlier versions used the keys as they are.
    as_they_are = MultiFernet([Fernet(key.strip()) for key in keys or settings.ENCRYPTION_KEYS])
    for opener in (cipher(Purpose.CONNECTION, keys=keys), as_they_are):
        try:
            return opener.decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
    raise DecryptionFailed("The stored key cannot be read on this installation. Enter it again.")


def _derived(key: str, purpose: Purpose) -> bytes:
    own = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"clearbill: {purpose}".encode())
    return base64.urlsafe_b64encode(own.derive(base64.urlsafe_b64decode(key.strip())))
