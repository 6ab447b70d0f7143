"""Whether a claim says what its invoice says: the one place that compares the two.

Lines, amounts, days, codes, insurer, practitioner and site are the invoice's. What a person may amend on the claim of
these is who stands there for Healthcode: a number that nobody has entered yet, or that Healthcode wants otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from clearbill.appointments.models import Appointment
from clearbill.bill import Bill, Line, Problem, dates, fields, insurers, money
from clearbill.bill.insurers import bare
from clearbill.bill.json_codec import from_json
from clearbill.bill.text import plural
from clearbill.claims.core.bill_builder import rebuild_bill, treating_site
from clearbill.claims.models import Claim
from clearbill.invoicing import missed_visits
from clearbill.invoicing.models import Invoice
from clearbill.workspace.models import ProviderNumber, Site

DIFFERS = "AGREES-"

"""How the codes of these problems begin: collecting the claim's data again mends each of them."""

COLLECT = "Collect the data again."

_CODES = ("service_code", "procedure_code")

_LINE = (
    "first_date_of_service",
    *_CODES,
    "description",
    "setting",
    "units",
    "gross_amount",
    "discount_amount",
    "vat_rate",
    "vat_amount",
    "net_amount",
)

_TOTALS = ("gross_total", "discount_total", "vat_total", "patient_paid_amount", "net_total")

_SPECIALIST, _SITE = "providers.controlling_specialist_number", "providers.treating_site_number"

_STAY = "I"

"""In-patient: only such a line may end later than it begins, which no invoice can say."""


def is_difference(problem: Problem) -> bool:
    """Return whether the problem is that the claim says something else than its invoice."""
    return problem.code.startswith(DIFFERS)


def differences(claim: Claim, *, on: date, built: Bill | None = None) -> list[Problem]:
    """Return how the claim differs from its invoice as that stands now; each blocks. Empty where it agrees.

    `built` is the bill that the invoice gives on this UK day, where the caller just built it of the claim’s invoice;
    otherwise that is read anew.
    """
    if built is None:
        built = rebuild_bill(claim, on=on)[0]
    invoice = claim.invoice
    if not invoice.insurer_slug:
        fix = "Cancel this claim, or bill the invoice to the insurer again."
        message = f"The invoice is billed to the client, and this claim is for {insurers.name_of(claim.insurer_slug)}."
        return [_problem("VISIT-04", "insurer_id", message, fix)]
    stored = from_json(claim.bill)[0]
    found = [
        *_people(claim, invoice, stored, built),
        *_numbers(claim, stored, built),
        *_lines(claim, stored, built),
        *_totals(stored, built),
    ]
    return [
        *(_problem(f"{DIFFERS}{code}", path, message, COLLECT) for code, path, message in found),
        *_visit_faults(invoice),
    ]


def invoice_state(invoice: Invoice) -> tuple[Any, ...]:
    """Return everything of the invoice that its claim must agree with, to be compared with itself later."""
    head = attrgetter(
        "insurer_slug", "practitioner_id", "site_id", "issued_on", "patient_paid", "net_total", "credited_total"
    )
    line = attrgetter(
        "position", "treated_on", "item_code", "procedure_code", "description", "setting", "units", "net", "vat"
    )
    return head(invoice), [line(row) for row in invoice.lines.all()]


Found = tuple[str, str, str]


def _people(claim: Claim, invoice: Invoice, stored: Bill, built: Bill) -> Iterator[Found]:
    if claim.insurer_slug != invoice.insurer_slug:
        billed, claimed = insurers.name_of(invoice.insurer_slug), insurers.name_of(claim.insurer_slug)
        yield "01", "insurer_id", f"The invoice is billed to {billed}, and this claim is for {claimed}."
    elif stored.insurer_id != built.insurer_id:
        yield "01", "insurer_id", _unlike("insurer_id", stored.insurer_id, built.insurer_id, "by the settings")
    if claim.practitioner_id != invoice.practitioner_id:
        message = f"The invoice is for the work of {invoice.practitioner.name}, and this claim names "
        yield "02", _SPECIALIST, f"{message}{claim.practitioner.name}."


def _numbers(claim: Claim, stored: Bill, built: Bill) -> Iterator[Found]:
    """Numbers that were amended on the claim may stand, unless they are somebody else's, or the source moved on."""
    paths = ["invoice_date", _SPECIALIST, _SITE]
    if len(stored.lines) == len(built.lines):
        names = ("service_provider_number", "service_site_number")
        paths += [f"lines[{place}].{name}" for place in range(len(stored.lines)) for name in names]
    for path in paths:
        here, there = _at(stored, path), _at(built, path)
        if _as_number(here) == _as_number(there):
            continue
        if not _is_by_hand(claim, path, there):
            yield "03", path, _unlike(path, here, there)
        elif name := _somebody_else(claim, path, here):
            message = f"{_label(path)} is {here} on this claim, the number of {name}, and the invoice says otherwise."
            yield "03", path, message


def _lines(claim: Claim, stored: Bill, built: Bill) -> Iterator[Found]:
    if len(stored.lines) != len(built.lines):
        count, here = len(built.lines), len(stored.lines)
        yield "04", "lines", f"The invoice has {count} {plural(count, 'line')}, and this claim {here}."
        return
    for place, (mine, its) in enumerate(zip(stored.lines, built.lines, strict=True)):
        names = [name for name in _LINE if _plain(name, getattr(mine, name)) != _plain(name, getattr(its, name))]
        if _ends_elsewhere(mine, its) and _LINE[0] not in names:
            names.append("last_date_of_service")
        for name in _without_parts(names, "net_amount", "gross_amount"):
            path = f"lines[{place}].{name}"
            yield "04", path, _unlike(path, getattr(mine, name), getattr(its, name))


def _totals(stored: Bill, built: Bill) -> Iterator[Found]:
    mine, its = stored.totals, built.totals
    names = [name for name in _TOTALS if _plain(name, getattr(mine, name)) != _plain(name, getattr(its, name))]
    for name in _without_parts(names, "net_total", "gross_total"):
        path = f"totals.{name}"
        yield "05", path, _unlike(path, getattr(mine, name), getattr(its, name))


def _without_parts(names: list[str], net: str, gross: str) -> list[str]:
    """A net amount that differs says already that the gross amount does."""
    return [name for name in names if not (name == gross and net in names)]


def _visit_faults(invoice: Invoice) -> Iterator[Problem]:
    """What is wrong with the invoice itself: a line must bill its own visit, on the day that it took place."""
    for place, line in enumerate(invoice.lines.all()):
        visit, path = line.appointment, f"lines[{place}].first_date_of_service"
        if visit is None:
            continue
        day = dates.uk_day(visit.starts_at)
        if visit.client_id != invoice.client_id:
            message = f"The visit of line {place + 1} is another client’s."
            yield _problem("VISIT-01", path, message, "Take the line off the invoice.")
        elif visit.state != Appointment.COMPLETED:
            message = f"The visit of line {place + 1} is marked “{visit.get_state_display()}”."
            yield _problem("VISIT-02", path, message, "Void the invoice, or complete the visit if it took place.")
        elif day != line.treated_on:
            billed = dates.show(line.treated_on)
            message = f"Line {place + 1} bills {billed}, and its visit was on {dates.show(day)}."
            yield _problem("VISIT-03", path, message, "Put the day right on the invoice, then collect the data again.")
    for place, message in missed_visits.why_untreated(invoice.client, invoice.lines.all()).items():
        yield _problem("VISIT-05", f"lines[{place}].first_date_of_service", message, "Else void the invoice.")


def _is_by_hand(claim: Claim, path: str, there: Any) -> bool:
    """Return whether a person amended the field on the claim, and its source says what it said then."""
    if path not in claim.amended_by_hand:
        return False
    source = there.isoformat() if isinstance(there, date) else there
    return _as_number(claim.amended_by_hand[path] or "") == _as_number(source or "")


def _somebody_else(claim: Claim, path: str, number: str) -> str:
    """Return whose number it is by the settings, where it is another practitioner's or another site's; else ""."""
    if path == _SITE:
        sites = list(
            Site.objects.filter(practice=claim.practice_id, site_number__iexact=number).exclude(site_number="")
        )
        own = treating_site(claim.invoice)
        return "" if not sites or own in sites else sites[0].name
    if path != _SPECIALIST or not number:
        return ""
    rows = ProviderNumber.objects.filter(practitioner__practice=claim.practice_id, number__iexact=number)
    people = {row.practitioner_id: row.practitioner.name for row in rows.select_related("practitioner")}
    return "" if claim.invoice.practitioner_id in people else next(iter(people.values()), "")


def _at(bill: Bill, path: str) -> Any:
    head, _, name = path.partition("].")
    if not name:
        return attrgetter(path)(bill)
    return getattr(bill.lines[int(head.removeprefix("lines["))], name)


def _ends_elsewhere(here: Line, there: Line) -> bool:
    last = here.last_date_of_service or here.first_date_of_service
    return last != there.last_date_of_service and there.setting != _STAY


def _plain(name: str, value: Any) -> Any:
    """Return a value as it is compared: an amount of nothing is none, blanks and capitals of a code mean nothing."""
    if name in _CODES:
        return "".join(value.split()).upper()
    return " ".join(value.split()) if isinstance(value, str) else value or None


def _as_number(value: Any) -> Any:
    """Return a number as it is compared: one that an earlier version kept as it was typed is the same number."""
    return bare(value) if isinstance(value, str) else value


def _unlike(path: str, here: Any, there: Any, where: str = "by the invoice") -> str:
    return f"{_label(path)} is {_shown(here)} on this claim and {_shown(there)} {where}."


def _label(path: str) -> str:
    known = fields.field_at(path)
    label = known.label if known else path.rpartition(".")[2].replace("_", " ").capitalize()
    place = path.partition("[")[2].partition("]")[0]
    if not place:
        return label
    return f"Line {int(place) + 1}: {label if label[:2].isupper() else label[:1].lower() + label[1:]}"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return money.show(value)
    if isinstance(value, date):
        return dates.show(value)
    return "nothing" if value in (None, "") else str(value)


def _problem(code: str, path: str, message: str, fix: str) -> Problem:
    return Problem(code=code, path=path, message=message, severity="blocks", who="practice", fix=fix)
