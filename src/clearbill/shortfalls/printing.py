"""A letter as PDF, from what was kept when it was written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from clearbill import papers
from clearbill.bill import dates, insurers, money
from clearbill.billing import printing
from clearbill.shortfalls.models import Letter

AMOUNT = frozenset({"Amount"})


def letter(row: Letter) -> printing.Paper:
    """Return the letter as it was sent. The practice's name and address are those of that day."""
    facts = row.facts
    practice = facts["practice"]
    sender = papers.Sender(
        name=practice["name"], address=tuple(practice["address"]), phone=practice["phone"], email=practice["email"]
    )
    values = papers.Letter(
        to=(insurers.name_of(facts["insurer_slug"]), "Provider payments"),
        dated_on=row.dated_on,
        subject=f"Invoice {facts['invoice_number']}: {_pounds(facts['disputed_total'])} that was deducted",
        facts=tuple(_facts(facts)),
        tables=(_billed(facts), _paid(facts)),
        paragraphs=tuple(part.strip() for part in row.text.replace("\r\n", "\n").split("\n\n") if part.strip()),
        signed_by=tuple(line for line in (row.by.full_name if row.by else "", practice["name"]) if line),
    )
    return printing.Paper(name=f"letter-{facts['invoice_number']}.pdf", content=papers.letter(sender, values))


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    patient = facts["patient"]
    born = f", born {_day(patient['born_on'])}" if patient["born_on"] else ""
    found = [
        ("Invoice", f"{facts['invoice_number']} of {_day(facts['invoiced_on'])}"),
        ("Patient", f"{patient['name']}{born}"),
        *((name, number) for name, number in facts["numbers"]),
    ]
    later = (("Submitted", facts["submitted_on"]), ("Collected by you", facts["collected_on"]))
    return found + [(name, _day(on)) for name, on in later if on]


def _billed(facts: dict[str, Any]) -> papers.Table:
    rows = [(_day(one["on"]), one["description"], one["code"], _pounds(one["amount"])) for one in facts["lines"]]
    return papers.Table(
        caption="What was billed",
        columns=("Date", "Service", "Code", "Amount"),
        rows=(*rows, ("Billed", "", "", _pounds(facts["billed"]))),
        figures=AMOUNT,
        has_sum=True,
    )


def _paid(facts: dict[str, Any]) -> papers.Table:
    paid = [(f"Paid on {_day(one['on'])}", one["reference"], _pounds(one["amount"])) for one in facts["paid"]]
    nothing = ("Nothing was paid", "", _pounds(facts["paid_total"]))
    deducted = [
        (f"{one['words']}, disputed" if one["is_disputed"] else one["words"], one["code"], _pounds(one["amount"]))
        for one in facts["deducted"]
    ]
    return papers.Table(
        caption="What was paid and deducted",
        columns=("What", "Reference or code", "Amount"),
        rows=(*(paid or [nothing]), *deducted),
        figures=AMOUNT,
    )


def _day(text: str) -> str:
    return dates.show(date.fromisoformat(text)) if text else ""


def _pounds(text: str) -> str:
    return money.show(Decimal(text)) if text else ""
