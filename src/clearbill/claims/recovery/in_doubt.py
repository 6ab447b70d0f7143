"""Mark every claim of a restored database that may have been sent after the backup was taken."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from clearbill.backups.models import Reconciliation
from clearbill.bill.lifecycle import ASKED_ABOUT, Event, Status
from clearbill.claims.core import restore_hold, transitions
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.recovery.skipped_numbers import skip_numbers
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection

MAY_HAVE_BEEN_SENT = (
    "Clearbill was restored from a backup of {taken}. It asks Healthcode whether this bill was sent since; it is not "
    "sent twice."
)


def mark_restored(*, taken_at: datetime, now: datetime) -> int:
    """Mark every claim of every practice that may have been sent since; return how many Healthcode is asked about.

    New invoices get numbers well beyond those that may have been given since. `taken_at` is the backup's time.
    """
    with transaction.atomic():
        HealthcodeConnection.objects.update(failures=0, paused_until=None, not_answering_since=None)
        practices = Practice.objects.order_by("created_at", "pk")
        return sum(_begin(practice, taken_at=taken_at, now=now) for practice in practices)


def _begin(practice: Practice, *, taken_at: datetime, now: datetime) -> int:
    earlier = Reconciliation.objects.filter(practice=practice, finished_at=None).first()
    taken_at = min(taken_at, earlier.taken_at) if earlier else taken_at
    next_value = skip_numbers(practice, taken_at=taken_at, now=now)
    newest = Invoice.objects.filter(practice=practice).aggregate(at=Max("created_at"))["at"]
    Reconciliation.objects.filter(practice=practice).delete()
    Reconciliation.objects.create(
        practice=practice,
        taken_at=taken_at,
        restored_at=now,
        # The clock of the earlier machine may have been ahead of ours.
        stood_until=max(now, newest or now),
        ask_at=now,
        next_value=earlier.next_value if earlier and not earlier.numbers_done_at else next_value,
        least_value=next_value,
    )
    _mark(practice, taken_at=taken_at, now=now)
    Actor(practice, None, now).audit(
        "was restored from a backup", practice, changes={"backup of": restore_hold.backup_time(taken_at)}
    )
    return Claim.objects.filter(practice=practice, is_restored=True).count()


def _mark(practice: Practice, *, taken_at: datetime, now: datetime) -> None:
    claims = Claim.objects.filter(practice=practice)
    absent = [Status.CREATED.value, Status.REJECTED.value]
    claims.filter(is_current=True, status__in=absent).update(is_restored=True, last_checked_at=None)
    asked_about = [status.value for status in ASKED_ABOUT]
    claims.filter(status__in=asked_about).exclude(next_check_at=None).update(next_check_at=now, check_count=0)
    note = MAY_HAVE_BEEN_SENT.format(taken=restore_hold.backup_time(taken_at))
    open_rows = Outbox.objects.filter(practice=practice, state__in=[Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN])
    in_doubt = list(open_rows.select_related("claim__practice"))
    ledger.hold_invoices([row.claim.invoice_id for row in in_doubt])
    for row in in_doubt:
        # The latest moment at which the earlier machine can have sent it.
        sent = {"taken_at": now, "may_have_arrived": True, "last_error": note[:300]}
        Outbox.objects.filter(pk=row.pk).update(state=Outbox.UNCERTAIN, lease=None, **sent)
        transitions.apply_report(
            row.claim,
            Event.REPLY_LOST,
            now=now,
            source=transitions.CLEARBILL,
            note=note,
            waiting_reason=note[:300],
            next_check_at=now,
            check_count=0,
        )
        Claim.objects.filter(pk=row.claim.pk).update(is_restored=True, last_checked_at=None)
