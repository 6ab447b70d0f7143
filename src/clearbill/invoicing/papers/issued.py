"""Papers as they were issued: every word on them is kept, so that they say the same for good.

An invoice is issued as it is made. What changes later of client, policy, practice or practitioner changes nothing on
it; a correction of the invoice issues its next edition, and the earlier one can still be opened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from clearbill import documents
from clearbill.bill import dates
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.documents import Page
from clearbill.invoicing.models import CreditNote, Invoice, IssuedPaper, LedgerEntry
from clearbill.invoicing.papers import pages
from clearbill.invoicing.papers.statements import Statement
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

MISSING_VAT_NUMBER = (
    "This has VAT on it and must show the practice’s VAT number, and none is entered. Enter it in the Workspace "
    "Settings under Practice details."
)

EDITION = "Edition"
"""What the fact is called that says which edition a paper is."""

_CALLED = {"Practitioner": "the practitioner’s name", "Registration": "the registration", "Site": "the site’s name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """A paper about to be kept: of what, under which file name, of which day, and what stands on it."""

    kind: str
    subject_id: str
    name: str
    issued_on: date
    page: Page


def issue_invoice(actor: Actor, row: Invoice) -> IssuedPaper:
    """Keep the invoice as its first edition. Call in the transaction that makes it.

    Raises Refused where it has VAT and the practice no VAT number.
    """
    return _keep(actor, _invoice(row))


def correct_invoice(actor: Actor, row: Invoice) -> IssuedPaper | None:
    """Issue the invoice as it is now as its next edition; None where the last one says the same.

    Call in the transaction of the change, which holds the invoice and has seen to it that there is an earlier edition.
    Raises Refused where it has VAT and the practice no VAT number.
    """
    last = editions(row).latest("edition")
    paper, issued_on, edition = _invoice(row), uk_day(actor.now), last.edition + 1
    if _says(documents.of_json(last.page)) == _says(paper.page):
        return None
    told = f"{edition} of {dates.show(issued_on)}, replaces edition {last.edition} of {dates.show(last.issued_on)}"
    paper = replace(
        paper,
        name=f"{paper.name}-edition-{edition}",
        issued_on=issued_on,
        page=replace(paper.page, facts=(*paper.page.facts, (EDITION, told))),
    )
    return _keep(actor, paper, edition=edition)


def of_invoice(actor: Actor, row: Invoice) -> IssuedPaper:
    """Return the last edition of the invoice; one that was never kept is kept as it is now.

    Raises Refused where that one has VAT and the practice no VAT number.
    """
    return editions(row).last() or _keep_late(actor, _invoice(row))


def editions(row: Invoice) -> QuerySet[IssuedPaper]:
    """Return the editions of the invoice, first one first."""
    return of_subject(row.practice, IssuedPaper.INVOICE, row.pk)


def issue_credit_note(actor: Actor, row: CreditNote) -> IssuedPaper:
    """Keep the credit note. Call in the transaction that makes it.

    Raises Refused where it has VAT and the practice no VAT number.
    """
    return _keep(actor, _credit_note(row))


def of_credit_note(actor: Actor, row: CreditNote) -> IssuedPaper:
    """Return the credit note as it was issued; one that was never kept is kept as it is now.

    Raises Refused where that one has VAT and the practice no VAT number.
    """
    return of_subject(row.practice, IssuedPaper.CREDIT_NOTE, row.pk).last() or _keep_late(actor, _credit_note(row))


def issue_receipt(actor: Actor, entry: LedgerEntry) -> IssuedPaper:
    """Keep the receipt for money of the patient, with what is open now. Call in the transaction that records it."""
    return _keep(actor, _receipt(actor, entry))


def of_receipt(actor: Actor, entry: LedgerEntry) -> IssuedPaper:
    """Return the receipt as it was issued; one that was never kept is kept as it is now.

    Raises Refused for what is no standing payment of the patient.
    """
    pages.refuse_without_receipt(entry)
    return of_subject(entry.practice, IssuedPaper.RECEIPT, entry.pk).last() or _keep_late(actor, _receipt(actor, entry))


def issue_statement(actor: Actor, of: Statement) -> IssuedPaper:
    """Keep the statement as it is given out, and return it. One that says the same as an earlier one is that one."""
    paper = _statement(of)
    with transaction.atomic():
        # Two at once: the second waits for the first, and then finds what that one kept.
        type(of.client).objects.select_for_update(no_key=True).get(pk=of.client.pk)
        earlier = of_subject(actor.practice, IssuedPaper.STATEMENT, paper.subject_id)
        last, page = earlier.last(), documents.to_json(paper.page)
        same = (one for one in earlier.filter(page__title=paper.page.title) if one.page == page)
        return next(same, None) or _keep(actor, paper, edition=last.edition + 1 if last else 1)


def of_subject(practice: Practice, kind: str, subject_id: Any) -> QuerySet[IssuedPaper]:
    """Return what was issued of one thing, first one first."""
    return IssuedPaper.objects.filter(practice=practice, kind=kind, subject_id=str(subject_id)).order_by("edition")


def changed_since(paper: IssuedPaper, row: Invoice) -> list[str]:
    """Return what of the records is no longer as this edition says, each in words such as “the site’s name”."""
    was, now = documents.of_json(paper.page), _says(pages.invoice(row))
    found = ["the practice’s details"] if was.sender != now.sender else []
    told = _of_client(now)
    found += [f"the client’s {name}" for name, lines in _of_client(was).items() if lines != told[name]]
    before, after = dict(_says(was).facts), dict(now.facts)
    return found + [
        _CALLED.get(name, f"the {name}") for name in {**before, **after} if before.get(name) != after.get(name)
    ]


def _of_client(page: Page) -> dict[str, tuple[str, ...]]:
    """Return what the page says of the client: the last of its parties."""
    name, *rest = page.parties[-1].lines
    born = [line for line in rest if line.startswith(pages.BORN)]
    return {"name": (name,), "address": tuple(line for line in rest if line not in born), "date of birth": tuple(born)}


def _invoice(row: Invoice) -> _Paper:
    _require_vat_number(row.practice, row.vat_total)
    return _Paper(
        kind=IssuedPaper.INVOICE,
        subject_id=str(row.pk),
        name=f"invoice-{row.number}",
        issued_on=row.issued_on,
        page=pages.invoice(row),
    )


def _credit_note(row: CreditNote) -> _Paper:
    _require_vat_number(row.practice, row.vat_total)
    return _Paper(
        kind=IssuedPaper.CREDIT_NOTE,
        subject_id=str(row.pk),
        name=f"credit-note-{row.number}",
        issued_on=row.issued_on,
        page=pages.credit_note(row),
    )


def _receipt(actor: Actor, entry: LedgerEntry) -> _Paper:
    today = uk_day(actor.now)
    return _Paper(
        kind=IssuedPaper.RECEIPT,
        subject_id=str(entry.pk),
        name=f"receipt-{entry.invoice.number}-{entry.pk}",
        issued_on=today,
        page=pages.receipt(entry, as_of=today),
    )


def _statement(of: Statement) -> _Paper:
    return _Paper(
        kind=IssuedPaper.STATEMENT,
        subject_id=str(of.client.pk),
        name=f"statement-{of.client.number}-{of.last_on}",
        issued_on=of.last_on,
        page=pages.statement(of),
    )


def _keep(actor: Actor, paper: _Paper, *, edition: int = 1) -> IssuedPaper:
    return IssuedPaper.objects.create(**_key(actor, paper, edition), **_content(paper), by=actor.user)


def _keep_late(actor: Actor, paper: _Paper) -> IssuedPaper:
    made, _ = IssuedPaper.objects.get_or_create(
        **_key(actor, paper, 1), defaults={**_content(paper), "is_kept_late": True}
    )
    return made


def _key(actor: Actor, paper: _Paper, edition: int) -> dict[str, Any]:
    return {"practice": actor.practice, "kind": paper.kind, "subject_id": paper.subject_id, "edition": edition}


def _content(paper: _Paper) -> dict[str, Any]:
    return {"name": f"{paper.name}.pdf", "issued_on": paper.issued_on, "page": documents.to_json(paper.page)}


def _require_vat_number(practice: Practice, vat: Decimal) -> None:
    if vat and not practice.vat_number:
        raise Refused(MISSING_VAT_NUMBER)


def _says(page: Page) -> Page:
    """Return what the page says, whichever edition it is, as it would come back if it were kept."""
    facts = tuple(fact for fact in page.facts if fact[0] != EDITION)
    return documents.of_json(documents.to_json(replace(page, facts=facts)))
