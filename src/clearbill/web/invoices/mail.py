"""A document by e-mail: address, subject and text to look at and change, the PDF attached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from clearbill.bill import dates, money
from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.invoicing import queries
from clearbill.invoicing.models import IssuedPaper, Mailing
from clearbill.invoicing.papers import issued, mail
from clearbill.invoicing.papers.mail import Subject
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.invoices.document_forms import MailForm, StatementForm
from clearbill.web.invoices.documents import days_of, find_credit_note, find_entry, statement_of
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

ANOTHER_EDITION = (
    "What is attached is another edition by now, so nothing was sent. Open it, see whether your text still fits, and "
    "send it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an e-mail is about before anybody has looked at it. `words` says what is attached, `pdf` is its address.

    `issue` gives the paper that is attached; where it is not issued yet, this is the moment. `paper_id` is its id, None
    where it is issued only then.
    """

    subject: Subject
    client: Client
    file: str
    issue: Callable[[], IssuedPaper]
    words: str
    back: str
    pdf: str
    paper_id: UUID | None = None


@member_required(Permission.CHANGE_INVOICES)
def invoice(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    back = reverse("invoice", args=[row.pk])
    with refusal_shown(request) as outcome:
        if row.voided_at:
            raise Refused("This invoice is void, so it is not sent to anybody.")
        paper = issued.of_invoice(actor_of(request), row)
        draft = Draft(
            subject=Subject(kind=Mailing.INVOICE, row=row, subject_id=str(row.pk), label=row.number),
            client=row.client,
            file=paper.name,
            issue=lambda: paper,
            words=f"invoice {row.number}{_edition(paper)}, {money.show(row.net_total)}",
            back=back,
            pdf=reverse("paper-pdf", args=[paper.pk]),
            paper_id=paper.pk,
        )
    return redirect(back) if outcome.is_refused else _page(request, draft)


@member_required(Permission.CHANGE_INVOICES)
def credit_note(request: PracticeRequest, credit_note_id: UUID) -> HttpResponse:
    row = find_credit_note(request, credit_note_id)
    back = reverse("credit-note", args=[row.pk])
    with refusal_shown(request) as outcome:
        paper = issued.of_credit_note(actor_of(request), row)
        number = f"{row.number}{_edition(paper)}"
        draft = Draft(
            subject=Subject(kind=Mailing.CREDIT_NOTE, row=row.invoice, subject_id=str(row.pk), label=row.number),
            client=row.invoice.client,
            file=paper.name,
            issue=lambda: paper,
            words=f"credit note {number}, {money.show(row.total)}, for invoice {row.invoice.number}",
            back=back,
            pdf=reverse("paper-pdf", args=[paper.pk]),
            paper_id=paper.pk,
        )
    return redirect(back) if outcome.is_refused else _page(request, draft)


@member_required(Permission.CHANGE_INVOICES)
def receipt(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> HttpResponse:
    entry = find_entry(request, invoice_id, entry_id)
    row, back = entry.invoice, reverse("invoice", args=[invoice_id])
    with refusal_shown(request) as outcome:
        paper = issued.of_receipt(actor_of(request), entry)
        draft = Draft(
            subject=Subject(kind=Mailing.RECEIPT, row=row, subject_id=str(entry.pk), label=row.number),
            client=row.client,
            file=paper.name,
            issue=lambda: paper,
            words=f"receipt for {entry.in_words}{_edition(paper)}, invoice {row.number}",
            back=back,
            pdf=reverse("paper-pdf", args=[paper.pk]),
            paper_id=paper.pk,
        )
    return redirect(back) if outcome.is_refused else _page(request, draft)


@member_required(Permission.CHANGE_INVOICES)
def statement(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    form = StatementForm(request.GET)
    if not form.is_valid():
        raise Http404
    told = statement_of(request, client_id, form)
    client, until = told.client, dates.show(told.last_on)
    label = f"{dates.show(told.first_on)} to {until}"
    draft = Draft(
        subject=Subject(kind=Mailing.STATEMENT, row=client, subject_id=str(client.pk), label=label),
        client=client,
        file=f"statement-{client.number}-{told.last_on}.pdf",
        issue=lambda: issued.issue_statement(actor_of(request), told),
        words=f"statement of account to {until}, {money.show(max(told.after, money.PENNY * 0))} to pay",
        back=f"{reverse('statement', args=[client.pk])}?{days_of(told)}",
        pdf=f"{reverse('statement-pdf', args=[client.pk])}?{days_of(told)}",
    )
    return _page(request, draft)


def _page(request: PracticeRequest, draft: Draft) -> HttpResponse:
    form = MailForm(request.POST or None, initial=_first(request, draft))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusal_shown(request, form):
            if given["paper"] != draft.paper_id:
                raise Refused(ANOTHER_EDITION)
            sent = mail.send(
                actor_of(request),
                subject=draft.subject,
                paper=draft.issue(),
                to=given["to"],
                title=given["title"],
                text=given["text"],
                mailing_id=given["key"] or uuid4(),
            )
            _tell(request, sent)
            return redirect(draft.back)
    context = {"form": form, "draft": draft, "goes_out": settings.EMAIL_GOES_OUT}
    return render(request, "invoices/mail.html", context)


def _edition(paper: IssuedPaper) -> str:
    return f", edition {paper.edition}" if paper.edition > 1 else ""


def _first(request: PracticeRequest, draft: Draft) -> dict[str, str]:
    """No name stands in it, and nothing of what was treated: e-mails are read on their way."""
    name = request.practice.name
    words = draft.words.split(",")[0]
    text = f"Hello,\n\nplease find attached our {draft.words}.\n\nKind regards\n{name}"
    return {"to": draft.client.email, "title": f"{words[:1].upper()}{words[1:]} from {name}"[:150], "text": text}


def _tell(request: PracticeRequest, sent: Mailing) -> None:
    if sent.sent_at is None:
        messages.warning(request, "This e-mail is on its way already. Look here again before you send another.")
    elif sent.is_printed:
        messages.warning(request, "Printed in the terminal. This installation sends no e-mail, so nobody receives it.")
    else:
        messages.success(request, f"Sent to {sent.to}.")
