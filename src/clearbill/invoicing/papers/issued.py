"""Papers as they were issued: every word on them is kept, so that they say the same for good.

An invoice is issued as it is made. What changes later of client, policy, practice or practitioner changes nothing on
it; a correction of the invoice issues its next edition, and the earlier one can still be opened.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from clearbill.clients.models import Client
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

NOTHING_NEW = "Nothing that stands on it has changed since its last edition, so there is no new one to issue."

EDITION = "Edition"
"""What the fact is called that says which edition a paper is."""

_CALLED = {
    "Paid by": "how it was paid",
    "Paid back by": "how it was paid back",
    "Practitioner": "the practitioner’s name",
    "Registration": "the registration",
    "Site": "the site’s name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper as it would be issued now: of what, under which file name, of which day, and what stands on it."""

    practice: Practice
    kind: str
    subject_id: str
    name: str
    issued_on: date
    page: Page


def invoice_now(row: Invoice) -> Paper:
    """Return the invoice as it would be issued now. Raises Refused where it has VAT and the practice no VAT number."""
    _require_vat_number(row.practice, row.vat_total)
    return Paper(
        practice=row.practice,
        kind=IssuedPaper.INVOICE,
        subject_id=str(row.pk),
        name=f"invoice-{row.number}",
        issued_on=row.issued_on,
        page=pages.invoice(row),
    )


def credit_note_now(row: CreditNote) -> Paper:
    """Return the credit note as it would be issued now. Raises Refused where it has VAT and the practice no number."""
    _require_vat_number(row.practice, row.vat_total)
    return Paper(
        practice=row.practice,
        kind=IssuedPaper.CREDIT_NOTE,
        subject_id=str(row.pk),
        name=f"credit-note-{row.number}",
        issued_on=row.issued_on,
        page=pages.credit_note(row),
    )


def receipt_now(actor: Actor, entry: LedgerEntry) -> Paper:
    """Return the receipt, with what is open now. Raises Refused for what is no standing payment of the patient."""
    today = uk_day(actor.now)
    return Paper(
        practice=entry.practice,
        kind=IssuedPaper.RECEIPT,
        subject_id=str(entry.pk),
        name=f"receipt-{entry.invoice.number}-{entry.pk}",
        issued_on=today,
        page=pages.receipt(entry, as_of=today),
    )


def issue(actor: Actor, paper: Paper) -> IssuedPaper:
    """Keep the paper of what was just made, as its first edition. Call in the transaction that makes it."""
    return _keep(actor, paper)


def next_edition(actor: Actor, paper: Paper, last: IssuedPaper) -> IssuedPaper:
    """Issue the paper as the edition that follows the last one. Call in a transaction that holds the invoice."""
    issued_on, edition = uk_day(actor.now), last.edition + 1
    told = f"{edition} of {dates.show(issued_on)}, replaces edition {last.edition} of {dates.show(last.issued_on)}"
    page = replace(paper.page, facts=(*paper.page.facts, (EDITION, told)))
    named = replace(paper, name=f"{paper.name}-edition-{edition}", issued_on=issued_on, page=page)
    return _keep(actor, named, edition=edition)


def reissue(actor: Actor, row: Invoice, paper: Paper) -> IssuedPaper:
    """Issue the next edition of a paper about this invoice, as it would be issued now.

    Call in a transaction that holds the invoice. Raises Refused where nothing that stands on it has changed.
    """
    last = last_edition(actor, paper)
    changed = changed_since(last, paper.page)
    if not changed:
        raise Refused(NOTHING_NEW)
    made = next_edition(actor, paper, last)
    actor.audit("issued a new edition", row, changes={"paper": made.name, "edition": made.edition, "changed": changed})
    return made


def correct_invoice(actor: Actor, row: Invoice, last: IssuedPaper) -> IssuedPaper | None:
    """Issue the next edition of an invoice that was changed; None where the last one says the same.

    `last` is what `of_invoice` gave before the change. Call in the transaction of the change. Raises Refused where the
    invoice has VAT and the practice no VAT number.
    """
    paper = invoice_now(row)
    return None if _says(documents.of_json(last.page)) == _says(paper.page) else next_edition(actor, paper, last)


def of_invoice(actor: Actor, row: Invoice) -> IssuedPaper:
    """Return the last edition of the invoice; one that was never kept is kept as it is now.

    Raises Refused where that one has VAT and the practice no VAT number.
    """
    return editions(row).last() or _keep_late(actor, invoice_now(row))


def of_credit_note(actor: Actor, row: CreditNote) -> IssuedPaper:
    """Return the last edition of the credit note, as `of_invoice` does."""
    return of_subject(row.practice, IssuedPaper.CREDIT_NOTE, row.pk).last() or _keep_late(actor, credit_note_now(row))


def of_receipt(actor: Actor, entry: LedgerEntry) -> IssuedPaper:
    """Return the last edition of the receipt, as `of_invoice` does.

    Raises Refused for what is no standing payment of the patient.
    """
    pages.refuse_without_receipt(entry)
    kept = of_subject(entry.practice, IssuedPaper.RECEIPT, entry.pk).last()
    return kept or _keep_late(actor, receipt_now(actor, entry))


def last_edition(actor: Actor, paper: Paper) -> IssuedPaper:
    """Return the last edition of what this paper is issued of; one that was never kept is kept as it is now."""
    return of_subject(paper.practice, paper.kind, paper.subject_id).last() or _keep_late(actor, paper)


def issue_statement(actor: Actor, of: Statement) -> IssuedPaper:
    """Keep the statement as it is given out, and return it. One that says the same as an earlier one is that one."""
    paper = Paper(
        practice=actor.practice,
        kind=IssuedPaper.STATEMENT,
        subject_id=str(of.client.pk),
        name=f"statement-{of.client.number}-{of.last_on}",
        issued_on=of.last_on,
        page=pages.statement(of),
    )
    with transaction.atomic():
        # Two at once: the second waits for the first, and then finds what that one kept.
        Client.objects.select_for_update(no_key=True).get(pk=of.client.pk)
        earlier = of_subject(actor.practice, IssuedPaper.STATEMENT, paper.subject_id)
        last, page = earlier.last(), documents.to_json(paper.page)
        same = (one for one in earlier.filter(page__title=paper.page.title) if one.page == page)
        return next(same, None) or _keep(actor, paper, edition=last.edition + 1 if last else 1)


def editions(row: Invoice) -> QuerySet[IssuedPaper]:
    """Return the editions of the invoice, first one first."""
    return of_subject(row.practice, IssuedPaper.INVOICE, row.pk)


def of_subject(practice: Practice, kind: str, *subject_ids: Any) -> QuerySet[IssuedPaper]:
    """Return what was issued of these things of one kind, first edition first."""
    ids = [str(one) for one in subject_ids]
    return IssuedPaper.objects.filter(practice=practice, kind=kind, subject_id__in=ids).order_by("edition")


def receipts_of(practice: Practice, entries: Iterable[LedgerEntry]) -> dict[int, list[IssuedPaper]]:
    """Return the receipts that were issued of these entries by their ids, first edition first, in one query."""
    found: dict[int, list[IssuedPaper]] = {}
    for one in of_subject(practice, IssuedPaper.RECEIPT, *(entry.pk for entry in entries)):
        found.setdefault(int(one.subject_id), []).append(one)
    return found


def changed_since(paper: IssuedPaper, now: Page) -> list[str]:
    """Return what of the records is no longer as this edition says, each in words such as “the site’s name”.

    `now` is what would be issued now.
    """
    was, now = documents.of_json(paper.page), _says(now)
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


def _keep(actor: Actor, paper: Paper, *, edition: int = 1) -> IssuedPaper:
    return IssuedPaper.objects.create(**_key(paper, edition), **_content(paper), by=actor.user)


def _keep_late(actor: Actor, paper: Paper) -> IssuedPaper:
    late = {**_content(paper), "is_kept_late": True, "by": actor.user}
    return IssuedPaper.objects.get_or_create(**_key(paper, 1), defaults=late)[0]


def _key(paper: Paper, edition: int) -> dict[str, Any]:
    return {"practice": paper.practice, "kind": paper.kind, "subject_id": paper.subject_id, "edition": edition}


def _content(paper: Paper) -> dict[str, Any]:
    return {"name": f"{paper.name}.pdf", "issued_on": paper.issued_on, "page": documents.to_json(paper.page)}


def _require_vat_number(practice: Practice, vat: Decimal) -> None:
    if vat and not practice.vat_number:
        raise Refused(MISSING_VAT_NUMBER)


def _says(page: Page) -> Page:
    """Return what the page says, whichever edition it is, as it would come back if it were kept."""
    facts = tuple(fact for fact in page.facts if fact[0] != EDITION)
    return documents.of_json(documents.to_json(replace(page, facts=facts)))
