"""Preview of a remittance file: how it was read, what is asked, and its rows page by page.

An upload's `answers` are {"columns", "same", "order", "sheet"} as the reader takes them, and {"insurer", "repeated"}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.fileformats import Answers, Question, Reading, RemittanceRow, UnreadableFile, read_remittance
from clearbill.imports.remittance_files.row_validation import (
    GOOD,
    KNOWN,
    REPEATED,
    WRONG,
    PaymentInFile,
    RowValidator,
    ValidatedRow,
)
from clearbill.money.remittances import source_documents
from clearbill.money.remittances.models import Remittance, Upload, reference_key
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection

PAYMENTS_SHOWN = 50

TEST_FILE = (
    "This file is a test message of the clearing house. This practice is connected to the real one, "
    "so nothing of the file can be taken in."
)

_WHICH_INSURER = "Nothing in the file says which insurer paid. Who did?"

_UNKNOWN_INSURER = "The file calls the insurer “{}”. Which one is it?"

_WHICH_PAYMENT = (
    "Nothing in the file says which payment this is. Type its reference, as it stands on the insurer’s letter "
    "or on the bank statement."
)

_REPEATED = "{} an earlier row word for word, such as row {}, which is the same as row {}. Was each of them paid?"

_REPEATED_CHOICES = [["no", "No, it was copied twice: leave the repeated rows out"], ["yes", "Yes, take them in too"]]

_ALIKE_WITHIN = timedelta(days=7)


@contextmanager
def open_reading(upload: Upload) -> Iterator[Reading[RemittanceRow]]:
    """Give the reading of the file by the present answers. Raises UnreadableFile, also while it is iterated."""
    answers = upload.answers
    given = Answers(
        columns=answers.get("columns", {}),
        same=answers.get("same", {}),
        order=answers.get("order") or None,
        sheet=answers.get("sheet", ""),
    )
    with source_documents.open_document(upload.document) as file:
        reading = read_remittance(file, today=dates.today(), answers=given)
        if reading.is_test and is_live(upload):
            raise UnreadableFile(TEST_FILE)
        yield reading


def is_live(upload: Upload) -> bool:
    """Return whether the practice bills through the real clearing house."""
    connection = HealthcodeConnection.objects.filter(practice=upload.practice_id).first()
    return (connection.environment if connection else settings.HEALTHCODE_ENVIRONMENT) == "live"


def preview(upload: Upload) -> dict[str, Any]:
    """Read the file once, from start to end, and return what it holds: see `_report`, plain values for JSON."""
    try:
        with open_reading(upload) as reading:
            if reading.questions:
                return {**_how(reading), "questions": [_asked(question) for question in reading.questions]}
            judge = RowValidator(upload.practice, upload.answers)
            return _report(reading, judge)
    except UnreadableFile as why:
        return {"sentence": str(why)}


def rows(upload: Upload) -> Iterator[ValidatedRow]:
    """Yield the rows as they are to be judged now. Raises UnreadableFile."""
    with open_reading(upload) as reading:
        yield from RowValidator(upload.practice, upload.answers).rows(reading)


class PagedRows(Sequence[ValidatedRow]):
    """The rows with one verdict, to be paged through: only those that are asked for are read."""

    def __init__(self, upload: Upload, verdict: str) -> None:
        self._upload, self._verdict = upload, verdict
        self._count = upload.found.get("faults" if verdict == WRONG else verdict, 0)

    def __len__(self) -> int:
        return int(self._count)

    def __getitem__(self, place: Any) -> Any:
        found = (one for one in rows(self._upload) if one.verdict == self._verdict)
        if isinstance(place, slice):
            return list(islice(found, place.start, place.stop))
        return next(islice(found, place, None))


def _report(reading: Reading[RemittanceRow], judge: RowValidator) -> dict[str, Any]:
    counts = dict.fromkeys((GOOD, KNOWN, REPEATED, WRONG), 0)
    faults = last_wrong = 0
    for one in judge.rows(reading):
        if one.verdict == WRONG:
            faults += 1
            counts[WRONG] += one.row_no != last_wrong or not one.row_no
            last_wrong = one.row_no
        else:
            counts[one.verdict] += 1
    questions = _left_to_ask(judge, counts[REPEATED])
    if questions:
        return {**_how(reading), "questions": questions}
    payments = list(judge.payments.values())
    alike = _alike(judge, payments)
    # What needs a person's eye first.
    payments.sort(key=lambda payment: payment.key not in alike)
    return {
        **_how(reading),
        **counts,
        "faults": faults,
        "left_out": dict(judge.left_out),
        "payments": [_payment(payment, alike) for payment in payments[:PAYMENTS_SHOWN]],
        "payment_count": len(payments),
        "alike": len(alike),
        "has_day": any(payment.paid_on for payment in payments),
    }


def _how(reading: Reading[RemittanceRow]) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "encoding": reading.encoding,
        "columns": dict(reading.columns),
        "names": list(reading.names),
        "notes": list(reading.notes),
        "is_test": reading.is_test,
    }


def _asked(question: Question) -> dict[str, Any]:
    choices = [[choice.value, choice.label] for choice in question.choices]
    return {"field": question.field, "sentence": question.sentence, "choices": choices}


def _left_to_ask(judge: RowValidator, repeated: int) -> list[dict[str, Any]]:
    """Return what the rows themselves leave open."""
    asked: list[dict[str, Any]] = []
    if judge.unknown_insurer is not None and not judge.answers.get("insurer"):
        called = judge.unknown_insurer
        sentence = _UNKNOWN_INSURER.format(called[:60]) if called else _WHICH_INSURER
        asked.append({"field": "insurer", "sentence": sentence, "choices": []})
    if judge.names_no_payment:
        asked.append({"field": "payment_reference", "sentence": _WHICH_PAYMENT, "choices": []})
    if judge.repeats is not None and "repeated" not in judge.answers:
        rows = f"{repeated:,} {plural(repeated, 'row repeats', 'rows repeat')}"
        sentence = _REPEATED.format(rows, judge.repeats.row_no, judge.repeats.repeats_row)
        asked.append({"field": "repeated", "sentence": sentence, "choices": _REPEATED_CHOICES})
    return asked


def _payment(payment: PaymentInFile, alike: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "insurer": payment.insurer_slug,
        "reference": payment.reference,
        "paid_on": payment.paid_on.isoformat() if payment.paid_on else "",
        "rows": payment.rows,
        "amount": str(payment.amount),
        "total": str(payment.total),
        "remittance": str(payment.remittance_id or ""),
        "known_amount": "" if payment.known_amount is None else str(payment.known_amount),
        "is_announced": payment.is_announced,
        "alike": alike.get(payment.key, ""),
    }


def _alike(judge: RowValidator, payments: Sequence[PaymentInFile]) -> dict[tuple[str, str], str]:
    """Return, for new payments, the reference of one that is here with the same insurer and sum, paid about then."""
    fresh = [payment for payment in payments if payment.remittance_id is None and payment.rows]
    if not fresh:
        return {}
    here = Remittance.objects.filter(
        practice=judge.practice,
        insurer_slug__in={payment.insurer_slug for payment in fresh},
        amount__in={payment.total for payment in fresh},
    ).only("insurer_slug", "amount", "paid_on", "payment_reference")
    found: dict[tuple[str, Any], list[Remittance]] = {}
    for row in here:
        found.setdefault((row.insurer_slug, row.amount), []).append(row)
    return {
        payment.key: row.payment_reference
        for payment in fresh
        for row in found.get((payment.insurer_slug, payment.total), [])
        if _is_near(payment.paid_on, row.paid_on)
    }


def _is_near(one: date | None, other: date | None) -> bool:
    return one is None or other is None or abs(one - other) <= _ALIKE_WITHIN


_WITHOUT_CONTENT = ("document__content",)


def uploads(practice: Practice) -> QuerySet[Upload]:
    """Return the files that were brought, newest first, without their content."""
    rows = Upload.objects.filter(practice=practice).select_related("document__by", "taken_in_by")
    return rows.defer(*_WITHOUT_CONTENT)


def payments(upload: Upload, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the payments that were found in a file, each with the `here` that it is now, or None."""
    keys = {reference_key(one["reference"]) for one in found}
    rows = Remittance.objects.filter(practice=upload.practice_id, reference_key__in=keys)
    here = {(row.insurer_slug, row.reference_key): row for row in rows}
    return [{**one, "here": here.get((one["insurer"], reference_key(one["reference"])))} for one in found]
