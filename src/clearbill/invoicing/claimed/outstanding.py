"""Where the money is that was invoiced and is owed: one place for each invoice, and what is owed on it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Round

from clearbill.bill import money
from clearbill.bill.lifecycle import Status
from clearbill.invoicing.claimed.claim_link import with_claim
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice


class Place(StrEnum):
    """Who has to move before an invoice is paid: each invoice that something is owed on is in one of them."""

    NO_CLAIM = "no-claim"
    PRACTICE = "practice"
    HEALTHCODE = "healthcode"
    INSURERS = "insurers"
    CLIENTS = "clients"


PLACES = {
    Place.NO_CLAIM: "Invoiced, no claim made",
    Place.PRACTICE: "With you: not sent, or rejected",
    Place.HEALTHCODE: "With Healthcode",
    Place.INSURERS: "With insurers",
    Place.CLIENTS: "With clients",
}

# What Healthcode cancelled bills nobody: it takes a new claim, as where there never was one.
_NO_CLAIM = Q(claim_status=None) | Q(claim_status=Status.CANCELLED.value)

_WITH_PRACTICE = [status.value for status in (Status.CREATED, Status.REJECTED, Status.DECLINED)]

_WITH_HEALTHCODE = [status.value for status in (Status.SUBMITTED, Status.UNKNOWN)]

_POUNDS: DecimalField[Decimal, Decimal] = DecimalField(max_digits=12, decimal_places=2)


def outstanding(practice: Practice) -> QuerySet[Any]:
    """Return the invoices that something is owed on, each with `owed`, pounds, and its `place`.

    What the client was asked for before the insurer deducted it is owed by the client, not by the insurer too.
    """
    shares = Invoice.objects.filter(share_of=OuterRef("pk"), voided_at=None).order_by().values("share_of")
    asked = shares.annotate(asked=Sum(F("net_total") - F("credited_total"), output_field=_POUNDS)).values("asked")
    nothing = Value(Decimal(0), output_field=_POUNDS)
    beyond = Coalesce(Subquery(asked), nothing, output_field=_POUNDS) - F("short_total")
    early = Greatest(beyond, nothing, output_field=_POUNDS)
    rows = with_claim(Invoice.objects.filter(practice=practice, voided_at=None, open_total__gt=0))
    return rows.annotate(
        owed=Round(F("open_total") - early, 2, output_field=_POUNDS),
        place=Case(
            When(insurer_slug="", then=Value(Place.CLIENTS.value)),
            When(is_imported=True, then=Value(Place.INSURERS.value)),
            When(_NO_CLAIM, then=Value(Place.NO_CLAIM.value)),
            When(claim_status__in=_WITH_PRACTICE, then=Value(Place.PRACTICE.value)),
            When(claim_status__in=_WITH_HEALTHCODE, then=Value(Place.HEALTHCODE.value)),
            default=Value(Place.INSURERS.value),
        ),
    ).filter(owed__gt=0)


def owed_sum(rows: QuerySet[Any]) -> Decimal:
    """Return what is owed on these rows of `outstanding`, pounds."""
    return (rows.aggregate(amount=Sum("owed"))["amount"] or Decimal(0)).quantize(money.PENNY)
