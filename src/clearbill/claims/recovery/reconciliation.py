"""After a restore, practice by practice: ask Healthcode what was sent since the backup, before anything is sent.

In this order: the claims that may have been sent, the invoices whose claim may have been, and the numbers of invoices
that were made after the backup, of which only Healthcode knows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from clearbill.backups.models import Reconciliation
from clearbill.bill.problem import Refused
from clearbill.claims.core import restore_hold
from clearbill.claims.core.numbers import next_free_number, number_for
from clearbill.claims.models import Claim, Task, TaskKind
from clearbill.claims.queue import backoff, circuit_breaker
from clearbill.claims.queue.status_polling import not_found_grace_seconds
from clearbill.claims.recovery import adoption
from clearbill.claims.recovery.adoption import UnclearAnswer
from clearbill.clearinghouse.port import BillKey, ClearingHouse, ClearingStatus, StatusReport
from clearbill.db.number_sequences import NumberSequence
from clearbill.invoicing.models import Invoice
from clearbill.invoicing.services import format_number
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace import connection as workspace_connection
from clearbill.workspace.connection import ClientFactory
from clearbill.workspace.models import HealthcodeConnection

MAX_CONSECUTIVE_MISSES = 20

UNCONNECTED_PAUSE_SECONDS = 60.0

UNCLEAR_PAUSE_SECONDS = 300.0

UNCLEAR_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PracticeTurn:
    """One practice's turn: how far it is, whom to ask, and when."""

    row: Reconciliation
    house: ClearingHouse
    now: datetime

    @property
    def practice(self) -> Practice:
        return self.row.practice

    def ask(self, number: str) -> StatusReport:
        """Ask by the invoice number alone: under which reference it was sent is not known."""
        return self.house.status_of(BillKey(invoice_number=number), at=self.now)


def reconcile_next(*, now: datetime, house_of: ClientFactory = workspace_connection.client_of) -> bool:
    """Ask the next question of the practice that waits longest, and return whether there was one to ask.

    Raises nothing of the clearing house's: without an answer it is asked again, later and later.
    """
    taken = _take(now)
    if taken is None:
        return False
    row, connection = taken
    claim = _next_claim(row, now)
    try:
        wait_seconds = _step(PracticeTurn(row, house_of(connection), now), claim)
    except UnclearAnswer:
        # The others go first; this claim's turn comes again.
        _unclear(row, claim, now)
        wait_seconds = 0.0
    except Exception as failure:
        _no_answer(row, connection, claim, failure, now)
        return True
    circuit_breaker.record_success(connection)
    ask_at = now + timedelta(seconds=wait_seconds)
    Reconciliation.objects.filter(pk=row.pk).update(ask_at=ask_at, failures=0)
    return True


def _take(now: datetime) -> tuple[Reconciliation, HealthcodeConnection] | None:
    """Hold one practice's row, so that no other worker asks the same; a worker that dies lets go by and by."""
    paused = HealthcodeConnection.objects.filter(
        backoff.is_waiting("paused_until", now, backoff.MAX_PAUSE), practice=OuterRef("practice")
    )
    # By then what was being sent while the restore ran has arrived, so that “not found” can be believed.
    settled = now - timedelta(seconds=not_found_grace_seconds())
    due = Reconciliation.objects.filter(
        ~Exists(paused), backoff.is_due("ask_at", now, backoff.MAX_PAUSE), is_open=True, restored_at__lte=settled
    )
    for row in due.select_related("practice").order_by("ask_at", "pk")[:10]:
        connection = workspace_connection.stored_connection(row.practice)
        hold_seconds = settings.TAKEN_TOO_LONG_SECONDS if connection else UNCONNECTED_PAUSE_SECONDS
        held = Reconciliation.objects.filter(pk=row.pk, ask_at=row.ask_at)
        if held.update(ask_at=now + timedelta(seconds=hold_seconds)) == 1 and connection:
            if circuit_breaker.allow_request(connection, now):
                return row, connection
            held = Reconciliation.objects.filter(pk=row.pk)
            held.update(ask_at=now + timedelta(seconds=UNCONNECTED_PAUSE_SECONDS))
    return None


def _next_claim(row: Reconciliation, now: datetime) -> Claim | None:
    lately = now - timedelta(seconds=UNCLEAR_PAUSE_SECONDS)
    marked = Claim.objects.filter(practice=row.practice, is_restored=True).exclude(last_checked_at__gt=lately)
    marked = marked.select_related("practice", "invoice")
    return marked.order_by(F("last_checked_at").asc(nulls_first=True), "number").first()


def _step(turn: PracticeTurn, claim: Claim | None) -> float:
    """Take one step and return how many seconds may pass before the next."""
    if claim is not None:
        _ask_about_claim(turn, claim)
    elif turn.row.invoices_done_at is None:
        _ask_about_invoice(turn)
    elif turn.row.numbers_done_at is None:
        _ask_for_number(turn)
    else:
        _finish(turn)
        return UNCLEAR_PAUSE_SECONDS
    return 0.0


def _ask_about_claim(turn: PracticeTurn, claim: Claim) -> None:
    """Ask for the claim's number, and for the number of a further claim that may have been made in its place."""
    here = turn.ask(claim.number)
    try:
        further_number = next_free_number(claim.practice, claim.invoice.number)
    except Refused:
        further_number = ""
    further = turn.ask(further_number) if further_number else None
    with transaction.atomic():
        is_ours = adoption.adopt_status(claim, here, now=turn.now, taken_at=turn.row.taken_at)
        if is_ours and further is not None and further.status != ClearingStatus.NOT_FOUND:
            adoption.adopt_follow_on(claim, further, number=further_number, now=turn.now, taken_at=turn.row.taken_at)


def _ask_about_invoice(turn: PracticeTurn) -> None:
    """An invoice without a claim may have had one: where Healthcode has it, it is made, to be asked about as others."""
    row = turn.row
    with_claim = Claim.objects.filter(invoice=OuterRef("pk"), is_current=True)
    rows = Invoice.objects.filter(~Exists(with_claim), practice=row.practice, created_at__lte=row.stood_until)
    rows = rows.filter(Q(voided_at=None) | Q(voided_at__gte=row.restored_at)).exclude(insurer_slug="")
    if row.invoice_cursor:
        rows = rows.filter(pk__gt=row.invoice_cursor)
    invoice = rows.select_related("practice").order_by("pk").first()
    held = Reconciliation.objects.filter(pk=row.pk)
    if invoice is None:
        held.update(invoices_done_at=turn.now)
        return
    number = number_for(invoice.practice, invoice)
    report = turn.ask(number)
    with transaction.atomic():
        if held.filter(invoice_cursor=row.invoice_cursor).update(invoice_cursor=invoice.pk) != 1:
            return
        if report.status != ClearingStatus.NOT_FOUND and not adoption.create_missing_claim(invoice, now=turn.now):
            _open_task_for_unknown_bill(turn, number, report)


def _ask_for_number(turn: PracticeTurn) -> None:
    """Ask for the next invoice number that the backup does not know, until twenty in a row are not found."""
    row, number = turn.row, format_number(turn.practice, turn.row.next_value)
    held = Reconciliation.objects.filter(pk=row.pk, next_value=row.next_value)
    if Invoice.objects.filter(practice=row.practice, number=number).exists():
        # Given to an invoice that was made here since the restore.
        held.update(next_value=row.next_value + 1)
        return
    report = turn.ask(number)
    is_found = report.status != ClearingStatus.NOT_FOUND
    misses = 0 if is_found else row.misses + 1
    is_far = row.next_value + 1 >= row.least_value + MAX_CONSECUTIVE_MISSES
    done_at = turn.now if misses >= MAX_CONSECUTIVE_MISSES and is_far else None
    with transaction.atomic():
        if held.update(next_value=row.next_value + 1, misses=misses, numbers_done_at=done_at) == 1 and is_found:
            _open_task_for_unknown_bill(turn, number, report)
            used = NumberSequence.objects.filter(practice=row.practice, kind="invoice", next_value__lte=row.next_value)
            used.update(next_value=row.next_value + 1)


def _open_task_for_unknown_bill(turn: PracticeTurn, number: str, report: StatusReport) -> None:
    theirs = f", there under the number {report.clearing_bill_number}" if report.clearing_bill_number else ""
    Task.objects.create(
        practice=turn.practice,
        kind=TaskKind.RESTORED,
        sentence=f"Healthcode has the bill {number}{theirs}, “{report.status.value}”. It was sent after the backup of "
        f"{restore_hold.backup_time(turn.row.taken_at)} and is not in this installation. Look it up in VEDA and enter "
        "its visit again for your own books; do not send a claim for it, because the insurer would have it twice.",
    )


def _finish(turn: PracticeTurn) -> None:
    """Close the asking, unless a claim is still marked: one that Healthcode was unclear about, or a new one."""
    row = Reconciliation.objects.filter(pk=turn.row.pk)
    with transaction.atomic():
        row.update(is_open=False)
        if Claim.objects.filter(practice=turn.practice, is_restored=True).exists():
            row.update(is_open=True)
        if row.filter(finished_at=None).update(finished_at=turn.now) == 1:
            Actor(turn.practice, None, turn.now).audit("asked Healthcode what was sent after the backup", turn.practice)


def _unclear(row: Reconciliation, claim: Claim | None, now: datetime) -> None:
    if claim is not None:
        Claim.objects.filter(pk=claim.pk).update(last_checked_at=now)
        if now - row.restored_at > UNCLEAR_AFTER:
            adoption.open_doubt_task(claim)


def _no_answer(
    row: Reconciliation,
    connection: HealthcodeConnection,
    claim: Claim | None,
    failure: Exception,
    now: datetime,
) -> None:
    """Ask again later, and later and later. A fault of ours lets the other claims go first."""
    logger.info("asking after the restore: %s", type(failure).__name__)
    if circuit_breaker.counts_as_failure(failure):
        circuit_breaker.record_failure(connection, failure, now=now)
    elif claim is not None:
        logger.error("claim %s could not be taken in after the restore", claim.pk)
        Claim.objects.filter(pk=claim.pk).update(last_checked_at=now)
    wait_seconds = backoff.retry_after_seconds(failure) or backoff.backoff_seconds(row.failures) or 0.0
    ask_at = now + timedelta(seconds=wait_seconds)
    Reconciliation.objects.filter(pk=row.pk).update(ask_at=ask_at, failures=min(row.failures + 1, 1000))
