"""Every field that moves money is for those alone whose role may: on every form that has it, whatever is posted."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms

from clearbill.clients.models import Client, Policy
from clearbill.forms.fields import PoundsField
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice, Role
from clearbill.people.permissions import ROLES, Permission
from clearbill.workspace.models import Practitioner
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]
WEB = Path(__file__).resolve().parents[2] / "src" / "clearbill" / "web"

FIELDS = {
    "clients.cover_form.CoverForm.excess_left": Permission.RECORD_MONEY,
    "clients.policy_forms.PolicyForm.excess": Permission.RECORD_MONEY,
    "clients.policy_forms.PolicyForm.excess_left": Permission.RECORD_MONEY,
    "invoices.document_forms.CreditForm.amount": Permission.RECORD_MONEY,
    "invoices.document_forms.RefundForm.amount": Permission.RECORD_MONEY,
    "invoices.forms.InvoiceForm.patient_paid": Permission.RECORD_MONEY,
    "invoices.forms.LineForm.discount": Permission.WRITE_OFF,
    "invoices.forms.LineForm.unit_price": Permission.OVERRIDE_PRICES,
    "invoices.forms.PaymentForm.amount": Permission.RECORD_MONEY,
    "money.remittances.manual_entry_forms.PaymentForm.total": Permission.RECORD_MONEY,
    "money.remittances.manual_entry_forms.BillForm.deducted": Permission.RECORD_MONEY,
    "money.remittances.manual_entry_forms.BillForm.paid": Permission.RECORD_MONEY,
    "money.shortfalls.forms.AskForm.amount": Permission.RECORD_MONEY,
    "money.shortfalls.forms.ExcessForm.amount": Permission.RECORD_MONEY,
    "money.shortfalls.forms.NoteForm.amount": Permission.RECORD_MONEY,
    "money.shortfalls.forms.WriteOffForm.amount": Permission.WRITE_OFF,
}
"""Which permission each field of pounds needs that moves money. Settings are behind a permission as a whole."""

MOVES_NONE = {"clients.policy_forms.AuthorisationForm.amount"}
"""What an insurer allowed: it warns of more, and nothing is paid by it."""


def without(permission: Permission, *, having: Permission) -> list[Role]:
    return [role for role in Role if permission not in ROLES[role] and having in ROLES[role]]


NO_MONEY = without(Permission.RECORD_MONEY, having=Permission.CHANGE_INVOICES)
NO_DISCOUNT = without(Permission.WRITE_OFF, having=Permission.CHANGE_INVOICES)


def _fields_of_pounds() -> set[str]:
    found = set()
    for path in WEB.rglob("*form*.py"):
        module = import_module(".".join(("clearbill.web", *path.relative_to(WEB).with_suffix("").parts)))
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, forms.Form) and one.__module__ == module.__name__:
                for name, field in one.base_fields.items():
                    if isinstance(field, PoundsField):
                        found.add(f"{module.__name__.removeprefix('clearbill.web.')}.{one.__name__}.{name}")
    return found


def test_the_table_above_names_every_field_of_pounds():
    assert _fields_of_pounds() == set(FIELDS) | MOVES_NONE


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


def browser(practice: Practice, role: Role) -> Any:
    return builders.signed_in(builders.member(practice, role))


def typed(invoice: Invoice, *, line: dict[str, str] | None = None, **fields: str) -> dict[str, str]:
    """The invoice's page as it is sent, with nothing that this person is not offered."""
    return _page(invoice.client, invoice.practitioner, line or {}, **fields)


def _page(of: Client, who: Practitioner, line: dict[str, str], **fields: str) -> dict[str, str]:
    lines = {"treated_on": "9/11/2026", "description": "Physiotherapy", "unit_price": "70.00", **line}
    return {
        "client": str(of.pk),
        "client_words": "Ms Testa Sample",
        "practitioner": str(who.pk),
        "insurer": "client",
        "issued_on": "10 Nov 2026",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        **{f"lines-0-{name}": value for name, value in lines.items()},
        **fields,
    }


@pytest.fixture
def invoice(practice: Practice) -> Invoice:
    """An invoice of £70.00 to the client, who had paid £20.00 before, with a discount of £10.00."""
    of, who = builders.client(practice, insurer=""), builders.practitioner(practice)
    sent = _page(of, who, {"discount": "10.00"}, patient_paid="20.00", patient_paid_method="cash")
    assert browser(practice, Role.OWNER).post("/invoices/new", sent).status_code == 302
    return Invoice.objects.get()


def sums(invoice: Invoice) -> tuple[Decimal, Decimal, str]:
    invoice.refresh_from_db()
    return invoice.lines.get().discount, invoice.patient_paid, invoice.patient_paid_method


AS_IT_WAS = (Decimal("10.00"), Decimal("20.00"), "cash")


@pytest.mark.parametrize("role", NO_MONEY)
@pytest.mark.parametrize(
    "posted",
    [
        {"patient_paid": "50.00"},
        {"patient_paid": ""},
        {"patient_paid": "0"},
        {"patient_paid": "20.00", "patient_paid_method": "card"},
        {"patient_paid_method": ""},
    ],
)
def test_what_the_patient_paid_is_refused_at_its_field_with_all_else_kept(practice, invoice, role, posted):
    sent = typed(invoice, line={"discount": "10.00"}, note="A typed note", **posted)
    page = browser(practice, role).post(f"/invoices/{invoice.pk}/edit", sent).content.decode()
    assert "You may not record what the patient paid" in page
    assert "A typed note" in page
    assert sums(invoice) == AS_IT_WAS


@pytest.mark.parametrize("role", NO_MONEY)
def test_the_rest_of_the_invoice_is_theirs_to_change(practice, invoice, role):
    desk = browser(practice, role)
    page = desk.get(f"/invoices/{invoice.pk}/edit").content.decode()
    assert 'name="patient_paid_method"' not in page
    for given in ({}, {"patient_paid": "20.00"}):
        sent = typed(invoice, line={"discount": "10.00"}, note=f"A new note {given}", **given)
        assert desk.post(f"/invoices/{invoice.pk}/edit", sent).status_code == 302
        assert sums(invoice) == AS_IT_WAS
        assert invoice.note == sent["note"]


@pytest.mark.parametrize("role", NO_MONEY)
def test_a_new_invoice_does_not_ask_what_the_patient_paid(practice, invoice, role):
    desk = browser(practice, role)
    assert 'name="patient_paid"' not in desk.get("/invoices/new").content.decode()
    sent = typed(invoice, patient_paid="5.00", patient_paid_method="cash")
    assert "You may not record what the patient paid" in desk.post("/invoices/new", sent).content.decode()
    assert Invoice.objects.count() == 1
    assert desk.post("/invoices/new", typed(invoice)).status_code == 302
    assert Invoice.objects.exclude(pk=invoice.pk).get().patient_paid == 0


@pytest.mark.parametrize("role", NO_DISCOUNT)
@pytest.mark.parametrize("discount", ["20.00", "10.01", "0", ""])
def test_a_discount_is_refused_at_its_field(practice, invoice, role, discount):
    sent = typed(invoice, line={"discount": discount, "description": "Typed words"})
    page = browser(practice, role).post(f"/invoices/{invoice.pk}/edit", sent).content.decode()
    assert "You may not give or change a discount" in page
    assert "Typed words" in page
    assert sums(invoice) == AS_IT_WAS


@pytest.mark.parametrize("role", NO_DISCOUNT)
def test_a_new_invoice_has_no_discount(practice, invoice, role):
    desk = browser(practice, role)
    assert "lines-0-discount" not in desk.get("/invoices/new").content.decode()
    page = desk.post("/invoices/new", typed(invoice, line={"discount": "5.00"})).content.decode()
    assert "You may not give or change a discount" in page
    assert Invoice.objects.count() == 1


def test_an_owner_changes_them_all(practice, invoice):
    sent = typed(invoice, line={"discount": "5.00"}, patient_paid="1.00", patient_paid_method="card")
    assert browser(practice, Role.OWNER).post(f"/invoices/{invoice.pk}/edit", sent).status_code == 302
    assert sums(invoice) == (Decimal("5.00"), Decimal("1.00"), "card")


@pytest.mark.parametrize("role", without(Permission.OVERRIDE_PRICES, having=Permission.CHANGE_INVOICES))
def test_another_price_is_refused_at_its_field(practice, invoice, role):
    service = builders.service(practice)
    line = {"service": str(service.pk), "unit_price": "1.00", "price_reason": "A friend"}
    page = browser(practice, role).post("/invoices/new", typed(invoice, line=line)).content.decode()
    assert "You may not bill another price" in page
    assert Invoice.objects.count() == 1


@pytest.fixture
def policy(practice: Practice) -> Policy:
    row = builders.client(practice).policies.get()
    Policy.objects.filter(pk=row.pk).update(excess=Decimal("100.00"), excess_left=Decimal("80.00"))
    row.refresh_from_db()
    return row


def excess(policy: Policy) -> tuple[Any, ...]:
    policy.refresh_from_db()
    return policy.excess, policy.excess_left, policy.policy_year_from


@pytest.mark.parametrize("role", NO_MONEY)
@pytest.mark.parametrize(
    "posted", [{"excess": "0"}, {"excess_left": "0"}, {"excess_left": ""}, {"policy_year_from": "1/11/2026"}]
)
def test_an_excess_is_refused_at_its_field(practice, policy, role, posted):
    sent = {"insurer_slug": "bupa", "membership_number": "ZZ00000009", "is_primary": "primary", **posted}
    page = browser(practice, role).post(f"/clients/{policy.client_id}/policies/{policy.pk}", sent).content.decode()
    assert "You may not change an excess" in page
    assert "ZZ00000009" in page
    assert excess(policy) == (Decimal("100.00"), Decimal("80.00"), None)


@pytest.mark.parametrize("role", NO_MONEY)
def test_the_rest_of_a_policy_is_theirs_to_change(practice, policy, role):
    sent = {"insurer_slug": "bupa", "membership_number": "ZZ00000009", "is_primary": "primary"}
    answer = browser(practice, role).post(f"/clients/{policy.client_id}/policies/{policy.pk}", sent)
    assert answer.status_code == 302
    assert excess(policy) == (Decimal("100.00"), Decimal("80.00"), None)
    assert policy.membership_number == "ZZ00000009"


@pytest.mark.parametrize("role", NO_MONEY)
@pytest.mark.parametrize("posted", [{}, {"excess_left": "80.00"}, {"excess_left": "0"}, {"excess_left": ""}])
def test_nor_is_the_excess_on_the_page_of_the_details(practice, policy, role, posted):
    of = policy.client
    sent = {
        "title": "Ms",
        "first_name": "Testa",
        "last_name": "Renamed",
        "birth_date": "12/4/1985",
        "sex": "F",
        "address_1": "1 Invented Street",
        "postcode": "ZZ1 1ZZ",
        "insurer_slug": "bupa",
        "membership_number": policy.membership_number,
        "diagnosis": "who:M54.5",
        **posted,
    }
    answer = browser(practice, role).post(f"/clients/{of.pk}/edit", sent)
    differs = posted.get("excess_left", "80.00") != "80.00"
    assert ("You may not change an excess" in answer.content.decode()) == differs
    assert answer.status_code == (200 if differs else 302)
    assert excess(policy)[1] == Decimal("80.00")


@pytest.mark.parametrize("role", NO_DISCOUNT)
def test_neither_written_off_nor_without_the_right_paid_by_its_own_address(practice, invoice, role):
    desk, may_record = browser(practice, role), Permission.RECORD_MONEY in ROLES[role]
    assert desk.post(f"/money/shortfalls/{invoice.pk}/write-off", {"amount": "1"}).status_code == 403
    if not may_record:
        for part in ("payments", "credit", "refund"):
            assert desk.post(f"/invoices/{invoice.pk}/{part}", {"amount": "1"}).status_code == 403
        assert desk.post(f"/money/excess/{invoice.pk}", {"amount": "1"}).status_code == 403
