"""Import a remittance file: store, answer questions, commit all good rows or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from clearbill.bill.money import ZERO
from clearbill.bill.problem import Refused
from clearbill.bill.text import tidy
from clearbill.claims.core import transitions
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary
from clearbill.fileformats import RemittanceRow, UnreadableFile
from clearbill.imports.remittance_files import preview
from clearbill.imports.remittance_files.row_validation import GOOD, KNOWN, PaymentInFile, ValidatedRow
from clearbill.money.remittances import source_documents, store
from clearbill.money.remittances.allocation import automatic
from clearbill.money.remittances.models import Document, Remittance, Upload
from clearbill.people.actor import Actor

AT_ONCE = 1000

DECIDED = "Somebody has decided about this file meanwhile; see what came of it. Nothing was changed."

MOVING = "Claims of this file are moving just now, so nothing was taken in. Try again in a moment."

ALIKE = "A payment of the file looks like one that is here already. Look at it first; nothing was taken in."


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What taking in a file came to: payments it spoke of, new bills, those put to claims, waiting, known before.

    `adjustments` are what it added or took off that was for no bill.
    """

    payments: int
    bills: int
    allocated: int
    unmatched: int
    known: int
    adjustments: int = 0


def store_file(actor: Actor, *, content: IO[bytes], name: str) -> Upload:
    """Keep a file and look into it. The same bytes give the same upload again, with all that was said about it."""
    document, _ = source_documents.store(actor, way=Document.FILE, content=content, name=tidy(name))
    upload, is_new = Upload.objects.get_or_create(document=document, defaults={"practice": actor.practice})
    if upload.state == Upload.OPEN:
        _look(upload)
    if is_new and upload.found.get("questions"):
        _remember(upload)
    return upload


def save_answers(upload: Upload, answers: Mapping[str, Any]) -> Upload:
    """Keep what a person says about the file, and look into it again. Raises Refused where it is taken in."""
    with transaction.atomic():
        row = _held(upload)
        row.answers = dict(answers)
        row.save(update_fields=["answers"])
    return _look(row)


def discard(upload: Upload) -> None:
    """Take in nothing: the upload goes, and its file unless it is also kept for something else. Raises Refused."""
    with transaction.atomic():
        row = _held(upload)
        document = row.document
        row.delete()
        if document.way == Document.FILE and not document.remittances.exists():
            document.delete()


def commit(actor: Actor, *, upload: Upload, although_alike: bool = False) -> ImportResult:
    """Take in the good rows, put them to claims, and return what came of it: all of them or none.

    Raises Refused. `although_alike` says that a person has looked at payments that are like others here.
    """
    try:
        with transaction.atomic():
            row = _held(upload)
            if row.found.get("alike") and not although_alike:
                raise Refused(ALIKE)
            taking = _Commit(row)
            taking.rows()
            came_of_it = taking.allocate(actor.now)
            row.state, row.taken_in_at, row.taken_in_by = Upload.TAKEN_IN, actor.now, actor.user
            row.came_of_it = asdict(came_of_it)
            row.save(update_fields=["state", "taken_in_at", "taken_in_by", "came_of_it"])
            actor.audit(
                "took in a payment file", row, label=row.document.name or "Payment file", changes=row.came_of_it
            )
    except UnreadableFile as why:
        raise Refused(str(why)) from None
    except transitions.ConcurrentChange:
        raise Refused(MOVING) from None
    return came_of_it


def reopen_file(document: Document) -> None:
    """Let a file be decided about again, because a payment that came in it was taken out."""
    for upload in Upload.objects.filter(document=document, state=Upload.TAKEN_IN):
        upload.state, upload.taken_in_at, upload.taken_in_by, upload.came_of_it = Upload.OPEN, None, None, {}
        upload.save(update_fields=["state", "taken_in_at", "taken_in_by", "came_of_it"])
        _look(upload)


class _Commit:
    """Writes the good rows of an upload, some at a time."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._remittances: dict[tuple[str, str], Remittance] = {}
        self._known = self._fresh = self._adjustments = 0

    def rows(self) -> None:
        bills: list[dict[str, Any]] = []
        adjustments: list[dict[str, Any]] = []
        for one in preview.rows(self._upload):
            self._known += one.verdict == KNOWN
            if one.verdict == GOOD and one.row:
                if one.row.is_adjustment:
                    adjustments.append(self._adjustment(one, one.row))
                else:
                    bills.append(self._advice(one, one.row))
            if len(bills) + len(adjustments) == AT_ONCE:
                self._write(bills, adjustments)
        self._write(bills, adjustments)
        for remittance in self._remittances.values():
            store.set_total(remittance)

    def allocate(self, now: datetime) -> ImportResult:
        done = [automatic.auto_allocate(remittance, now=now) for remittance in self._remittances.values()]
        return ImportResult(
            payments=len(self._remittances),
            bills=self._fresh,
            allocated=sum(one.allocated for one in done),
            unmatched=sum(one.unmatched for one in done),
            known=self._known,
            adjustments=self._adjustments,
        )

    def _write(self, bills: list[dict[str, Any]], adjustments: list[dict[str, Any]]) -> None:
        self._fresh += store.insert(bills)
        self._adjustments += store.insert_adjustments(adjustments)
        bills.clear()
        adjustments.clear()

    def _advice(self, one: ValidatedRow, row: RemittanceRow) -> dict[str, Any]:
        return store.advice(self._remittance(one), claim_of(row), position=one.row_no, ordinal=one.ordinal)

    def _adjustment(self, one: ValidatedRow, row: RemittanceRow) -> dict[str, Any]:
        remittance = self._remittance(one)
        return store.adjustment(
            remittance, amount=row.amount_paid, reason=row.reason, position=one.row_no, ordinal=one.ordinal
        )

    def _remittance(self, one: ValidatedRow) -> Remittance:
        if one.payment is None:
            raise ValueError("A good row has its payment.")
        return self._remittances.get(one.payment.key) or self._held(one.payment)

    def _held(self, payment: PaymentInFile) -> Remittance:
        remittance, _ = store.get_or_create_locked(
            practice=self._upload.practice,
            document=self._upload.document,
            insurer_slug=payment.insurer_slug,
            summary=RemittanceSummary(
                remittance_id="",
                insurer_id="",
                payment_reference=payment.reference,
                paid_on=payment.paid_on,
                payee_number=payment.payee_number,
            ),
        )
        self._remittances[payment.key] = remittance
        return remittance


def claim_of(row: RemittanceRow) -> RemittanceClaim:
    """Return what a row says of its bill. What is neither paid nor deducted in words stays open."""
    claimed, short = row.amount_claimed or ZERO, row.shortfall or ZERO
    if short < 0 and claimed and row.amount_paid - short == claimed:
        # Some insurers write what they deduct with a minus; the sums prove it.
        short = -short
    reason = RemittanceDeduction(code=row.reason_code, reason=row.reason, amount=short)
    line = RemittanceLine(line_no=1, claimed=claimed, paid=row.amount_paid, deductions=(reason,) if short else ())
    return RemittanceClaim(
        invoice_number=row.invoice_number,
        clearing_bill_number=row.clearing_claim_number,
        payor_claim_number=row.payor_claim_number,
        membership_number=row.membership_number,
        patient_name=row.patient_name,
        claimed=claimed,
        paid=row.amount_paid,
        previously_paid=row.previously_paid or ZERO,
        lines=(line,),
        notes=(row.reason,) if row.reason and not short else (),
    )


def _remember(upload: Upload) -> None:
    """Answer about columns and dates as it was answered for the last file with the same columns, if there was one."""
    names = upload.found.get("names")
    alike = Upload.objects.filter(practice=upload.practice_id, state=Upload.TAKEN_IN, found__names=names)
    before = alike.order_by("-taken_in_at").first() if names else None
    if before is not None:
        kept = {name: before.answers[name] for name in ("columns", "order") if name in before.answers}
        upload.answers = {**kept, "remembered": bool(kept)}
        upload.save(update_fields=["answers"])
        _look(upload)


def _look(upload: Upload) -> Upload:
    upload.found = preview.preview(upload)
    upload.save(update_fields=["found"])
    return upload


def _held(upload: Upload) -> Upload:
    """Return the upload as it is now, held until the transaction ends. Raises Refused where it is decided about."""
    rows_here = Upload.objects.select_for_update(of=("self",)).select_related("document", "practice")
    row = rows_here.filter(pk=upload.pk, practice=upload.practice_id, state=Upload.OPEN).first()
    if row is None:
        raise Refused(DECIDED)
    return row
