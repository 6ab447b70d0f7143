from __future__ import annotations

import pytest

from clearbill.people.models import AuditEntry, Role
from tests import builders

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/practice"
FORM = {
    "name": "Zoë’s Rooms 🌿",
    "address_1": "2 Invented Street",
    "postcode": "zz11zz",
    "phone": "020 7946 0001",
    "email": "Desk@example.org",
    "vat_number": "GB 123 4567 89",
    "invoice_prefix": "zr",
}


def test_the_practice_details_are_saved_tidied_and_written_in_the_trail():
    owner = builders.member(builders.practice("Alder Rooms"))
    answer = builders.signed_in(owner).post(ADDRESS, FORM)
    assert answer["Location"] == ADDRESS
    owner.practice.refresh_from_db()
    saved = owner.practice
    assert (saved.name, saved.postcode, saved.vat_number, saved.invoice_prefix) == (
        "Zoë’s Rooms 🌿",
        "ZZ1 1ZZ",
        "GB123456789",
        "ZR",
    )
    changes = AuditEntry.objects.get(action="changed the practice details").changes
    assert changes["name"] == ["Alder Rooms", "Zoë’s Rooms 🌿"]
    assert "phone" in changes
    assert "address_2" not in changes


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "desk"}, "email"),
        ({"vat_number": "12345"}, "vat_number"),
        ({"invoice_prefix": "ABCD"}, "invoice_prefix"),
        ({"invoice_prefix": "É"}, "invoice_prefix"),
        ({"invoice_prefix": ""}, "invoice_prefix"),
        ({"address_1": "x" * 51}, "address_1"),
        ({"sort_code": "12345", "account_number": "12345678"}, "sort_code"),
        ({"sort_code": "12-34-56", "account_number": "1234567"}, "account_number"),
        ({"sort_code": "12-34-56"}, "account_number"),
        ({"account_number": "12345678"}, "sort_code"),
        ({"footer": "a\nb\nc\nd"}, "footer"),
        ({"footer": "x" * 301}, "footer"),
        ({"reply_to": "desk"}, "reply_to"),
    ],
)
def test_a_field_that_cannot_be_right_says_so_and_the_rest_stays(bad, field):
    owner = builders.member(builders.practice("Alder Rooms"))
    page = builders.signed_in(owner).post(ADDRESS, {**FORM, **bad}).content.decode()
    assert f'id="id_{field}-why"' in page
    assert 'value="020 7946 0001"' in page
    owner.practice.refresh_from_db()
    assert owner.practice.name == "Alder Rooms"


def test_the_account_and_the_foot_of_the_papers_are_tidied():
    owner = builders.member(builders.practice("Alder Rooms"))
    typed = {"sort_code": "12 34 56", "account_number": "1234 5678", "footer": " Pay soon. \r\n\r\n Thanks. "}
    builders.signed_in(owner).post(ADDRESS, {**FORM, **typed, "reply_to": "Accounts@example.org"})
    owner.practice.refresh_from_db()
    saved = owner.practice
    assert (saved.sort_code, saved.account_number, saved.footer, saved.reply_to) == (
        "12-34-56",
        "12345678",
        "Pay soon.\nThanks.",
        "accounts@example.org",
    )


def test_a_receptionist_reads_the_details_but_does_not_change_them():
    desk = builders.signed_in(builders.member(builders.practice("Alder Rooms"), Role.RECEPTIONIST))
    assert "an owner or administrator changes them" in desk.get(ADDRESS).content.decode()
    answer = desk.post(ADDRESS, FORM)
    assert answer.status_code == 403
    assert "change the Workspace Settings" in answer.content.decode()
