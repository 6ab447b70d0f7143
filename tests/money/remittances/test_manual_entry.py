"""A payment that came by post is typed in, and goes the same way as any other."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from clearbill.bill import dates, deductions
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from clearbill.people.models import AuditEntry, Role
from clearbill.web.money.remittances.manual_entry_forms import OTHER, BillForm
from tests import builders
from tests.claims.desk import Desk, status
from tests.imports.remittance_files.importing_files import bring, csv_file, row, text
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import books, collected

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def bill(number: str, paid: str, **fields: str) -> dict[str, str]:
    return {"invoice_number": number, "paid": paid, **fields}


def form(*bills: dict[str, str], **fields: str) -> dict[str, str]:
    """The form as a browser sends it, with one empty line below."""
    given = {
        "form_id": str(uuid4()),
        "insurer": "bupa",
        "payment_reference": "PAY900001",
        "paid_on": dates.show(dates.today() - timedelta(days=2)),
        "bills-TOTAL_FORMS": str(len(bills) + 1),
        "bills-INITIAL_FORMS": "3",
        **fields,
    }
    names = ("invoice_number", "paid", "deducted", "reason", "words", "owed_by")
    for place, one in enumerate([*bills, dict[str, str]()]):
        given |= {f"bills-{place}-{name}": one.get(name, "") for name in names}
    return given


def send(browser: Browser, given: dict[str, str]) -> str:
    return text(browser.post("/money/type-in", given, follow=True))


def test_the_form_has_lines_and_more_of_them_without_losing_what_was_typed(browser: Browser) -> None:
    body = browser.get("/money/type-in").content.decode()
    assert body.count('class="bill"') == 3
    given = form(bill("CB1", "7o", deducted="20", words="Excess"), payment_reference="", more="1")
    body = browser.post("/money/type-in", given).content.decode()
    assert body.count('class="bill"') == 5
    for kept in ("CB1", "7o", "Excess", given["form_id"]):
        assert f'value="{kept}"' in body
    assert "to fix" not in body
    assert not Remittance.objects.exists()


def test_a_typed_payment_is_kept_and_put_to_its_claims(desk: Desk, browser: Browser) -> None:
    full, short, stranger = collected(desk), collected(desk), "CB77777"
    given = form(
        bill(full.number.lower(), "70"),
        bill(short.number, "£50.00", deducted="20", reason="Policy excess", owed_by="patient"),
        bill(stranger, "10"),
        total="130.00",
    )
    said = send(browser, given)
    assert "Kept: 2 bills put to claims, 1 waits for you." in said
    assert (status(full), status(short), books(short)) == (Status.PAID, Status.PART_PAID, (50, 20, 0, 0))
    remittance = Remittance.objects.get()
    assert (remittance.amount, remittance.document.way, remittance.document.by) == (
        130,
        Document.TYPED,
        desk.owner.user,
    )
    assert json.loads(b"".join(remittance.document.pieces()))["bills"][1]["owed_by"] == "patient"
    deduction = ClaimPayment.objects.get(invoice_number=short.number).lines[0]["deductions"][0]
    assert deduction == {"code": "", "reason": "Policy excess", "amount": "20.00", "patient_liable": True}
    assert AuditEntry.objects.filter(action="typed in a payment").count() == 1
    assert "Typed in" in text(browser.get(f"/money/payments/{remittance.pk}"))


@pytest.mark.parametrize(("owed_by", "liable"), [("patient", True), ("nobody", False), ("", None)])
def test_who_owes_what_was_deducted_is_kept_as_the_letter_says_it(
    desk: Desk, browser: Browser, owed_by: str, liable: bool | None
) -> None:
    claim = collected(desk)
    send(browser, form(bill(claim.number, "50", deducted="20", reason="other", words="Clause 7", owed_by=owed_by)))
    deduction = ClaimPayment.objects.get().lines[0]["deductions"][0]
    assert (deduction["reason"], deduction["patient_liable"]) == ("Clause 7", liable)


def test_a_letter_about_a_claim_begins_with_what_is_known_of_it_and_leads_back(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    address = f"/money/type-in?claim={claim.pk}"
    body = browser.get(address).content.decode()
    assert body.count('class="bill"') == 1
    assert f'value="{claim.number}"' in body
    assert '<option value="bupa" selected>' in body
    assert "£70.00 claimed, £70.00 open" in body
    declined = form(bill(claim.number, "0", deducted="70", reason="No authorisation"), payment_reference="")
    answer = browser.post(address, declined)
    assert answer["Location"] == f"/claims/{claim.pk}"
    assert (status(claim), books(claim)) == (Status.DECLINED, (0, 70, 0, 0))
    assert Remittance.objects.get().payment_reference == f"Letter {claim.number}"
    wrong = form(bill("CB77777", "10"))
    assert browser.post(address, wrong)["Location"].startswith("/money/payments/")


@pytest.mark.parametrize("query", ["claim=x", "claim=00000000-0000-4000-8000-000000000000", "claim=", ""])
def test_a_claim_that_is_not_there_begins_nothing(browser: Browser, query: str) -> None:
    assert browser.get(f"/money/type-in?{query}").content.decode().count('class="bill"') == 3


def test_a_letter_about_another_practices_claim_begins_nothing(desk: Desk) -> None:
    claim = collected(desk)
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert claim.number not in stranger.get(f"/money/type-in?claim={claim.pk}").content.decode()


def test_every_reason_that_can_be_chosen_is_one_the_shortfall_card_knows() -> None:
    reasons: Any = BillForm.base_fields["reason"]
    offered = [words for words, _ in reasons.choices if words not in ("", OTHER)]
    assert offered == [reason.name for reason in deductions.BY_KEY.values()]
    assert [deductions.reason_for("bupa", code="", words=words).name for words in offered] == offered
    assert deductions.reason_for("bupa", code="", words="Included in the fee of another code").key == "codes"


def test_the_same_form_sent_twice_is_one_payment(desk: Desk, browser: Browser) -> None:
    given = form(bill(collected(desk).number, "70"))
    send(browser, given)
    said = send(browser, given)
    assert "This form was sent before; the payment is here once." in said
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()) == (1, 1, 1)


def test_a_forgotten_bill_is_added_to_a_typed_payment_and_a_known_one_is_not(desk: Desk, browser: Browser) -> None:
    first, forgotten = collected(desk), collected(desk)
    send(browser, form(bill(first.number, "70")))
    said = send(browser, form(bill(forgotten.number, "70"), bill(first.number, "70"), payment_reference="pay 900001"))
    assert "This payment is here already, with £70.00 for this bill." in said
    assert status(forgotten) == Status.COLLECTED
    send(browser, form(bill(forgotten.number, "70"), payment_reference="pay 900001"))
    assert status(forgotten) == Status.PAID
    assert (Remittance.objects.count(), Remittance.objects.get().amount) == (1, 140)


def test_a_payment_that_the_clearing_house_told_is_not_typed_in_again(desk: Desk, browser: Browser) -> None:
    claim, other = collected(desk), collected(desk)
    taken_in(desk, told(claim))
    Remittance.objects.update(announced_at=desk.now)
    said = send(browser, form(bill(other.number, "70")))
    assert "Healthcode has told Clearbill of this payment already" in said
    assert status(other) == Status.COLLECTED


def test_the_same_payment_typed_and_as_a_file_is_one(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    send(browser, form(bill(claim.number, "50", deducted="20", reason="Policy excess"), paid_on="11 Nov 2026"))
    said = bring(browser, csv_file(row(claim, paid="50.00", short="20.00", reference="pay900001")))
    assert "Everything in this file is here already" in said


def test_money_that_is_taken_back_by_letter_has_a_minus(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    send(browser, form(bill(claim.number, "70")))
    send(browser, form(bill(claim.number, "−20"), payment_reference="PAY900002"))
    assert books(claim)[0] == 50


@pytest.mark.parametrize(
    ("line", "fields", "sentence"),
    [
        ({}, {}, "Type in at least one bill."),
        ({"invoice_number": "CB1", "paid": "7o"}, {}, "“7o” is not an amount."),
        ({"invoice_number": "CB1"}, {}, "Paid: Fill this in."),
        ({"paid": "70"}, {}, "Enter the invoice number."),
        ({"invoice_number": "CB1", "paid": "70", "deducted": "5"}, {}, "Say why it was deducted."),
        (
            {"invoice_number": "CB1", "paid": "70", "deducted": "5", "reason": "other"},
            {},
            "Write what the letter says.",
        ),
        ({"invoice_number": "CB1", "paid": "70", "reason": "Duplicate"}, {}, "Enter what was deducted, or choose no"),
        ({"invoice_number": "CB1", "paid": "70", "deducted": "-5", "words": "x"}, {}, "cannot be negative"),
        ({"invoice_number": "CB1", "paid": "999999999"}, {}, "The amount is too large."),
        ({"invoice_number": "C" * 41, "paid": "70"}, {}, "This has 41 characters"),
        ({"invoice_number": "CB1", "paid": "70"}, {"insurer": ""}, "Choose one."),
        ({"invoice_number": "CB1", "paid": "70"}, {"insurer": "nobody"}, "no longer in it"),
        ({"invoice_number": "CB1", "paid": "70"}, {"payment_reference": " "}, "Money came: enter the reference"),
        ({"invoice_number": "CB1", "paid": "0"}, {}, "all of it if it is declined"),
        ({"invoice_number": "CB1", "paid": "70"}, {"payment_reference": "P" * 61}, "61 characters"),
        ({"invoice_number": "CB1", "paid": "70"}, {"paid_on": "1 Jan 2099"}, "This day has not come yet."),
        ({"invoice_number": "CB1", "paid": "70"}, {"paid_on": "1 Jan 1950"}, "The year 1950 is too long ago"),
        ({"invoice_number": "CB1", "paid": "70"}, {"paid_on": "soon"}, "soon"),
        ({"invoice_number": "CB1", "paid": "70"}, {"total": "71"}, "The bills add up to £70.00, not to £71.00."),
        ({"invoice_number": "CB1", "paid": "70"}, {"form_id": "x"}, "to fix"),
        ({"invoice_number": "CB1", "paid": "70"}, {"bills-TOTAL_FORMS": "x"}, "were lost on the way"),
        ({"invoice_number": "CB1", "paid": "70"}, {"bills-TOTAL_FORMS": "900"}, "at most 200 bills"),
    ],
)
def test_what_is_wrong_gets_its_sentence_and_nothing_is_kept(
    browser: Browser, line: dict[str, str], fields: dict[str, str], sentence: str
) -> None:
    said = send(browser, form(line, **fields))
    assert sentence in said
    assert not Document.objects.exists()
    assert not Remittance.objects.exists()


def test_bills_that_come_to_more_than_any_payment_are_refused(browser: Browser) -> None:
    said = send(browser, form(bill("CB1", "99999999.99"), bill("CB2", "1")))
    assert "which cannot be right" in said
    assert not Remittance.objects.exists()


def test_a_typed_payment_is_taken_out_and_typed_anew(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    given = form(bill(claim.number, "7"))
    send(browser, given)
    payment = Remittance.objects.get()
    browser.post(f"/money/payments/{payment.pk}/take-out", {"reason": "A typing error"})
    assert (status(claim), Remittance.objects.count()) == (Status.COLLECTED, 0)
    send(browser, form(bill(claim.number, "70")))
    assert status(claim) == Status.PAID
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount", flat=True)) == [7, -7, 70]


def test_the_page_of_a_typed_payment_names_patient_and_claimed_from_the_claim(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    send(browser, form(bill(claim.number, "70"), bill("CB9", "5")))
    page = text(browser.get(f"/money/payments/{Remittance.objects.get().pk}"))
    assert f"{claim.number} {claim.invoice.client.name} £70.00 £70.00" in page
    assert "CB9 £5.00 To settle" in page


def test_the_choice_of_a_reason_does_not_begin_with_nothing(browser: Browser) -> None:
    assert browser.get("/money/type-in").content.decode().count("No deduction") == 3


def test_who_may_not_record_money_cannot_type_it_in(desk: Desk) -> None:
    reader: Any = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    assert reader.get("/money/type-in").status_code == 403
    assert reader.post("/money/type-in", form(bill("CB1", "70"))).status_code == 403
    assert "Type in a payment" not in text(reader.get("/money/"))


def test_another_practices_claim_of_the_same_number_is_left_alone(desk: Desk, browser: Browser) -> None:
    theirs = collected(Desk())
    send(browser, form(bill(theirs.number, "70")))
    assert status(theirs) == Status.COLLECTED
    assert Claim.objects.filter(status=Status.PAID).count() == 0
