"""Validate each row of a remittance file: good, known already, repeated, or wrong, with the sentence at its column.

The rows are read in chunks; memory holds one chunk and one small record for each payment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from clearbill.bill import dates, insurers, money
from clearbill.fileformats import LeftOut, Reading, RemittanceRow, RowFault, UnreadableFile
from clearbill.fileformats.cells import shown
from clearbill.fileformats.columns import REMITTANCE_COLUMNS
from clearbill.money.remittances import store
from clearbill.money.remittances.models import ClaimPayment, PaymentAdjustment, Remittance, reference_key
from clearbill.people.models import Practice

GOOD, KNOWN, REPEATED, WRONG = "good", "known", "repeated", "wrong"

AT_ONCE, MOST_PAYMENTS = 1000, 2000

LONGEST_NUMBER = 40

_TOO_MANY = f"The file speaks of more than {MOST_PAYMENTS:,} payments. Split it and bring the parts one after another."

_TOO_LONG = "This has {} characters; 40 at most can be kept."

_OTHER_DAY = "Other rows of this payment have {}. If this is not the day of the payment, read the columns otherwise."

_TOO_MUCH = "With this row the payment comes to more than £99,999,999.99, which cannot be right."

_SAID_OTHERWISE = "What this payment says of this bill is here already, and another row of the file differs from it."

_OTHER_AMOUNT = "This payment is here already, with {} for this bill."

_NUMBERS = ("invoice_number", "clearing_claim_number", "payor_claim_number", "membership_number")


@dataclass(slots=True)
class PaymentInFile:
    """One payment that the file speaks of. `rows` and `amount` are those of its good rows, `total` of all it has."""

    insurer_slug: str
    reference: str
    paid_on: date | None
    payee_number: str
    rows: int = 0
    amount: Decimal = Decimal("0.00")
    total: Decimal = Decimal("0.00")
    is_looked_up: bool = False
    remittance_id: UUID | None = None
    # Told by the clearing house with all its bills: a file adds nothing to it.
    is_announced: bool = False
    known_amount: Decimal | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.insurer_slug, reference_key(self.reference)


@dataclass(frozen=True, slots=True)
class ValidatedRow:
    """One row with its verdict; a wrong one has a `fault`, all others have `row` and `payment`."""

    verdict: str
    row_no: int
    row: RemittanceRow | None = None
    payment: PaymentInFile | None = None
    fault: RowFault | None = None

    @property
    def called(self) -> str:
        """The column at fault as a sentence calls it, "" where the row as a whole is wrong."""
        return column_label(self.fault.field) if self.fault else ""

    @property
    def advice_key(self) -> str:
        """Return by what its bill, or its adjustment, is known within the payment."""
        if self.row is None:
            raise ValueError("A wrong row has no key.")
        if self.row.is_adjustment:
            return store.adjustment_key(self.row.amount_paid, self.row.reason, self.ordinal)
        return store.deduplication_key(self.row.invoice_number or self.row.clearing_claim_number, self.ordinal)

    @property
    def ordinal(self) -> int:
        """Which row of its bill in its payment this is, rows with a fault counted as well."""
        return int(self.row.key.rpartition("|")[2])  # type: ignore[union-attr]


@dataclass(slots=True)
class RowValidator:
    """Judges the rows of one reading. `answers` are those of the upload (see `preview`).

    After the rows, `payments` are those of the file, `left_out` counts what is no payment by what it is, `repeats` is
    the first row that repeats another and is not here already, and what only a person can say is in `unknown_insurer`
    (the name that the file gives, "" for none) and `names_no_payment`.
    """

    practice: Practice
    answers: Mapping[str, Any]
    payments: dict[tuple[str, str], PaymentInFile] = field(default_factory=dict)
    unknown_insurer: str | None = None
    repeats: RemittanceRow | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    with_reference: int = 0
    without_reference: int = 0
    _contradicted: set[tuple[UUID, str]] = field(default_factory=set)

    @property
    def names_no_payment(self) -> bool:
        return self.without_reference > 0 and not self.with_reference and not self._same.get("payment_reference")

    @property
    def _same(self) -> Mapping[str, str]:
        same: Mapping[str, str] = self.answers.get("same", {})
        return same

    def rows(self, reading: Reading[RemittanceRow]) -> Iterator[ValidatedRow]:
        """Yield every row, a wrong one once for each of its faults. Raises UnreadableFile."""
        several = self._counted(reading)
        while chunk := [self._alone(found) for found in islice(several, AT_ONCE)]:
            yield from self._with_what_is_here(chunk)

    def _counted(self, reading: Reading[RemittanceRow]) -> Iterator[RemittanceRow | RowFault]:
        """Yield what is to be judged; what is left out is only counted."""
        for found in reading:
            if isinstance(found, LeftOut):
                self.left_out[found.reason] += 1
            else:
                yield found

    def _alone(self, found: RemittanceRow | RowFault) -> ValidatedRow:
        """Judge a row by itself and by the rows before it."""
        if isinstance(found, RowFault):
            return ValidatedRow(WRONG, found.row_no, fault=found)
        slug, reference = self._insurer(found.insurer), self._reference(found.payment_reference)
        wrong = _unplaced(found, slug, reference) or _too_long(found)
        if wrong:
            return ValidatedRow(WRONG, found.row_no, fault=wrong)
        payment = self._payment(found, slug, reference)
        wrong = self._contradicts(found, payment)
        if wrong:
            return ValidatedRow(WRONG, found.row_no, fault=wrong)
        verdict = REPEATED if found.repeats_row and not self.answers.get("repeated") else GOOD
        if verdict == GOOD:
            payment.total += found.amount_paid
        return ValidatedRow(verdict, found.row_no, row=found, payment=payment)

    def _insurer(self, called: str) -> str:
        """Return the slug of the insurer that a row names, or that a person named; "" where neither is known."""
        if called and (slug := slug_of(called)):
            return slug
        if self.unknown_insurer is None:
            self.unknown_insurer = called
        answered: str = self.answers.get("insurer", "")
        return answered if called in ("", self.unknown_insurer) else ""

    def _reference(self, given: str) -> str:
        if given:
            self.with_reference += 1
            return given
        self.without_reference += 1
        return self._same.get("payment_reference", "")

    def _payment(self, row: RemittanceRow, slug: str, reference: str) -> PaymentInFile:
        key = slug, reference_key(reference)
        payment = self.payments.get(key)
        if payment is None:
            if len(self.payments) == MOST_PAYMENTS:
                raise UnreadableFile(_TOO_MANY)
            payment = self.payments[key] = PaymentInFile(slug, reference, self._paid_on(row), row.payee_number)
        return payment

    def _paid_on(self, row: RemittanceRow) -> date | None:
        typed = self._same.get("paid_on", "")
        return row.paid_on or (date.fromisoformat(typed) if typed else None)

    def _contradicts(self, row: RemittanceRow, payment: PaymentInFile) -> RowFault | None:
        paid_on = self._paid_on(row)
        payment.paid_on = payment.paid_on or paid_on
        if paid_on and paid_on != payment.paid_on:
            return _fault(row, "paid_on", _OTHER_DAY.format(dates.show(payment.paid_on)), dates.show(paid_on))
        if abs(payment.total + row.amount_paid) > money.LARGEST:
            return _fault(row, "amount_paid", _TOO_MUCH, f"{row.amount_paid}")
        return None

    def _with_what_is_here(self, chunk: list[ValidatedRow]) -> Iterator[ValidatedRow]:
        """Judge rows by what is in the database already."""
        self._look_up([one.payment for one in chunk if one.payment and not one.payment.is_looked_up])
        known = self._known(chunk)
        for one in chunk:
            judged = self._against(one, known)
            if judged.verdict == REPEATED:
                self.repeats = self.repeats or judged.row
            if judged.verdict == GOOD and judged.payment and judged.row:
                judged.payment.rows += 1
                judged.payment.amount += judged.row.amount_paid
            yield judged

    def _look_up(self, payments: list[PaymentInFile]) -> None:
        """Find which of these payments are here."""
        here = Remittance.objects.filter(
            practice=self.practice, reference_key__in={payment.key[1] for payment in payments}
        ).annotate(has_advices=Exists(ClaimPayment.objects.filter(remittance=OuterRef("pk"))))
        found = {(row.insurer_slug, row.reference_key): row for row in here} if payments else {}
        for payment in payments:
            payment.is_looked_up = True
            if row := found.get(payment.key):
                payment.remittance_id, payment.known_amount = row.pk, row.amount
                payment.is_announced = row.announced_at is not None and row.has_advices

    def _known(self, chunk: list[ValidatedRow]) -> dict[tuple[UUID, str], Decimal]:
        """Return what was paid, for those of these rows whose bill is known of their payment."""
        asked = [one for one in chunk if one.payment and one.payment.remittance_id and not one.payment.is_announced]
        if not asked:
            return {}
        of_these = {
            "remittance__in": {one.payment.remittance_id for one in asked if one.payment},
            "key__in": {one.advice_key for one in asked},
        }
        bills = ClaimPayment.objects.filter(**of_these).values_list("remittance", "key", "paid")
        adjustments = PaymentAdjustment.objects.filter(**of_these).values_list("remittance", "key", "amount")
        return {(remittance, key): paid for remittance, key, paid in chain(bills, adjustments)}

    def _against(self, one: ValidatedRow, known: Mapping[tuple[UUID, str], Decimal]) -> ValidatedRow:
        if one.row is None or one.payment is None or one.payment.remittance_id is None:
            return one
        if one.payment.is_announced:
            return ValidatedRow(KNOWN, one.row_no, row=one.row, payment=one.payment)
        paid = known.get((one.payment.remittance_id, one.advice_key))
        bill = one.payment.remittance_id, one.advice_key.rpartition("#")[0]
        if paid is None and bill not in self._contradicted:
            return one
        if paid is None:
            return ValidatedRow(WRONG, one.row_no, fault=_fault(one.row, "amount_paid", _SAID_OTHERWISE))
        if paid != one.row.amount_paid:
            self._contradicted.add(bill)
            sentence = _OTHER_AMOUNT.format(money.show(paid))
            return ValidatedRow(
                WRONG, one.row_no, fault=_fault(one.row, "amount_paid", sentence, f"{one.row.amount_paid}")
            )
        return ValidatedRow(KNOWN, one.row_no, row=one.row, payment=one.payment)


def column_label(name: str) -> str:
    """Return one of our columns as a sentence calls it, "" for anything else."""
    return REMITTANCE_COLUMNS[name].called if name in REMITTANCE_COLUMNS else ""


def slug_of(name: str) -> str:
    """Return the slug of the insurer that is called so, "" where none is known."""
    found = insurers.find(name)
    return (found.superseded_by or found.slug) if found else ""


def _unplaced(row: RemittanceRow, slug: str, reference: str) -> RowFault | None:
    if not slug:
        return _fault(row, "insurer", "It is not known which insurer this is.", shown(row.insurer))
    if not reference:
        return _fault(row, "payment_reference", "Nothing says which payment this row belongs to.")
    return None


def _too_long(row: RemittanceRow) -> RowFault | None:
    for name in _NUMBERS:
        length = len(getattr(row, name))
        if length > LONGEST_NUMBER:
            return _fault(row, name, _TOO_LONG.format(length))
    return None


def _fault(row: RemittanceRow, name: str, sentence: str, cell: str = "") -> RowFault:
    return RowFault(row.row_no, name, sentence, cell)
