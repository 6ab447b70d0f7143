"""A client's own invoice with VAT, a part of it credited, and the rest paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from clearbill.bill.dates import uk_day
from clearbill.clients.models import Client
from clearbill.demo.workspace import REPORT, Cast
from clearbill.invoicing import credit_notes, payments, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import LedgerEntry, Method
from clearbill.people.actor import Actor
from clearbill.workspace.models import Service

CREDITED = Decimal("36.00")


def give_out(cast: Cast, client: Client, now: datetime) -> None:
    """Bill a report a fortnight ago, credit a part of it a few days later, and take the payment."""
    asked_at, paid_at = now - timedelta(days=14), now - timedelta(days=5)
    service = Service.objects.get(practice=cast.practice, name=REPORT)
    rate = service.rate_on(uk_day(asked_at))
    line = LineDraft(
        description=service.name,
        treated_on=uk_day(asked_at),
        unit_price=rate.price,
        vat_rate=rate.vat_rate,
        service=service,
    )
    draft = InvoiceDraft(client=client, practitioner=cast.practitioners["helena"], issued_on=uk_day(asked_at))
    invoice = services.create(Actor(cast.practice, cast.desk, asked_at), draft=draft, lines=[line])
    credit_notes.create(
        Actor(cast.practice, cast.owner, paid_at),
        invoice=invoice,
        amounts={invoice.lines.get().pk: CREDITED},
        reason="A shorter report than was ordered.",
    )
    payments.record_payment(
        Actor(cast.practice, cast.desk, paid_at),
        invoice=invoice,
        amount=invoice.net_total - CREDITED,
        received_on=uk_day(paid_at),
        source=LedgerEntry.PATIENT,
        method=Method.CARD,
    )
