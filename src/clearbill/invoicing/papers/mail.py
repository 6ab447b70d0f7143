"""Send a document by e-mail, once, and remember that it was sent. The message itself holds no health data."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from clearbill.bill.problem import Refused
from clearbill.bill.text import one_line
from clearbill.invoicing.models import IssuedPaper, Mailing
from clearbill.invoicing.papers import pdf
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

REFUSED = "The e-mail server does not take this address, so nothing was sent. Check the address."

UNREACHED = (
    "The e-mail server could not be reached, so nothing was sent. What you wrote is still here: try again later."
)

UNSURE = (
    "The e-mail server stopped answering before it said that it took the e-mail. Most likely nothing was sent; "
    "try again later."
)

NOT_TAKEN = "The e-mail server did not take the e-mail, so nothing was sent. The log of the pages says why."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is sent: `kind` of Mailing, the row the trail is written for, and the id and words it is remembered by."""

    kind: str
    row: Model
    subject_id: str
    label: str


def send(
    actor: Actor, *, subject: Subject, paper: IssuedPaper, to: str, title: str, text: str, mailing_id: UUID
) -> Mailing:
    """Send the paper to one address and return what is remembered of it. A form sent twice sends one e-mail.

    No transaction is open meanwhile. A mailing whose process died has no `sent_at`. Raises Refused where it
    did not go out; nothing is remembered then.
    """
    begun = {
        "practice": actor.practice,
        "kind": subject.kind,
        "subject_id": subject.subject_id,
        "paper": paper,
        "label": subject.label[:60],
        "to": to,
        "started_at": actor.now,
        "is_printed": not settings.EMAIL_GOES_OUT,
        "by": actor.person,
    }
    mailing, is_new = Mailing.objects.get_or_create(pk=mailing_id, defaults=begun)
    if not is_new:
        if mailing.practice_id != actor.practice.pk:
            raise Refused("Open the page again and send it from there.")
        return mailing
    try:
        _message(actor.practice, paper, to, title, text).send()
    except (OSError, ValueError) as exc:
        mailing.delete()
        raise Refused(_why(exc)) from exc
    _remember(actor, mailing, subject)
    return mailing


def _remember(actor: Actor, mailing: Mailing, subject: Subject) -> None:
    with transaction.atomic():
        mailing.sent_at = actor.now
        mailing.save(update_fields=["sent_at"])
        edition = f", {mailing.edition_words}" if mailing.edition_words else ""
        told = f"{subject.kind} {subject.label}{edition}"
        actor.audit("sent an e-mail", subject.row, changes={"paper": told, "to": mailing.to})


def mailings_of(practice: Practice, *subjects: tuple[str, Sequence[str]]) -> QuerySet[Mailing]:
    """Return what was sent of these subjects, each a kind and the ids of its rows; newest first."""
    wanted = Q(pk=None)
    for kind, ids in subjects:
        wanted |= Q(kind=kind, subject_id__in=ids)
    return Mailing.objects.filter(wanted, practice=practice).select_related("by", "paper")


def _message(practice: Practice, paper: IssuedPaper, to: str, title: str, text: str) -> EmailMessage:
    own = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    reply_to = practice.reply_to or practice.email
    return EmailMessage(
        subject=one_line(title),
        body=text,
        from_email=formataddr((one_line(practice.name), own)),
        to=[to],
        reply_to=[reply_to] if reply_to else None,
        attachments=[(paper.name, pdf.issued(paper).content, "application/pdf")],
    )


def _why(failure: Exception) -> str:
    """Return the sentence for the person, and log the kind of failure: the server's words may hold an address."""
    log.warning("An e-mail was not sent: %s %s", type(failure).__name__, getattr(failure, "smtp_code", ""))
    match failure:
        case smtplib.SMTPRecipientsRefused():
            return REFUSED
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return UNSURE
        case smtplib.SMTPException() | ValueError():
            return NOT_TAKEN
        case _:
            return UNREACHED
