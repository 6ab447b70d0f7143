"""What missed visits cost at the demo practice: one to decide about, one charged to the client, one let off."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from clearbill.appointments import cancellation_charges
from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.demo.workspace import Cast
from clearbill.invoicing import services
from clearbill.people.actor import Actor
from clearbill.workspace.models import CancellationPolicy

CHARGED_WITHIN = timedelta(days=1)


def decide(cast: Cast, now: datetime) -> None:
    """Charge for the last three missed visits on: the latest waits, the one before is charged, the third is let off."""
    missed = Appointment.objects.filter(practice=cast.practice, state=Appointment.MISSED).select_related(
        "client", "practitioner__site", "service", "site"
    )
    latest, charged, let_off = missed.order_by("-starts_at")[:3]
    CancellationPolicy.objects.create(
        practice=cast.practice,
        missed_rate=Decimal(50),
        late_sum=Decimal("25.00"),
        applies_from=dates.uk_day(let_off.starts_at),
    )
    actor = Actor(cast.practice, cast.desk, max(now - CHARGED_WITHIN, latest.starts_at))
    services.charge_missed(actor, appointments=[charged])
    cancellation_charges.waive_charge(actor, appointment=let_off, reason="Was in hospital that day")
