"""After a restore: which claims are held until Healthcode was asked about them, and how far the asking has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clearbill.backups.models import Reconciliation
from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice
from clearbill.workspace import connection

NOTHING_TWICE = "nothing is sent twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the asking after a restore is: since which backup, how many claims are left, and that in a sentence."""

    taken_at: datetime
    claims: int
    sentence: str


def check_progress(practice: Practice) -> Progress | None:
    """Return how far the asking after a restore is; None where nothing is open, or nothing can have been sent."""
    row = _last(practice)
    if row is None or not row.is_open or connection.stored_connection(practice) is None:
        return None
    claims = Claim.objects.filter(practice=practice, is_restored=True).count()
    if row.finished_at and not claims:
        return None
    left = f"{claims} {plural(claims, 'claim is', 'claims are')} still to be asked about"
    what = left if claims else "It now looks for bills that were made after the backup"
    sentence = (
        f"Clearbill was restored from a backup of {backup_time(row.taken_at)}. It asks Healthcode what was sent since; "
        f"{NOTHING_TWICE}. {what}."
    )
    return Progress(taken_at=row.taken_at, claims=claims, sentence=sentence)


def hold_reason(practice: Practice) -> str:
    """Return the sentence on why a claim that stood in a backup cannot go yet."""
    row = _last(practice)
    of = f" of {backup_time(row.taken_at)}" if row else ""
    return (
        f"Clearbill was restored from a backup{of}. It first asks Healthcode whether this claim was sent since; "
        f"{NOTHING_TWICE}."
    )


def needs_check(invoice: Invoice, *, number: str, now: datetime) -> bool:
    """Return whether a claim that is made now, under this number, may have been made and sent before the restore.

    Then it is asked about: call inside the transaction that marks it. Once everything was asked, the invoices' own
    numbers are known; further claims on an old invoice are not.
    """
    rows = Reconciliation.objects.filter(practice=invoice.practice_id, stood_until__gte=invoice.created_at)
    if number == invoice.number:
        rows = rows.filter(finished_at=None)
    return rows.update(is_open=True, ask_at=now) > 0


def backup_time(taken_at: datetime) -> str:
    """Return when a backup was taken, as sentences on a restore name it: 3 Nov 2026, 02:00."""
    return dates.show_moment(taken_at, ", ")


def _last(practice: Practice) -> Reconciliation | None:
    return Reconciliation.objects.filter(practice=practice).first()
