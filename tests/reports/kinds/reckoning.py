"""The figures of every report once more, in plain Python over every row, to hold the SQL against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from clearbill.appointments.models import Appointment
from clearbill.bill import deductions
from clearbill.bill.dates import uk_day
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice, InvoiceLine, LedgerEntry
from clearbill.reports.filters import ReportFilter
from clearbill.workspace.pricing import price_on

NOTHING = Decimal("0.00")


def fits(narrowed: ReportFilter, *, insurer: str, practitioner: Any, on: date | None) -> bool:
    wanted = "" if narrowed.insurer == "client" else narrowed.insurer
    return (
        (not narrowed.insurer or insurer == wanted)
        and (not narrowed.practitioner_id or practitioner == narrowed.practitioner_id)
        and (on is None or narrowed.first_on is None or on >= narrowed.first_on)
        and (on is None or narrowed.last_on is None or on <= narrowed.last_on)
    )


def age(narrowed: ReportFilter, on: date) -> int:
    days = (narrowed.today - on).days
    return 0 if days <= 30 else 1 if days <= 60 else 2 if days <= 90 else 3


def bills(narrowed: ReportFilter, *, on: bool = True) -> Iterator[Invoice]:
    for one in Invoice.objects.filter(practice=narrowed.practice, voided_at=None):
        if fits(narrowed, insurer=one.insurer_slug, practitioner=one.practitioner_id, on=one.issued_on if on else None):
            yield one


def asked(one: Invoice) -> Decimal:
    live = one.shares.filter(voided_at=None)
    return max(NOTHING, sum((share.net_total - share.credited_total for share in live), NOTHING))


def debts(narrowed: ReportFilter) -> dict[str, tuple[int, list[Decimal], Decimal]]:
    found: dict[str, tuple[int, list[Decimal], Decimal]] = {}
    for one in bills(narrowed):
        if not one.open_total:
            continue
        count, bands, too_much = found.get(one.insurer_slug, (0, [NOTHING] * 4, NOTHING))
        if one.open_total < 0:
            too_much -= one.open_total
        else:
            by_the_patient = min(one.open_total, max(NOTHING, asked(one) - one.short_total))
            bands[age(narrowed, one.issued_on)] += one.open_total - by_the_patient
        found[one.insurer_slug] = (count + (one.open_total > 0), bands, too_much)
    return found


def waits(narrowed: ReportFilter) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for one in bills(narrowed, on=False):
        paid = (
            one.entries.filter(kind="paid", source="insurer", amount__gt=0, taken_back_by=None).order_by("on").first()
        )
        if (
            paid
            and one.insurer_slug
            and fits(narrowed, insurer=narrowed.insurer, practitioner=None or narrowed.practitioner_id, on=paid.on)
        ):
            found[one.insurer_slug].append((paid.on - one.issued_on).days)
            found["*"].append((paid.on - one.issued_on).days)
    return {slug: sorted(days) for slug, days in found.items()}


def percentile(days: list[int], share: int) -> int:
    """The smallest number of days within which at least so many percent were paid."""
    return next(day for place, day in enumerate(days, start=1) if place * 100 >= share * len(days))


def passed(narrowed: ReportFilter) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in Claim.objects.filter(practice=narrowed.practice, replaces=None).exclude(submitted_at=None):
        sent_on = uk_day(one.submitted_at)
        if not fits(narrowed, insurer=one.insurer_slug, practitioner=one.practitioner_id, on=sent_on):
            continue
        was_refused = one.status == "Cancelled" and one.events.filter(event="refused").exists()
        key = (f"{one.submitted_at:%Y-%m}", one.insurer_slug)
        if one.version > 1 or one.status == "Rejected" or was_refused:
            found[key][1] += 1
        elif one.status in ("Awaiting collection", "Collected by insurer", "Part paid", "Paid", "Declined"):
            found[key][0] += 1
    return {key: (at_once, later) for key, (at_once, later) in found.items()}


def shortfalls(narrowed: ReportFilter) -> dict[tuple[str, str], tuple[int, Decimal, list[Decimal]]]:
    """By codes and reason: invoices, deducted, and of it not decided, asked, written off, paid after all."""
    found: dict[str, list[tuple[Any, tuple[str, str], Decimal, list[Decimal]]]] = defaultdict(list)
    for one in bills(narrowed, on=False):
        told, first = Counter(), {}
        given_up = NOTHING
        for entry in one.entries.filter(kind=LedgerEntry.SHORT):
            said = entry.takes_back or entry
            if entry.source == LedgerEntry.INSURER:
                told[said.code, said.reason] += entry.amount
                first[said.code, said.reason] = min(first.get((said.code, said.reason), entry.on), entry.on)
            else:
                given_up -= entry.amount
        purse = [-sum((amount for amount in told.values() if amount < 0), NOTHING), asked(one), given_up]
        for amount, reason in sorted(
            ((amount, key) for key, amount in told.items()), key=lambda pair: (-pair[0], pair[1])
        ):
            if amount <= 0:
                continue
            parts, left = [], amount
            for place, held in enumerate(purse):
                part = min(left, held)
                parts.append(part)
                purse[place], left = held - part, left - part
            if fits(narrowed, insurer=one.insurer_slug, practitioner=one.practitioner_id, on=first[reason]):
                now = [left, parts[1], parts[2], parts[0]]
                found[_same(*reason)].append((one.pk, reason, amount, now))
    return dict(_together(several) for several in found.values())


def _same(code: str, reason: str) -> str:
    return " ".join(reason.lower().split()).rstrip(" .") or f"={code}"


def _together(several: list[Any]) -> tuple[tuple[str, str], tuple[int, Decimal, list[Decimal]]]:
    codes = sorted({code for _, (code, _), _, _ in several} - {""})
    words = min((reason for _, (code, reason), _, _ in several if code), default=None)
    if words is None:
        words = min(reason for _, (_, reason), _, _ in several)
    if not words and codes:
        words = deductions.reason_for("", code=codes[0], words="").name
    fates = [sum(parts, NOTHING) for parts in zip(*(now for *_, now in several), strict=True)]
    told = len({pk for pk, *_ in several}), sum((amount for _, _, amount, _ in several), NOTHING), fates
    return (", ".join(codes), words), told


def _asks(one: Invoice) -> bool:
    """Neither void nor credited in full."""
    whole = one.net_total + one.patient_paid
    return one.voided_at is None and (not one.credited_total > 0 or one.credited_total < whole)


def unbilled(narrowed: ReportFilter) -> dict[tuple[Any, str, int], tuple[int, Decimal]]:
    found: dict[tuple[Any, str, int], tuple[int, Decimal]] = {}
    for one in Appointment.objects.filter(practice=narrowed.practice, state="completed"):
        if any(_asks(line.invoice) for line in one.invoice_lines.all()):
            continue
        on = uk_day(one.starts_at)
        slug = insurer_on(one.client, on)
        if fits(narrowed, insurer=slug, practitioner=one.practitioner_id, on=on):
            key = (one.practitioner_id, slug, age(narrowed, on))
            count, amount = found.get(key, (0, NOTHING))
            found[key] = (count + 1, amount + price_on(one.service, "" if slug == "unclear" else slug, on).amount)
    return found


def insurer_on(client: Any, day: Any) -> str:
    """The slug of the one policy of that day, "" for a client without any, else that it is not clear."""
    known = list(client.policies.filter(entered_in_error=False))
    valid = [one for one in known if (one.valid_from or day) <= day <= (one.valid_to or day)]
    valid = [one for one in valid if one.is_primary] or valid
    return valid[0].insurer_slug if len(valid) == 1 else "unclear" if known else ""


def income(narrowed: ReportFilter) -> dict[tuple[str, str, str], list[Fraction]]:
    """By practitioner, service and month: billed, credited, paid, in pounds with every part of a penny."""
    found: dict[tuple[str, str, str], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 3)
    for one in bills(narrowed):
        if one.share_of_id is None:
            for line in one.lines.all():
                _add(found, one, line, one.issued_on, 0, Fraction(line.net))
            _spread(found, one, one.issued_on, 2, one.patient_paid)
    entries = LedgerEntry.objects.filter(practice=narrowed.practice, invoice__voided_at=None)
    for entry in entries.select_related("invoice__share_of"):
        asks = entry.invoice.share_of or entry.invoice
        if not fits(narrowed, insurer=asks.insurer_slug, practitioner=asks.practitioner_id, on=entry.on):
            continue
        if entry.kind == LedgerEntry.PAID:
            _spread(found, asks, entry.on, 2, entry.amount)
        elif entry.kind == LedgerEntry.CREDITED and entry.invoice.share_of is None:
            _spread(found, asks, entry.on, 1, entry.amount)
    return found


def _spread(found: Any, one: Invoice, on: date, place: int, amount: Decimal) -> None:
    lines = list(one.lines.all())
    whole = sum((line.net for line in lines), NOTHING)
    for line in lines:
        part = Fraction(line.net) / Fraction(whole) if whole else Fraction(int(line.position == 1))
        _add(found, one, line, on, place, Fraction(amount) * part)


def _add(found: Any, one: Invoice, line: InvoiceLine, on: date, place: int, amount: Fraction) -> None:
    is_missed = line.appointment is not None and line.appointment.state == Appointment.MISSED
    name = line.service.name if line.service else "Missed or cancelled late" if is_missed else line.description
    key = (one.practitioner.name, name, f"{on:%Y-%m}")
    sums = list(found[key])
    sums[place] += amount
    found[key] = sums
