"""The invoice pages: who may see and change what, filters, and what they do with nonsense."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clearbill.bill import dates, insurers
from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services as core_services
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.invoicing import credit_notes, payments, services
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor
from clearbill.people.models import Practice, Role
from clearbill.web.invoices.forms import PaymentForm
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


@pytest.fixture
def accountant(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice, Role.ACCOUNTANT))


@pytest.fixture
def stranger() -> Any:
    return builders.signed_in(builders.member(builders.practice("Elsewhere")))


def claim(invoice: Invoice, status: Status, **fields: Any) -> Claim:
    return Claim.objects.create(
        practice=invoice.practice,
        invoice=invoice,
        number=fields.pop("number", invoice.number),
        insurer_slug="bupa",
        practitioner=invoice.practitioner,
        status=status.value,
        bill={},
        status_at=NOW,
        **fields,
    )


def typed(practice: Practice, *lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    rows = lines or ({"service": str(builders.service(practice).pk), "treated_on": "9/11/2026"},)
    data = {
        "client": str(builders.client(practice).pk),
        "client_words": "Ms Testa Sample",
        "practitioner": str(builders.practitioner(practice).pk),
        "insurer": "as-covered",
        "issued_on": "10 Nov 2026",
        "lines-TOTAL_FORMS": str(len(rows)),
        "lines-INITIAL_FORMS": "0",
        **{f"lines-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()},
    }
    return {**data, **fields}


def numbers(answer: Any) -> list[str]:
    return [row.number for row in answer.context["page"]]


def test_an_invoice_of_a_hundred_lines_is_saved_and_changed_and_one_more_is_refused(
    practice: Practice, desk: Any
) -> None:
    line = {"description": "Visit", "treated_on": "9/11/2026", "unit_price": "10", "units": "1", "item_code": "ZPHY01"}
    empty = dict.fromkeys(("service", "discount", "vat_rate", "appointment", "procedure_code", "setting"), "")
    whole = typed(practice, *[{**line, **empty}] * 100)
    assert desk.post("/invoices/new", whole).status_code == 302
    made = Invoice.objects.get()
    assert made.lines.count() == 100
    changed = typed(practice, *[{**line, **empty, "unit_price": "11"}] * 100)
    assert desk.post(f"/invoices/{made.pk}/edit", changed).status_code == 302
    made.refresh_from_db()
    assert made.net_total == 1100
    refused = desk.post("/invoices/new", typed(practice, *[{**line, **empty}] * 101))
    assert refused.status_code == 200
    assert "An invoice has at most 100 lines." in refused.content.decode()


def test_an_invoice_by_hand_without_a_site_is_of_where_the_practitioner_usually_works(
    practice: Practice, desk: Any
) -> None:
    builders.site(practice, is_default=True)
    hillside = builders.site(practice, name="Hillside", site_number="TL000003")
    there = builders.practitioner(practice, "", name="Maren There", site=hillside)
    assert desk.post("/invoices/new", typed(practice, practitioner=str(there.pk), site="")).status_code == 302
    assert Invoice.objects.get().site == hillside


def test_the_invoice_of_a_visit_is_made_once_however_often_it_is_pressed(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice)
    first = desk.post(f"/invoices/from-appointment/{visit.pk}")
    second = desk.post(f"/invoices/from-appointment/{visit.pk}")
    made = Invoice.objects.get()
    assert first.url == second.url == f"/invoices/{made.pk}"


def test_the_invoice_shows_the_isc_as_item_code_and_offers_the_claim(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice)
    page = desk.get(f"/invoices/{made.pk}").content.decode()
    assert "Item code" in page
    assert "ZPHY01" in page
    assert f'action="/claims/create/{made.pk}"' in page
    row = claim(made, Status.AWAITING_COLLECTION)
    page = desk.get(f"/invoices/{made.pk}").content.decode()
    assert "Create Claim" not in page
    assert f"/claims/{row.pk}" in page
    assert "Awaiting collection" in page


def test_an_invoice_to_the_client_offers_no_claim(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice, client=builders.client(practice, insurer=""))
    assert "Create Claim" not in desk.get(f"/invoices/{made.pk}").content.decode()


def test_a_strangers_invoice_does_not_exist(practice: Practice, stranger: Any) -> None:
    made, visit = builders.invoice(practice), builders.appointment(practice)
    assert numbers(stranger.get("/invoices/")) == []
    for address in ("", "/edit", "/void", "/payments"):
        assert stranger.get(f"/invoices/{made.pk}{address}").status_code == 404
    for address in (f"{made.pk}/restore", f"{made.pk}/payments/{uuid4()}/remove", f"from-appointment/{visit.pk}"):
        assert stranger.post(f"/invoices/{address}").status_code == 404
    assert stranger.post("/invoices/unbilled", {"visit": str(visit.pk)}).status_code == 302
    assert Invoice.objects.count() == 1


def test_an_accountant_reads_number_payer_day_and_amounts_and_changes_nothing(
    practice: Practice, accountant: Any
) -> None:
    made, visit = builders.invoice(practice), builders.appointment(practice)
    for address in ("/invoices/", f"/invoices/{made.pk}"):
        page = accountant.get(address).content.decode()
        for told in (made.number, insurers.name_of("bupa"), "10 Nov 2026", "£70.00"):
            assert told in page
        assert made.client.last_name not in page
    for address in ("/invoices/unbilled", "/invoices/new", f"/invoices/{made.pk}/edit", f"/invoices/{made.pk}/void"):
        assert accountant.get(address).status_code == 403
    for address in ("unbilled", f"{made.pk}/restore", f"{made.pk}/payments", f"from-appointment/{visit.pk}"):
        assert accountant.post(f"/invoices/{address}").status_code == 403


def test_a_practitioner_bills_but_records_no_money(practice: Practice) -> None:
    browser = builders.signed_in(builders.member(practice, Role.PRACTITIONER))
    made = builders.invoice(practice)
    assert browser.get(f"/invoices/{made.pk}/edit").status_code == 200
    assert browser.post(f"/invoices/{made.pk}/payments", {"amount": "1"}).status_code == 403


def test_the_list_is_narrowed_by_the_claims_status(practice: Practice, desk: Any) -> None:
    bare, sent = builders.invoice(practice), builders.invoice(practice)
    own = builders.invoice(practice, client=builders.client(practice, insurer=""))
    claim(sent, Status.SUBMITTED)
    claim(sent, Status.DECLINED, is_current=False, number="OLD")
    assert numbers(desk.get("/invoices/?claim=none")) == [bare.number]
    assert numbers(desk.get("/invoices/?claim=Submitted")) == [sent.number]
    assert numbers(desk.get("/invoices/?claim=Declined")) == []
    assert numbers(desk.get("/invoices/?insurer=client")) == [own.number]
    assert len(numbers(desk.get("/invoices/?insurer=bupa"))) == 2


def test_the_list_is_narrowed_by_month_practitioner_and_payment(practice: Practice, desk: Any) -> None:
    paid, open_one = builders.invoice(practice), builders.invoice(practice, issued_on=NOW.date() - timedelta(days=40))
    for amount in ("69.90", "0.10"):
        payments.record_payment(
            Actor(practice, None, NOW),
            invoice=paid,
            amount=Decimal(amount),
            received_on=NOW.date(),
            source=LedgerEntry.PATIENT,
            reference="",
        )
    assert numbers(desk.get("/invoices/?paid=paid")) == [paid.number]
    assert numbers(desk.get("/invoices/?paid=open")) == [open_one.number]
    assert numbers(desk.get("/invoices/?month=2026-10")) == [open_one.number]
    assert numbers(desk.get(f"/invoices/?practitioner={paid.practitioner_id}")) == [paid.number]


def test_words_are_searched_by_post_and_never_stand_in_an_address(practice: Practice, desk: Any) -> None:
    wanted = builders.invoice(practice, client=builders.client(practice, last_name="Étoile", membership_number="ZZ777"))
    builders.invoice(practice)
    for words in ("Étoile", "testa étoile".title(), wanted.number.lower(), "ZZ777"):
        answer = desk.post("/invoices/", {"words": words})
        assert numbers(answer) == [wanted.number]
        assert f'value="{words}"' in answer.content.decode()
    assert len(numbers(desk.get("/invoices/?words=Étoile"))) == 2


def test_the_list_is_sorted_as_asked_and_paged(practice: Practice, desk: Any) -> None:
    builder = {"client": builders.client(practice), "practitioner": builders.practitioner(practice)}
    made = [builders.invoice(practice, number=f"CB{20000 + one}", **builder) for one in range(53)]
    assert numbers(desk.get("/invoices/?sort=number"))[:2] == [made[0].number, made[1].number]
    assert len(numbers(desk.get("/invoices/?sort=-number&page=2"))) == 3
    found = desk.post("/invoices/", {"words": "Sample", "page": "2"})
    assert len(numbers(found)) == 3
    assert 'form="words-form"' in found.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "page=999",
        "page=-1",
        "page=x",
        "sort=password",
        "month=2026-99",
        "practitioner=1",
        "claim=<b>",
        "paid=?",
        "insurer=’",
    ],
)
def test_nonsense_in_the_address_is_ignored(practice: Practice, desk: Any, query: str) -> None:
    builders.invoice(practice)
    assert desk.get(f"/invoices/?{query}").status_code == 200
    assert desk.get(f"/invoices/unbilled?{query}&client=x").status_code == 200
    assert desk.get("/invoices/new?client=x").status_code == 200


def test_a_long_list_takes_as_many_queries_as_a_short_one(practice: Practice, desk: Any) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as seen:
            for address in ("/invoices/", "/invoices/unbilled"):
                desk.get(address)
        return len(seen)

    def fill(count: int) -> None:
        for _ in range(count):
            claim(builders.invoice(practice), Status.SUBMITTED)
            builders.appointment(practice)

    fill(2)
    few = ask()
    fill(18)
    assert ask() == few


def test_an_invoice_page_takes_as_many_queries_for_many_lines(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice)

    def ask() -> int:
        with CaptureQueriesContext(connection) as seen:
            desk.get(f"/invoices/{made.pk}")
            desk.get(f"/invoices/{made.pk}/edit")
        return len(seen)

    few = ask()
    line = made.lines.get()
    for position in range(2, 20):
        line.pk, line.position = None, position
        line.save()
    assert ask() == few


def test_an_invoice_is_written_by_hand_from_services(practice: Practice, desk: Any) -> None:
    service = builders.service(practice, vat_rate=Decimal("20"))
    data = typed(
        practice,
        {"service": str(service.pk), "treated_on": "9/11/2026", "units": "2", "discount": "£10"},
        {"description": "Report", "treated_on": "9/11/2026", "unit_price": "25", "item_code": "zrep 01"},
        patient_paid="15",
        patient_paid_method="cash",
    )
    answer = desk.post("/invoices/new", data)
    made = Invoice.objects.get()
    assert answer.url == f"/invoices/{made.pk}"
    assert (made.insurer_slug, made.net_total) == ("bupa", Decimal("166.00"))
    assert [(row.item_code, row.net) for row in made.lines.all()] == [
        ("ZPHY01", Decimal("156.00")),
        ("ZREP01", Decimal("25.00")),
    ]


def test_reloading_the_form_makes_no_second_invoice(practice: Practice, desk: Any) -> None:
    data = typed(practice, key=str(uuid4()))
    assert desk.post("/invoices/new", data).url == desk.post("/invoices/new", data).url
    assert Invoice.objects.count() == 1


def test_everything_typed_is_kept_when_the_invoice_is_refused(practice: Practice, desk: Any) -> None:
    data = typed(
        practice, {"description": "Long <talk>", "treated_on": "31/2/2026", "unit_price": "ten"}, note="Thanks"
    )
    page = desk.post("/invoices/new", data).content.decode()
    for words in ("Long &lt;talk&gt;", "31/2/2026", "ten", "Thanks", "is not an amount", "February 2026 has 28 days"):
        assert words in page
    assert not Invoice.objects.exists()


def test_add_line_without_javascript_keeps_what_was_typed_and_complains_of_nothing(
    practice: Practice, desk: Any
) -> None:
    data = typed(practice, {"description": "First", "treated_on": "nonsense"}, add_line="1", note="Keep me")
    page = desk.post("/invoices/new", data).content.decode()
    for words in ("First", "nonsense", "Keep me", "Ms Testa Sample", 'name="lines-1-treated_on"'):
        assert words in page
    assert "to fix" not in page
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"lines-TOTAL_FORMS": "x"},
        {"lines-TOTAL_FORMS": "0"},
        {"lines-TOTAL_FORMS": "5000"},
        {"practitioner": "x"},
        {"insurer": "nobody"},
        {"client": "x", "client_words": ""},
        {"lines-0-appointment": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"},
        {"lines-0-setting": "Q"},
        {"lines-0-units": "-1"},
        {"lines-0-vat_rate": "nan"},
        {"lines-0-unit_price": "99999999.99", "lines-0-units": "999"},
        {"issued_on": "1 Jan 2999"},
    ],
)
def test_a_tampered_form_is_refused_without_breaking(practice: Practice, desk: Any, change: dict[str, str]) -> None:
    answer = desk.post("/invoices/new", typed(practice, **change))
    assert answer.status_code == 200
    assert not Invoice.objects.exists()


def test_an_edit_keeps_the_visit_on_its_line_and_removes_the_ticked_one(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice)
    made = services.invoice_appointments(Actor(practice, None, timezone.now()), appointments=[visit])
    page = desk.get(f"/invoices/{made.pk}/edit").content.decode()
    assert str(visit.pk) in page
    data = typed(
        practice,
        {"service": str(visit.service_id), "treated_on": "9/11/2026", "unit_price": "75", "appointment": str(visit.pk)}
        | {"price_reason": "A longer session"},
        {"description": "Gone", "treated_on": "9/11/2026", "unit_price": "1", "DELETE": "on"},
        practitioner=str(made.practitioner_id),
        insurer="client",
    )
    saved = desk.post(f"/invoices/{made.pk}/edit", data, follow=True).content.decode()
    assert "Saved. The invoice is in edition 2 now." in saved
    assert "edition 3" not in desk.post(f"/invoices/{made.pk}/edit", data, follow=True).content.decode()
    row = Invoice.objects.get()
    assert (row.net_total, row.insurer_slug, row.lines.get().appointment) == (Decimal("75.00"), "", visit)


def test_an_invoice_under_claim_is_not_edited_and_says_why(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice)
    claim(made, Status.SUBMITTED)
    answer = desk.get(f"/invoices/{made.pk}/edit", follow=True)
    assert "stays as it was sent" in answer.content.decode()


def test_what_was_typed_on_an_invoice_that_is_void_meanwhile_is_shown_with_the_reason(
    practice: Practice, desk: Any
) -> None:
    given = typed(practice)
    desk.post("/invoices/new", given)
    made = Invoice.objects.get()
    services.void(Actor(practice, None, NOW), invoice=made, reason="Wrong service")
    answer = desk.post(f"/invoices/{made.pk}/edit", given | {"note": "Rang on Friday"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "This invoice is void. Restore it first." in page
    assert "Rang on Friday" in page
    made.refresh_from_db()
    assert made.note == ""


def test_voiding_asks_for_a_reason_and_shows_it(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice)
    assert "Say why the invoice is void." in desk.post(f"/invoices/{made.pk}/void", {"reason": " "}).content.decode()
    page = desk.post(f"/invoices/{made.pk}/void", {"reason": "Wrong service"}, follow=True).content.decode()
    assert "Wrong service" in page
    assert "Restore" in page
    desk.post(f"/invoices/{made.pk}/restore")
    assert Invoice.objects.get().voided_at is None


def test_what_an_insurer_pays_on_a_claim_is_not_entered_on_its_invoice(practice: Practice, desk: Any) -> None:
    free, claimed = builders.invoice(practice), builders.invoice(practice)
    claim(claimed, Status.COLLECTED)
    field = 'name="source"'
    assert field in desk.get(f"/invoices/{free.pk}").content.decode()
    assert field not in desk.get(f"/invoices/{claimed.pk}").content.decode()
    for made in (free, claimed):
        data = {"amount": "20", "received_on": "10/11/2026", "source": "insurer", "method": "card"}
        assert desk.post(f"/invoices/{made.pk}/payments", data).status_code == 302
    assert [(entry.invoice, entry.source) for entry in LedgerEntry.objects.order_by("pk")] == [
        (free, LedgerEntry.INSURER),
        (claimed, LedgerEntry.PATIENT),
    ]


def test_a_payment_is_recorded_and_a_mistake_is_kept_on_the_page(practice: Practice, desk: Any) -> None:
    made = builders.invoice(practice)
    data = {"amount": "£20", "received_on": "10/11/2026", "source": "patient", "method": "card", "reference": "Card"}
    page = desk.post(f"/invoices/{made.pk}/payments", {**data, "amount": "700"}).content.decode()
    assert "Only £70.00 is open" in page
    assert 'value="700"' in page
    assert "£50.00 open" in desk.post(f"/invoices/{made.pk}/payments", data, follow=True).content.decode()
    entry = LedgerEntry.objects.get()
    page = desk.post(f"/money/entries/{entry.pk}/take-back", follow=True).content.decode()
    assert "taken back" in page
    assert "£70.00 open" in page
    assert f"/money/entries/{entry.pk}/take-back" not in page
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("1 Jan 1950", "The year 1950 is too long ago"),
        ("8 Nov 2026", "This is before 9 Nov 2026, the first day that the invoice is about."),
    ],
)
def test_nothing_was_paid_or_paid_back_before_the_first_treatment(
    practice: Practice, desk: Any, day: str, said: str
) -> None:
    invoice = builders.invoice(practice, insurer_slug="", issued_on=date(2026, 11, 20))
    invoice.lines.update(treated_on=date(2026, 11, 9))
    where = f"/invoices/{invoice.pk}"
    given = {"amount": "70", "source": "patient", "received_on": day, "method": "card", "reference": ""}
    assert said in desk.post(f"{where}/payments", given).content.decode()
    desk.post(f"{where}/payments", given | {"received_on": "9 Nov 2026"})
    credit_notes.create(
        Actor(practice, None, NOW),
        invoice=invoice,
        amounts={line.pk: Decimal("10.00") for line in invoice.lines.all()},
        reason="Too dear",
    )
    refund = {"amount": "10", "paid_on": day, "method": "card", "reference": ""}
    assert said in desk.post(f"{where}/refund", refund).content.decode()
    assert list(invoice.entries.filter(kind="paid").values_list("amount", "on")) == [(70, date(2026, 11, 9))]


def test_how_a_patient_paid_is_not_called_optional(practice: Practice, desk: Any) -> None:
    claimed, to_client = builders.invoice(practice), builders.invoice(practice, insurer_slug="")
    claim(claimed, Status.SUBMITTED)
    for invoice, words in ((claimed, ""), (to_client, "needed where the patient paid")):
        form = PaymentForm(invoice=invoice, has_claim=invoice == claimed)
        assert form.fields["method"].required is (invoice == claimed)
        page = desk.get(f"/invoices/{invoice.pk}").content.decode()
        assert words in page
        assert ">optional<" not in page.split('for="id_method"')[1].split("</div>")[0]


@pytest.mark.parametrize(
    ("issued_on", "treated_on", "said"),
    [
        ("1 Jan 1900", "10/11/2026", "The year 1900 is too long ago"),
        ("9 Nov 2026", "10/11/2026", "The invoice cannot be of a day before its treatment of 10 Nov 2026."),
        ("10 Nov 2026", "1 May 1979", "The year 1979 is too long ago"),
        ("10 Nov 2026", "1 May 2001", "Line 1 is before the client was born, on 1 Jan 2010."),
    ],
)
def test_days_that_cannot_be_are_refused_on_an_invoice(
    practice: Practice, desk: Any, issued_on: str, treated_on: str, said: str
) -> None:
    given = typed(practice, issued_on=issued_on)
    Client.objects.filter(pk=given["client"]).update(birth_date=date(2010, 1, 1))
    given["lines-0-treated_on"] = treated_on
    page = desk.post("/invoices/new", given).content.decode()
    assert said in page
    assert not Invoice.objects.exists()
    assert treated_on in page


def test_unbilled_visits_are_invoiced_in_one_go(practice: Practice, desk: Any) -> None:
    visits = [builders.appointment(practice) for _ in range(3)]
    page = desk.get("/invoices/unbilled").content.decode()
    assert all(str(visit.pk) in page for visit in visits)
    ticked = {"visit": [str(visit.pk) for visit in visits[:2]]}
    desk.post("/invoices/unbilled", ticked)
    answer = desk.post("/invoices/unbilled", ticked, follow=True)
    assert Invoice.objects.count() == 2
    assert "Nothing was made" in answer.content.decode()


def test_the_unbilled_visits_of_one_client(practice: Practice, desk: Any) -> None:
    mine, other = builders.appointment(practice), builders.appointment(practice)
    page = desk.get(f"/invoices/unbilled?client={mine.client_id}").content.decode()
    assert str(mine.pk) in page
    assert str(other.pk) not in page
    assert "1 unbilled visit" in desk.get(f"/invoices/new?client={mine.client_id}").content.decode()


def test_a_line_left_empty_is_no_line(practice: Practice, desk: Any) -> None:
    desk.post("/invoices/new", typed(practice, **{"lines-TOTAL_FORMS": "3"}))
    assert Invoice.objects.get().lines.count() == 1


@pytest.mark.parametrize("change", [{"lines-TOTAL_FORMS": ""}, {"lines-TOTAL_FORMS": "x"}])
def test_lost_lines_are_told_in_plain_words(practice: Practice, desk: Any, change: dict[str, str]) -> None:
    text = desk.post("/invoices/new", typed(practice, **change)).content.decode()
    assert "The lines did not arrive whole" in text
    assert "ManagementForm" not in text


def test_a_key_that_is_no_id_does_not_stop_the_invoice(practice: Practice, desk: Any) -> None:
    desk.post("/invoices/new", typed(practice, key="nonsense"))
    assert Invoice.objects.count() == 1


def test_an_invoice_to_an_insurer_of_before_stays_with_it_when_only_a_note_is_changed(
    practice: Practice, desk: Any
) -> None:
    made = builders.invoice(practice, insurer_slug="vitalityhealth-pru")
    page = desk.get(f"/invoices/{made.pk}/edit").content.decode()
    assert 'value="vitalityhealth-pru" selected' in page
    line = {"description": "Physiotherapy", "treated_on": "9/11/2026", "unit_price": "70"}
    data = typed(practice, line, practitioner=str(made.practitioner_id), insurer="vitalityhealth-pru", note="Thanks")
    assert desk.post(f"/invoices/{made.pk}/edit", data).status_code == 302
    made.refresh_from_db()
    assert (made.insurer_slug, made.note) == ("vitalityhealth-pru", "Thanks")


def test_another_day_than_the_visits_is_refused_at_its_field(practice: Practice, desk: Any) -> None:
    visit = builders.appointment(practice)
    made = services.invoice_appointments(Actor(practice, None, timezone.now()), appointments=[visit])
    line = {"service": str(visit.service_id), "treated_on": "1/11/2026", "appointment": str(visit.pk)}
    answer = desk.post(f"/invoices/{made.pk}/edit", typed(practice, line, practitioner=str(made.practitioner_id)))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "its visit was on 9 Nov 2026" in text
    assert 'value="1/11/2026"' in text
    assert made.lines.get().treated_on == visit.starts_at.date()


def test_whoever_changes_an_invoice_is_told_that_its_claim_says_something_else_now(
    practice: Practice, desk: Any
) -> None:
    made = builders.invoice(practice)
    row = core_services.create(Actor(practice, None, NOW), invoice=made)
    line = {"description": "Physiotherapy", "treated_on": "9/11/2026", "unit_price": "50"}
    data = typed(practice, line, practitioner=str(made.practitioner_id), insurer="bupa")
    text = desk.post(f"/invoices/{made.pk}/edit", data, follow=True).content.decode()
    assert f"Claim {row.number} says something else now." in text


def test_a_hundred_units_cannot_be(practice: Practice, desk: Any) -> None:
    line = {"description": "Physiotherapy", "treated_on": "9/11/2026", "unit_price": "70", "units": "100"}
    answer = desk.post("/invoices/new", typed(practice, line))
    assert answer.status_code == 200
    assert not Invoice.objects.exists()


def test_a_service_that_is_no_longer_offered_is_refused_on_a_new_invoice_and_kept_on_its_own(
    practice: Practice, desk: Any
) -> None:
    gone, client = builders.service(practice, name="Zymotherapy", is_active=False), builders.client(practice)
    typed = {
        "client": str(client.pk),
        "practitioner": str(builders.practitioner(practice).pk),
        "insurer": "client",
        "issued_on": dates.show(dates.today()),
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-service": str(gone.pk),
        "lines-0-treated_on": dates.show(dates.today()),
    }
    page = desk.post("/invoices/new", typed).content.decode()
    assert "“Zymotherapy” is no longer offered. Choose another service." in page
    assert f'value="{gone.pk}" selected' in page
    assert not Invoice.objects.exists()
    assert ">Zymotherapy<" not in desk.get("/invoices/new").content.decode()
    gone.is_active = True
    gone.save()
    assert desk.post("/invoices/new", typed).status_code == 302
    gone.is_active = False
    gone.save()
    made = Invoice.objects.get()
    assert desk.post(f"/invoices/{made.pk}/edit", {**typed, "note": "Later"}).status_code == 302
    made.refresh_from_db()
    assert made.note == "Later"


def test_visits_that_somebody_else_invoiced_meanwhile_are_counted_when_the_others_are(
    practice: Practice, desk: Any
) -> None:
    visits = [builders.appointment(practice) for _ in range(4)]
    services.invoice_appointments(Actor(practice, builders.user(), NOW), appointments=[visits[0]])
    said = desk.post("/invoices/unbilled", {"visit": [str(one.pk) for one in visits]}, follow=True).content.decode()
    assert "1 of the 4 visits that you ticked was not in this list any more and left out." in said
    assert Invoice.objects.count() == 4


def test_an_archived_client_is_told_where_something_is_made_for_them(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, archived_at=NOW)
    for address in (f"/invoices/new?client={client.pk}", f"/calendar/new?client={client.pk}"):
        assert "This client was archived on 10 Nov 2026." in " ".join(desk.get(address).content.decode().split())
