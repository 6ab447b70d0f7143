"""The circuit breaker of a connection: open after several failures, backoff, one trial request, closed again.

A connection that fails several times in a row is paused (a circuit breaker): nothing is sent or asked over it until the
pause is over, then one worker tries it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from clearbill.claims.queue import backoff
from clearbill.clearinghouse.port import ClearingError, CredentialsRefused
from clearbill.workspace.models import HealthcodeConnection

FAILURE_THRESHOLD = 3


def is_paused(connection: HealthcodeConnection, now: datetime) -> bool:
    """Return whether nothing may be sent or asked over this connection yet."""
    return connection.paused_until is not None and now < connection.paused_until <= now + backoff.MAX_PAUSE


def allow_request(connection: HealthcodeConnection, now: datetime) -> bool:
    """Return whether this worker may use the connection now; after a pause only the first one that asks may."""
    if is_paused(connection, now):
        return False
    if connection.paused_until is None:
        return True
    next_try_at = now + timedelta(seconds=settings.TAKEN_TOO_LONG_SECONDS)
    if _row_if_unchanged(connection).update(paused_until=next_try_at) != 1:
        return False
    connection.paused_until = next_try_at
    return True


def is_closed(connection: HealthcodeConnection) -> bool:
    """Return whether nothing was the matter with this connection when it was read."""
    trouble = connection.failures or connection.refusal or connection.paused_until or connection.not_answering_since
    return not trouble


def record_success(connection: HealthcodeConnection) -> None:
    """Healthcode answered and took our credentials. A pause that began while this answer was under way stays."""
    if not is_closed(connection):
        _row_if_unchanged(connection).update(failures=0, refusal="", paused_until=None, not_answering_since=None)


def record_failure(connection: HealthcodeConnection, failure: Exception, *, now: datetime) -> None:
    """Note what a failure says of the connection as a whole, and pause it where it is time to.

    What others have learnt since this sending began is not undone: failures add up, and the longer pause stays.
    """
    stored = HealthcodeConnection.objects.filter(pk=connection.pk)
    pause_seconds: float | None
    if isinstance(failure, CredentialsRefused):
        pause_seconds = backoff.CREDENTIALS_PAUSE_SECONDS
        stored.update(refusal=failure.sentence[:300], not_answering_since=None)
    elif (asked_seconds := backoff.retry_after_seconds(failure)) is not None:
        pause_seconds = asked_seconds
        stored.update(failures=0, not_answering_since=None)
    else:
        # Lanes that fail together are one outage: once one of them has paused the connection, the others add nothing.
        first_at = Coalesce("not_answering_since", Value(now))
        if not _row_if_unchanged(connection).update(failures=F("failures") + 1, not_answering_since=first_at):
            return
        failures = stored.values_list("failures", flat=True).first() or 0
        pause_seconds = backoff.backoff_seconds(failures - FAILURE_THRESHOLD)
    if pause_seconds is None:
        _row_if_unchanged(connection).update(paused_until=None)
        return
    until = now + timedelta(seconds=pause_seconds)
    shorter = Q(paused_until=None) | Q(paused_until=connection.paused_until) | Q(paused_until__lt=until)
    stored.filter(shorter).update(paused_until=until)


def _row_if_unchanged(connection: HealthcodeConnection) -> QuerySet[HealthcodeConnection]:
    """Return its row while its pause is still the one that this worker knows of."""
    return HealthcodeConnection.objects.filter(pk=connection.pk, paused_until=connection.paused_until)


def counts_as_failure(failure: Exception) -> bool:
    """Return whether a failure tells something of the clearing house, and not only of one bill or of us."""
    if not isinstance(failure, ClearingError):
        return False
    return (
        isinstance(failure, CredentialsRefused)
        or failure.exchange is not None
        or backoff.retry_after_seconds(failure) is not None
    )
