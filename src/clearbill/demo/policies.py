"""A client who changed insurer, one on a partner's policy, and one whose authorised sessions are nearly used."""

from __future__ import annotations

from datetime import datetime, timedelta

from clearbill.appointments.authorised_sessions import AuthorisationUse, use_by_authorisation
from clearbill.bill import dates
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.demo.clients import Person
from clearbill.demo.workspace import Cast

CHANGED_BEFORE = timedelta(weeks=20)

MORE_THAN_AUTHORISED = 3


def change_insurer(people: list[Person], now: datetime) -> None:
    """The first client with BUPA was with Aviva until some months ago; the second is on a partner's policy."""
    changed, partner = [one.client for one in people if one.insurer_slug == "bupa"][:2]
    begins = dates.uk_day(now - CHANGED_BEFORE)
    Policy.objects.filter(client=changed).update(valid_from=begins)
    former = Policy.objects.create(
        client=changed,
        insurer_slug="aviva",
        membership_number="ZZ123456",
        valid_from=begins - timedelta(days=365),
        valid_to=begins - timedelta(days=1),
    )
    Authorisation.objects.create(policy=former, code="100001/10", valid_to=former.valid_to, sessions=6)
    Policy.objects.filter(client=partner).update(
        holder_name=f"Robin {partner.last_name}", holder_relation="Spouse or partner"
    )


def grant_sessions(cast: Cast) -> None:
    """Leave one session to the first client who has had two or more; few have had more than was authorised."""
    uses = _uses(cast)
    nearly = next(use for use in uses if use.used > 1 and use.authorisation.policy.valid_from is None)
    _grant(nearly, 1, body_area="Lower back")
    for use in [use for use in uses if use.is_exceeded and use is not nearly][MORE_THAN_AUTHORISED:]:
        _grant(use, 4)


def _uses(cast: Cast) -> list[AuthorisationUse]:
    clients = Client.objects.filter(practice=cast.practice).order_by("number")
    rows = clients.prefetch_related("policies__authorisations__policy")
    return [use for client in rows for use in use_by_authorisation(client).values()]


def _grant(use: AuthorisationUse, left: int, **fields: str) -> None:
    granted = use.used + use.booked + left
    Authorisation.objects.filter(pk=use.authorisation.pk).update(sessions=granted, **fields)
