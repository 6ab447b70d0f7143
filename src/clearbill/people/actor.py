"""Who acts, for which practice and when: what every service is told first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from clearbill.people import audit
from clearbill.people.models import Practice, User


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work for one practice at one moment. `user` None is Clearbill itself; `now` is in UTC.

    A page makes one of its request, a command or the worker of what it was asked to do; services only hand it on.
    """

    practice: Practice
    user: User | None
    now: datetime

    @property
    def person(self) -> User:
        """Return the user, for what only a person may do. Raises ValueError where Clearbill itself is at work."""
        if self.user is None:
            raise ValueError("Only a person can do this.")
        return self.user

    def audit(self, action: str, subject: Model, *, label: str = "", changes: Mapping[str, Any] | None = None) -> None:
        """Add an entry to the audit trail, inside the transaction of the change; see `people.audit.write`."""
        audit.write(
            practice=self.practice,
            by=self.user,
            at=self.now,
            action=action,
            subject=subject,
            label=label,
            changes=changes,
        )

    def audit_many(self, entries: Iterable[tuple[str, Model, str, Mapping[str, Any]]]) -> None:
        """Add many entries in one go: action, subject, label and changes of each, as `audit` takes them."""
        audit.write_many(
            [
                audit.entry(
                    practice=self.practice,
                    by=self.user,
                    at=self.now,
                    action=action,
                    subject=subject,
                    label=label,
                    changes=changes,
                )
                for action, subject, label, changes in entries
            ]
        )
