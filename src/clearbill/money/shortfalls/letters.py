"""Letters that dispute a deduction: the facts they set out, a proposed text, the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from clearbill import documents
from clearbill.bill import dates, insurers, money
from clearbill.bill.bill import Bill, Line
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import Event
from clearbill.claims.core import validation
from clearbill.claims.models import Claim
from clearbill.invoicing.models import LedgerEntry
from clearbill.invoicing.papers import pdf
from clearbill.money.shortfalls.models import Letter
from clearbill.money.shortfalls.shortfall import Deduction, Shortfall


def letter_facts(
    claim: Claim, card: Shortfall, *, disputed: Sequence[Deduction] = (), signed_by: str = ""
) -> dict[str, Any]:
    """Return the facts as they stand now, ready to be kept: amounts and days as text, days as 2026-11-24."""
    bill, invoice = validation.stored_bill(claim), claim.invoice
    keys = {one.key for one in disputed}
    collected = claim.events.filter(event="collected").order_by("pk").first()
    return {
        "practice": _practice(claim),
        "insurer_slug": claim.insurer_slug,
        "insurer": insurers.name_of(claim.insurer_slug),
        "signed_by": signed_by,
        "patient": _patient(bill),
        "numbers": _numbers(claim, bill),
        "invoice_number": claim.number,
        "invoiced_on": str(bill.invoice_date or invoice.issued_on),
        "submitted_on": _day_of(_submitted_at(claim)),
        "collected_on": _day_of(collected.at if collected else None),
        "lines": [_line(line) for line in bill.lines],
        "billed": str(invoice.net_total),
        "paid": [_payment(entry) for entry in _payments(claim)],
        "paid_total": str(invoice.paid_total),
        "deducted": [
            {
                "words": one.name,
                "code": one.code,
                "amount": str(one.deducted),
                "left": str(one.left),
                "is_disputed": one.key in keys,
            }
            for one in card.deductions
            if one.deducted
        ],
        "disputed_total": str(sum(one.left for one in disputed)),
    }


def proposed_text(deductions: Sequence[Deduction]) -> str:
    """Return a text for the letter: what may be said of each reason, to be changed by whoever signs it."""
    words = list(dict.fromkeys(one.reason.dispute for one in deductions))
    return "\n\n".join(words)


def _submitted_at(claim: Claim) -> datetime | None:
    """Return when the bill that the insurer has was submitted: what was refused before never came to it."""
    submitted = claim.events.filter(event=Event.SUBMIT.value).order_by("-pk").first()
    return submitted.at if submitted else claim.submitted_at


def _practice(claim: Claim) -> dict[str, Any]:
    of = claim.practice
    lines = [of.address_1, of.address_2, of.address_3, of.address_4, of.postcode]
    return {"name": of.name, "address": [line for line in lines if line], "phone": of.phone, "email": of.email}


def _patient(bill: Bill) -> dict[str, str]:
    one = bill.patient
    names = (one.patient_title, one.patient_first_name, one.patient_last_name)
    birth = str(one.patient_birth_date) if one.patient_birth_date else ""
    return {"name": " ".join(part for part in names if part), "born_on": birth}


def _numbers(claim: Claim, bill: Bill) -> list[list[str]]:
    """The numbers that an insurer finds the bill by; those that are not known are left out."""
    payor = claim.advices.exclude(payor_claim_number="").values_list("payor_claim_number", flat=True).last()
    numbers = [
        ["Membership number", bill.cover.registration_number],
        ["Authorisation", bill.cover.authorisation_code],
        ["Your claim number", payor or ""],
        ["Healthcode’s number", claim.clearing_bill_number],
        ["Practitioner", " ".join(part for part in (claim.practitioner.name, _specialist(bill)) if part)],
        ["Payee", " ".join(part for part in (claim.payee.name if claim.payee else "", _payee(bill)) if part)],
    ]
    return [[name, number] for name, number in numbers if number]


def _specialist(bill: Bill) -> str:
    return bill.providers.controlling_specialist_number


def _payee(bill: Bill) -> str:
    return bill.providers.payee_provider_number


def _line(line: Line) -> dict[str, str]:
    return {
        "on": str(line.first_date_of_service or ""),
        "code": line.service_code,
        "description": line.description,
        "amount": str(line.net_amount or ""),
    }


def _payments(claim: Claim) -> Sequence[LedgerEntry]:
    of = LedgerEntry.objects.filter(invoice=claim.invoice_id, kind=LedgerEntry.PAID, source=LedgerEntry.INSURER)
    return list(of.filter(takes_back=None, taken_back_by=None).order_by("on", "pk"))


def _payment(entry: LedgerEntry) -> dict[str, str]:
    return {"on": str(entry.on), "reference": entry.reference, "amount": str(entry.amount)}


def _day_of(at: datetime | None) -> str:
    return str(uk_day(at)) if at else ""


AMOUNT = frozenset({"Amount"})


def letter_pdf(row: Letter) -> pdf.PdfDocument:
    """Return the letter as it was sent: practice, insurer, numbers and whoever signed it are those of that day."""
    facts = row.facts
    practice = facts["practice"]
    sender = documents.Sender(
        name=practice["name"], address=tuple(practice["address"]), phone=practice["phone"], email=practice["email"]
    )
    values = documents.Letter(
        to=(facts.get("insurer") or insurers.name_of(facts["insurer_slug"]), "Provider payments"),
        dated_on=row.dated_on,
        subject=f"Invoice {facts['invoice_number']}: {_pounds(facts['disputed_total'])} that was deducted",
        facts=tuple(_facts(facts)),
        tables=(_billed(facts), _paid(facts)),
        paragraphs=tuple(part.strip() for part in row.text.replace("\r\n", "\n").split("\n\n") if part.strip()),
        signed_by=tuple(line for line in (facts.get("signed_by"), practice["name"]) if line),
    )
    return pdf.PdfDocument(
        name=f"letter-{facts['invoice_number']}.pdf", content=documents.pdf(documents.letter_page(sender, values))
    )


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


def _billed(facts: dict[str, Any]) -> documents.Table:
    rows = [(_day(one["on"]), one["description"], one["code"], _pounds(one["amount"])) for one in facts["lines"]]
    return documents.Table(
        caption="What was billed",
        columns=("Date", "Service", "Code", "Amount"),
        rows=(*rows, ("Billed", "", "", _pounds(facts["billed"]))),
        figures=AMOUNT,
        has_sum=True,
    )


def _paid(facts: dict[str, Any]) -> documents.Table:
    paid = [(f"Paid on {_day(one['on'])}", one["reference"], _pounds(one["amount"])) for one in facts["paid"]]
    nothing = ("Nothing was paid", "", _pounds(facts["paid_total"]))
    deducted = [
        (f"{one['words']}, disputed" if one["is_disputed"] else one["words"], one["code"], _pounds(one["amount"]))
        for one in facts["deducted"]
    ]
    return documents.Table(
        caption="What was paid and deducted",
        columns=("What", "Reference or code", "Amount"),
        rows=(*(paid or [nothing]), *deducted),
        figures=AMOUNT,
    )


def _day(text: str) -> str:
    return dates.show_iso(text)


def _pounds(text: str) -> str:
    return money.show(Decimal(text)) if text else ""
