"""Reads of invitations: those that are open, and the one behind a link."""

from __future__ import annotations

import hashlib
from datetime import datetime

from clearbill.people.models import Invitation, Practice


def open_ones(practice: Practice) -> list[Invitation]:
    """Return the invitations that were neither accepted nor withdrawn, also those past their time."""
    return list(
        Invitation.objects.filter(practice=practice, accepted_at=None, withdrawn_at=None).order_by("full_name", "email")
    )


def with_secret(secret: str, *, now: datetime) -> Invitation | None:
    """Return the invitation of this link while it can be accepted, else None."""
    return (
        Invitation.objects.filter(secret_digest=digest(secret), accepted_at=None, withdrawn_at=None, expires_at__gt=now)
        .select_related("practice", "invited_by")
        .first()
    )


def digest(secret: str) -> str:
    """Return what is kept of a link's secret, so that nobody can read the link out of the database."""
    return hashlib.sha256(secret.encode()).hexdigest()
