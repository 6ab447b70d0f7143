"""How long each insurer took to pay this practice, from its own payments; cached.

One statement gives, for each insurer, how many first payments of the last 12 months took how many days: a histogram
that the database groups, of some hundred rows whatever the number of claims. The percentiles are read off it
(`payment_times.percentile`). The plan: the latest 20,000 payments by the order of their keys, grouped by invoice,
joined with the claims by the index on the invoice; so its cost has a bound, and a practice has its whole year up to
that many. What it gives is kept until the books have a new entry; where one payment more moves nothing, for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.core.cache import cache
from django.db.models import Case, DateTimeField, F, Max, OuterRef, Subquery, When

from clearbill.bill import insurers
from clearbill.bill.lifecycle import Event, Status
from clearbill.claims.models import Claim, ClaimEvent
from clearbill.db import sql
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.follow_up.payment_times import MONTHS, NO_HISTORY, ExpectedWait, PaymentTimes, expected_wait
from clearbill.people.models import Practice

MOST_PAYMENTS = 20_000

# From so many payments on, one more moves nothing.
MANY_PAYMENTS = 5_000

CACHE_SECONDS = 60 * 60


def payment_times(practice: Practice, *, on: date) -> Mapping[str, PaymentTimes]:
    """Return the pace of every insurer that paid this practice within the 12 months before this UK day, by slug."""
    key = f"expected-paces-{practice.pk}-{on}"
    last = LedgerEntry.objects.filter(practice=practice).order_by("-pk").values_list("pk", flat=True).first()
    kept_last, kept = cache.get(key, (None, {}))
    if kept_last is None or (kept_last != last and sum(map(_payments, kept.values())) < MANY_PAYMENTS):
        kept = _counted(practice, on)
        cache.set(key, (last or 0, kept), CACHE_SECONDS)
    return {slug: PaymentTimes(counts) for slug, counts in kept.items()}


def _payments(counts: Mapping[int, int]) -> int:
    return sum(counts.values())


def expected_waits(practice: Practice, *, on: date) -> dict[str, ExpectedWait]:
    """Return how long to wait for each insurer that there is, by slug; that of no history for any other."""
    known = payment_times(practice, on=on)
    slugs = {*known, *(insurer.slug for insurer in insurers.all_insurers())}
    return {slug: expected_wait(insurers.by_slug(slug), known.get(slug, NO_HISTORY)) for slug in slugs}


def sent_at() -> Case:
    """Return the expression for when a claim was last sent; for one paid in part, when that part came.

    Corrected editions are sent again, and the insurer's time begins again with them.
    """
    again = ClaimEvent.objects.filter(claim=OuterRef("pk"), event=Event.SUBMIT.value).order_by()
    latest = again.values("claim").annotate(at=Max("at")).values("at")
    return Case(
        When(status=Status.PART_PAID.value, then=F("status_at")),
        When(version=1, then=F("submitted_at")),
        default=Subquery(latest),
        output_field=DateTimeField(),
    )


def year_before(on: date) -> date:
    """Return the same day twelve months before; 28 Feb for 29 Feb."""
    return date(on.year - MONTHS // 12, on.month, min(on.day, 28) if on.month == 2 else on.day)


def _counted(practice: Practice, on: date) -> dict[str, dict[int, int]]:
    sent = sql.uk_day("sent.at", until=on)
    found = sql.select_named(
        _DAYS.format(days=sql.days_between(sent, "sent.paid_on")),
        practice=practice.pk,
        on=year_before(on),
        paid=LedgerEntry.PAID,
        insurer=LedgerEntry.INSURER,
        submit=Event.SUBMIT.value,
    )
    counted: dict[str, dict[int, int]] = {}
    for slug, days, count in found:
        if days >= 0:
            counted.setdefault(slug, {})[int(days)] = int(count)
    return counted


_DAYS = f"""
    SELECT insurer_slug, {{days}} AS days, COUNT(*) FROM (
        SELECT claim.insurer_slug, earliest.paid_on, CASE WHEN claim.version = 1 THEN claim.submitted_at ELSE (
            SELECT MAX(step.at) FROM {ClaimEvent._meta.db_table} step
            WHERE step.claim_id = claim.id AND step.event = %(submit)s) END AS at
        FROM (
            SELECT latest.invoice_id, MIN(latest."on") AS paid_on FROM (
                SELECT id, invoice_id, "on" FROM {LedgerEntry._meta.db_table} WHERE practice_id = %(practice)s
                AND kind = %(paid)s AND source = %(insurer)s AND amount > 0 AND takes_back_id IS NULL
                ORDER BY id DESC LIMIT {MOST_PAYMENTS}
            ) latest
            LEFT JOIN {LedgerEntry._meta.db_table} back ON back.takes_back_id = latest.id
            WHERE back.id IS NULL GROUP BY latest.invoice_id HAVING MIN(latest."on") >= %(on)s
        ) earliest
        JOIN {Claim._meta.db_table} claim ON claim.invoice_id = earliest.invoice_id AND claim.is_current = TRUE
    ) sent
    WHERE sent.at IS NOT NULL GROUP BY insurer_slug, 2"""  # nosec B608: names of our own
