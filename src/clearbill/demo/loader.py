"""Load the demo practice into an empty database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import connection
from django.utils import timezone

from clearbill.db import sql
from clearbill.demo import appointments, clients, contract_prices, credit_note, missed_visits, policies, workspace
from clearbill.demo.money import Money
from clearbill.demo.sandbox_client import StandIn
from clearbill.demo.story import Story
from clearbill.people.audit import chain
from clearbill.people.models import User

SEED = 2026


def is_loaded() -> bool:
    """Return whether this database holds the demo practice."""
    return User.objects.filter(email=workspace.SIGN_IN).exists()


def begins_at(now: datetime) -> datetime:
    """Return when the story begins, before which the stand-in's clock must not run."""
    return now - timedelta(weeks=appointments.WEEKS_BACK + 1)


def load(*, stand_in_address: str, now: datetime, say: Callable[[str], None]) -> None:
    """Make the demo practice and tell its story up to `now`, against a stand-in whose clock stands at `begins_at`.

    The database must be one that nobody uses yet: it is filled without waiting for the disk.
    """
    if not sql.is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    dice = Random(SEED)  # nosec B311 (an invented story, nothing secret)
    with StandIn(stand_in_address) as stand_in:
        say("the practice and its people")
        cast = workspace.make(timezone.localtime(begins_at(now)))
        people = clients.make(cast, stand_in, dice)
        policies.change_insurer(people, now)
        appointments.fill(cast, people, now, dice)
        Story(cast, stand_in, now, dice, say).tell()
        contract_prices.agree(cast, now - timedelta(days=2))
        contract_prices.raise_a_price(cast, now - timedelta(days=1))
        stand_in.move_clock_to(timezone.now())
        say("the money")
        credit_note.give_out(cast, next(one.client for one in people if not one.insurer_slug), now)
        Money(cast, stand_in, now).tell()
        policies.grant_sessions(cast)
        missed_visits.decide(cast, now)
        chain.append_all()
