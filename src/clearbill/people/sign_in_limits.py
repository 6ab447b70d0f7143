"""Guessing is slowed down: after some wrong passwords or codes a pause, and a longer one after each further one.

Counted are the failures of the last hour. A stranger must not be able to keep others out: a browser in which somebody
has signed in before has a count of its own for that person, and is not held up by what is tried elsewhere. All others
share one count for each e-mail address and network address, and wider ones, with shorter pauses, for each e-mail
address and for each network address, behind which may be a whole practice.

The counts are of what was typed, whoever has that address, so that no answer tells who has a sign-in.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from clearbill.people.actor import Actor
from clearbill.people.models import FailedAttempt, Membership, User

COUNTED_FOR = timedelta(hours=1)

FIRST_PAUSE = timedelta(minutes=1)

KEPT_FOR = timedelta(days=1)

_log = logging.getLogger("clearbill.people")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures go without a pause; from then on it doubles with each, up to the longest."""

    free: int
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures."""
        over = failures - self.free
        return min(FIRST_PAUSE * 2 ** min(over, 10), self.longest) if over >= 0 else timedelta(0)


ONE_PERSON = Limit(free=5, longest=timedelta(minutes=32))

ALL_STRANGERS = Limit(free=20, longest=timedelta(minutes=8))

"""All browsers together that are not known as the person's own."""

ONE_ADDRESS = Limit(free=50, longest=timedelta(minutes=8))

"""All that comes from one network address, whoever is tried."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried: a password or a second factor, for whom, from where, and in which known browser ("": in none)."""

    kind: str
    email: str
    address: str | None
    device: str = ""


class TooMany(Exception):
    """There were too many failures. `until` is when the next attempt is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def begin(attempt: Attempt, *, now: datetime) -> FailedAttempt:
    """Count an attempt as failed before it is looked at, so that many at once are many. Raises TooMany."""
    row = FailedAttempt.objects.create(
        kind=attempt.kind,
        email=attempt.email,
        address=attempt.address,
        device=attempt.device,
        at=now,
        told_at=now,
    )
    until = _paused_until(attempt, before=row)
    if until is not None and until > now:
        row.delete()
        raise TooMany(until)
    return row


def succeeded(row: FailedAttempt) -> None:
    """Forget the attempt, which was right, and the failures before it of the same person in the same place."""
    FailedAttempt.objects.filter(
        kind=row.kind, email=row.email, address=row.address, device=row.device, pk__lte=row.pk
    ).delete()


def forget(email: str) -> None:
    """Forget the wrong passwords for an address whose owner has just set a new one by e-mail."""
    FailedAttempt.objects.filter(kind=FailedAttempt.PASSWORD, email=email, told_at__isnull=False).delete()


def failed(row: FailedAttempt) -> None:
    """Let the attempt stand as failed: in the log now, and in the trail of whom it was about by the worker."""
    FailedAttempt.objects.filter(pk=row.pk).update(told_at=None)
    _log.warning("A sign-in was refused: %s, from %s.", row.get_kind_display(), row.address or "an unknown address")


def tell_next(*, now: datetime) -> bool:
    """Write the next failure into the trail of the practices of the person, if anybody has the address.

    Not while the person waits, so that no answer's time tells whether somebody has it.
    """
    row = FailedAttempt.objects.filter(told_at=None).order_by("pk").first()
    if row is None:
        return False
    if FailedAttempt.objects.filter(pk=row.pk, told_at=None).update(told_at=now):
        user = User.objects.filter(email=row.email).first()
        members = Membership.objects.filter(user=user, is_active=True).select_related("practice") if user else ()
        for member in members:
            changes = {"reason": row.get_kind_display(), "network_address": row.address or ""}
            Actor(member.practice, None, row.at).audit("refused a sign-in", member.user, changes=changes)
    return True


def clear(*, now: datetime) -> None:
    """Forget the failures of yesterday."""
    FailedAttempt.objects.filter(at__lt=now - KEPT_FOR).delete()


def _paused_until(attempt: Attempt, *, before: FailedAttempt) -> datetime | None:
    lately = FailedAttempt.objects.filter(kind=attempt.kind, at__gt=before.at - COUNTED_FOR, pk__lt=before.pk)
    ends = [_end(limit, rows) for limit, rows in _counts(attempt, lately)]
    return max((end for end in ends if end is not None), default=None)


def _counts(attempt: Attempt, lately: QuerySet[FailedAttempt]) -> list[tuple[Limit, QuerySet[FailedAttempt]]]:
    of_person = lately.filter(email=attempt.email)
    if attempt.kind != FailedAttempt.PASSWORD:
        # Whoever comes this far knows the password, or is signed in: no stranger holds anybody up.
        return [(ONE_PERSON, of_person)]
    if attempt.device:
        return [(ONE_PERSON, of_person.filter(device=attempt.device))]
    counts = [
        (ONE_PERSON, of_person.filter(device="", address=attempt.address)),
        (ALL_STRANGERS, of_person.filter(device="")),
    ]
    if attempt.address is not None:
        counts.append((ONE_ADDRESS, lately.filter(device="", address=attempt.address)))
    return counts


def _end(limit: Limit, rows: QuerySet[FailedAttempt]) -> datetime | None:
    """Return when the pause after these failures ends, None where they need none."""
    moments = list(rows.order_by("-pk").values_list("at", flat=True)[: limit.free + 11])
    pause = limit.pause(len(moments))
    return moments[0] + pause if pause else None
