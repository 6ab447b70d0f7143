"""Invoices of another system are brought with what is open on them: checked, taken in, never claimed, undone."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from clearbill.bill.problem import Refused
from clearbill.claims.bulk.unclaimed import unclaimed
from clearbill.claims.core import services as claims
from clearbill.imports import contents, services
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.claimed.outstanding import Place, outstanding
from clearbill.invoicing.claimed.repeats import repeats
from clearbill.invoicing.models import Invoice, InvoiceLine, LedgerEntry
from clearbill.invoicing.payments import record_payment
from clearbill.people.models import AuditEntry
from tests import builders
from tests.imports.appointments.desk import DiaryDesk

pytestmark = pytest.mark.django_db

HEADER = (
    "Invoice number,Client ID,First name,Last name,Date of birth,Invoice date,Treatment date,Payer,Practitioner,"
    "Description,Amount,Paid,Open"
)


def line(number: str, **values: str) -> str:
    given = {
        "client": "P-90001",
        "first": "Testa",
        "last": "Sample",
        "born": "12 Apr 1985",
        "issued": "2 Oct 2026",
        "treated": "1 Oct 2026",
        "payer": "BUPA",
        "practitioner": "Rosa Therapist",
        "description": "Physio",
        "amount": "70.00",
        "paid": "20.00",
        "open": "50.00",
        **values,
    }
    return ",".join([number, *given.values()])


def listed(lines: Iterable[str]) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


class Desk(DiaryDesk):
    """Who brings files of invoices."""

    def bring(self, content: bytes, name: str = "invoices.csv", source: str = "", **answers: str) -> FileImport:
        file, _ = services.bring(self.actor, kind="invoices", source=source, content=io.BytesIO(content), name=name)
        if answers:
            services.answer(self.actor, file=file, answers=contents.with_answers(file.answers, answers))
        return self.fresh(file)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_invoice_comes_with_what_is_open_to_the_penny(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1", amount="70.01", open="50.01")]))
    assert desk.verdicts(file) == ["new"]
    services.take_in(desk.actor, file=file, only_good=False)
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.client, invoice.practitioner) == ("INV-1", desk.client, desk.practitioner)
    assert (invoice.insurer_slug, invoice.issued_on, invoice.is_imported) == ("bupa", date(2026, 10, 2), True)
    assert (invoice.net_total, invoice.paid_total, invoice.open_total) == (
        Decimal("70.01"),
        Decimal("20.00"),
        Decimal("50.01"),
    )
    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.source, entry.on) == (Decimal("20.00"), LedgerEntry.INSURER, date(2026, 10, 2))
    assert InvoiceLine.objects.get().treated_on == date(2026, 10, 1)
    owed = outstanding(desk.practice).get()
    assert (owed.owed, owed.place) == (Decimal("50.01"), Place.INSURERS.value)
    assert AuditEntry.objects.filter(action="imported the invoice", subject_id=str(invoice.pk)).exists()


def test_rows_of_one_number_are_lines_of_one_invoice(desk: Desk) -> None:
    rows = [line("INV-1", open="120.00"), line("INV-1", treated="2 Oct 2026", open="120.00")]
    file = desk.bring(listed(rows))
    services.take_in(desk.actor, file=file, only_good=False)
    invoice = Invoice.objects.get()
    assert (invoice.lines.count(), invoice.net_total, invoice.open_total) == (2, Decimal("140.00"), Decimal("120.00"))


def test_sums_of_each_line_are_added_up(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1"), line("INV-1", treated="2 Oct 2026", paid="0.00", open="70.00")]))
    services.take_in(desk.actor, file=file, only_good=False)
    invoice = Invoice.objects.get()
    assert (invoice.paid_total, invoice.open_total) == (Decimal("20.00"), Decimal("120.00"))


def test_sums_that_do_not_add_up_are_wrong_at_the_row(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1", open="49.99"), line("INV-2")]))
    assert desk.verdicts(file) == ["wrong", "new"]
    assert desk.row(file, 2).faults == [
        [
            "is_open",
            "The sums do not add up: £70.00 less £20.00 paid is £50.00, and £49.99 is said to be open.",
            "",
        ]
    ]


def test_no_claim_is_ever_made_of_it(desk: Desk) -> None:
    services.take_in(desk.actor, file=desk.bring(listed([line("INV-1")])), only_good=False)
    invoice = Invoice.objects.get()
    with pytest.raises(Refused, match="claimed there"):
        claims.create(desk.actor, invoice=invoice)
    with pytest.raises(Refused, match="claimed there"):
        claims.create_follow_on(desk.actor, invoice=invoice)
    assert not unclaimed(desk.practice, on=builders.TODAY)
    assert "given out by another system" in invoicing.reason_locked(invoice)


def test_its_treatments_cannot_be_billed_a_second_time(desk: Desk) -> None:
    services.take_in(desk.actor, file=desk.bring(listed([line("INV-1")])), only_good=False)
    ours = builders.invoice(
        desk.practice, client=desk.client, practitioner=desk.practitioner, treated_on=date(2026, 10, 1)
    )
    [repeat] = repeats(ours)
    assert repeat.other.number == "INV-1"
    other_day = builders.invoice(
        desk.practice, client=desk.client, practitioner=desk.practitioner, treated_on=date(2026, 10, 5)
    )
    assert not repeats(other_day)


def test_an_invoice_that_the_client_pays_is_with_the_client(desk: Desk) -> None:
    services.take_in(desk.actor, file=desk.bring(listed([line("INV-1", payer="Self-pay")])), only_good=False)
    assert (Invoice.objects.get().insurer_slug, outstanding(desk.practice).get().place) == ("", Place.CLIENTS.value)
    assert LedgerEntry.objects.get().source == LedgerEntry.PATIENT


def test_a_payer_that_is_not_known_is_asked(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1", payer="Bestcare")]))
    assert [question["field"] for question in file.found["questions"]] == ["insurer:Bestcare"]
    file = desk.answer(file, **{"insurer:Bestcare": "aviva"})
    services.take_in(desk.actor, file=file, only_good=False)
    assert Invoice.objects.get().insurer_slug == "aviva"


def test_credit_notes_and_invoices_of_nothing_are_left_out_with_the_reason(desk: Desk) -> None:
    rows = [line("INV-1", amount="-70.00", paid="", open=""), line("INV-2", amount="0.00", paid="", open="")]
    file = desk.bring(listed(rows))
    assert desk.verdicts(file) == ["left out", "left out"]
    assert desk.row(file, 2).sentence.startswith("Credit notes and negative invoices")
    assert desk.row(file, 3).sentence == "Invoices of nothing."


def test_a_number_that_will_be_given_here_is_wrong(desk: Desk) -> None:
    file = desk.bring(listed([line(f"{desk.practice.invoice_prefix}10007")]))
    assert desk.verdicts(file) == ["wrong"]
    assert "will be given to another one" in desk.row(file, 2).found["sentence"]


def test_a_number_apart_from_its_rows_is_wrong(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1"), line("INV-2"), line("INV-1", amount="30.00", paid="", open="30.00")]))
    assert desk.verdicts(file) == ["new", "new", "wrong"]
    assert desk.row(file, 4).faults[0][1].startswith("Row 2 has this invoice number too.")


def test_what_is_here_already_is_not_taken_twice(desk: Desk) -> None:
    services.take_in(desk.actor, file=desk.bring(listed([line("INV-1"), line("INV-2")])), only_good=False)
    builders.invoice(desk.practice, number="INV-3", client=desk.client, practitioner=desk.practitioner)
    rows = [line("INV-1"), line("INV-2", paid="30.00", open="40.00"), line("INV-3"), line("INV-4")]
    file = desk.bring(listed(rows))
    assert desk.verdicts(file) == ["unchanged", "left out", "wrong", "new"]
    assert "with £50.00 open; the file says £40.00" in desk.row(file, 3).found["sentence"]


def test_a_client_found_by_name_alone_waits_for_a_person(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1", client="", born="")]))
    assert desk.verdicts(file) == ["double"]
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    services.take_in(desk.actor, file=file, only_good=False)
    assert Invoice.objects.get().client == desk.client


def test_an_import_of_invoices_is_undone_but_for_those_in_use(desk: Desk) -> None:
    file = desk.bring(listed([line("INV-1"), line("INV-2")]))
    services.take_in(desk.actor, file=file, only_good=False)
    second = Invoice.objects.get(number="INV-2")
    record_payment(
        desk.actor,
        invoice=second,
        amount=Decimal("50.00"),
        received_on=builders.TODAY,
        source=LedgerEntry.INSURER,
    )
    services.undo(desk.actor, file=desk.fresh(file))
    assert list(Invoice.objects.values_list("number", flat=True)) == ["INV-2"]
    [kept] = ImportRow.objects.filter(file=file, state=ImportRow.KEPT)
    assert kept.sentence == "Invoice INV-2 is in use here by now: something was paid, credited or given out on it."
