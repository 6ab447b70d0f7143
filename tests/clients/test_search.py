"""Clients are found by one function in every search and picker, however their names are written and typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from lxml import html

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Outbox, Task, TaskKind
from clearbill.clients import queries
from clearbill.clients.models import Client
from clearbill.clients.search import search_index, search_terms
from clearbill.invoicing import queries as invoicing_queries
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from clearbill.people.models import Membership, Practice
from tests import builders, migration_history

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    return builders.member(builders.practice())


NAMES = [
    ("Nguyễn", ["nguyen", "NGUYỄN", "Nguyễn", unicodedata.normalize("NFD", "Nguyễn"), "nguy"]),
    (unicodedata.normalize("NFD", "García"), ["garcia", "García", "GARCIA"]),
    ("Őszi", ["oszi", "őszi", "Ószi"]),
    ("O’Neill", ["O'Neill", "O’Neill", "oneill", "Oʼneill", "O`Neill", "neill", "o neill"]),
    ("Smith-O'Brien", ["smith", "o'brien", "O’Brien", "obrien", "brien", "Smith-O’Brien", "smith obrien"]),
    ("Łukasz-Đặng", ["lukasz", "dang", "ŁUKASZ"]),
    ("Müller", ["muller", "MÜLLER"]),
    ("Weiß", ["weiss", "WEISS", "weiß"]),
    ("de la Cruz", ["de la cruz", "cruz", "delacruz"]),
    ("Иванов", ["иванов", "ИВАНОВ"]),
    ("王", ["王"]),
]
CASES = [(name, typed) for name, all_typed in NAMES for typed in all_typed]


def found(practice: Practice, typed: str) -> list[str]:
    return [one.last_name for one in queries.find_clients(practice, typed).rows]


@pytest.mark.parametrize(("name", "typed"), CASES)
def test_a_name_is_found_however_it_is_written_and_typed(member: Membership, name: str, typed: str) -> None:
    builders.client(member.practice, last_name=name)
    builders.client(member.practice, last_name="Bystander", membership_number="ZZ00000002")
    builders.client(builders.practice("Beech Rooms"), last_name=name)
    assert found(member.practice, typed) == [name]


def claim_of(client: Client) -> Claim:
    invoice = builders.invoice(client.practice, client=client, short_total=12)
    claim = Claim.objects.create(
        practice=client.practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        status=Status.COLLECTED,
        bill={},
        practitioner=invoice.practitioner,
        status_at=builders.NOW,
    )
    Task.objects.create(practice=client.practice, claim=claim, kind=TaskKind.UNSETTLED, sentence="See to it.")
    return claim


LISTS = [
    ("/clients/", {"state": "current"}, "q"),
    ("/invoices/", {}, "words"),
    ("/claims/", {}, "q"),
    ("/claims/work", {}, "q"),
    ("/search", {}, "q"),
]


@pytest.mark.parametrize(("path", "given", "field"), LISTS)
@pytest.mark.parametrize("typed", ["nguyen", "NGUYỄN", "O'Neill", "O’Neill", "020 7946 0123", "ZZ00000001"])
def test_every_list_finds_the_same(
    member: Membership, path: str, given: dict[str, str], field: str, typed: str
) -> None:
    wanted = builders.client(
        member.practice, first_name="Nguyễn", last_name="O’Neill", phone="+44 20 7946 0123", number="P-77001"
    )
    other = builders.client(member.practice, last_name="Bystander", membership_number="ZZ00000002", number="P-77002")
    claim_of(wanted), claim_of(other)
    answer = builders.signed_in(member).post(path, {**given, field: typed})
    shown = html.fromstring(answer.content.decode()).xpath("//main")[0].text_content()
    assert "O’Neill" in shown
    assert "Bystander" not in shown


@pytest.mark.parametrize(
    ("field", "stored", "typed"),
    [
        (
            "phone",
            "020 7946 0123",
            ["02079460123", "020 7946 0123", "+44 20 7946 0123", "0044 20 79460123"],
        ),
        ("phone", "+44 (0)20 7946 0123", ["02079460123", "020 7946 0123"]),
        ("email", "clara.x@example.org", ["clara.x@example.org", "CLARA.X@EXAMPLE.ORG", "clara.x@"]),
        ("postcode", "ZZ9 9ZX", ["ZZ9 9ZX", "zz99zx", "zz9"]),
        ("birth_date", date(1985, 4, 3), ["3 Apr 1985", "03/04/1985", "1985-04-03"]),
        ("number", "P-00042", ["P-00042", "p00042", "42"]),
    ],
)
def test_a_client_is_found_by_what_they_say_on_the_telephone(
    member: Membership, field: str, stored: Any, typed: list[str]
) -> None:
    wanted = builders.client(member.practice, **{field: stored, "membership_number": "AB1"})
    builders.client(member.practice, membership_number="AB2", phone="0117 496 0000", birth_date=date(1990, 1, 1))
    for one in typed:
        assert queries.find_clients(member.practice, one).rows == [wanted], one


def test_a_client_is_found_by_the_numbers_of_each_policy_as_they_are_now(member: Membership) -> None:
    client = builders.client(member.practice, membership_number="ZZ 0000 0001")
    row = builders.authorisation(client, "BUPA/AUTH-1")
    for typed in ("ZZ00000001", "zz 0000 0001", "bupaauth1", "BUPA/AUTH-1"):
        assert queries.find_clients(member.practice, typed).rows == [client], typed
    row.code = "AUTH2"
    row.save()
    assert queries.find_clients(member.practice, "BUPA/AUTH-1").rows == []
    builders.policy(client, number="AXA-ZZ000001", group_number="GRP-7", valid_to=builders.TODAY)
    for typed in ("AUTH2", "ZZ00000001", "AXAZZ000001", "grp7"):
        assert queries.find_clients(member.practice, typed).rows == [client], typed
    row.entered_in_error = True
    row.save()
    assert queries.find_clients(member.practice, "AUTH2").rows == []
    client.policies.all().delete()
    assert queries.find_clients(member.practice, "ZZ00000001").rows == []


def test_a_name_that_changes_is_found_by_the_new_one_alone(member: Membership) -> None:
    client = builders.client(member.practice, last_name="Maiden")
    client.last_name = "Married"
    client.save()
    assert found(member.practice, "maiden") == []
    assert found(member.practice, "married") == ["Married"]


def test_exact_hits_come_first_and_it_is_said_how_many_more_there_are(member: Membership) -> None:
    for number in range(12):
        builders.client(member.practice, first_name="Anna", last_name=f"Bell{number:02}")
    exact = builders.client(member.practice, first_name="A", last_name="B")
    hits = queries.find_clients(member.practice, "A B", limit=8)
    assert hits.rows[0] == exact
    assert (len(hits.rows), hits.more) == (8, 5)
    answer = builders.signed_in(member).post("/calendar/client-search", {"q": "A B"}).json()
    assert (answer["hits"][0]["value"], answer["more"]) == (str(exact.pk), 5)


def test_without_scripts_the_field_says_how_many_more_there_are(member: Membership) -> None:
    for number in range(12):
        builders.client(member.practice, last_name=f"Bell{number:02}")
    page = builders.signed_in(member).post("/invoices/new", {"client_words": "bell"}).content.decode()
    assert "and 2 more: type more of the name" in " ".join(page.split())


def test_part_of_a_name_is_found_where_nothing_begins_so(member: Membership) -> None:
    builders.client(member.practice, last_name="Quillfeather")
    assert found(member.practice, "feather") == ["Quillfeather"]


def test_part_of_an_email_address_is_no_name(member: Membership) -> None:
    builders.client(member.practice, email="testa@quill.example")
    assert found(member.practice, "quill") == []


def test_archived_clients_are_in_the_search_and_not_in_the_field(member: Membership) -> None:
    builders.client(member.practice, last_name="Gone", archived_at=builders.NOW)
    assert found(member.practice, "gone") == []
    assert "Gone" in builders.signed_in(member).post("/search", {"q": "gone"}).content.decode()


@pytest.mark.parametrize("typed", ["", "  ", "-", "\x00", "%", "_", "'", "😀"])
def test_what_is_no_word_finds_nobody_and_breaks_nothing(member: Membership, typed: str) -> None:
    builders.client(member.practice)
    assert queries.find_clients(member.practice, typed).rows == []
    assert builders.signed_in(member).post("/search", {"q": typed}).status_code == 200


def test_a_dash_between_words_is_passed_over(member: Membership) -> None:
    builders.client(member.practice, first_name="Anna", last_name="Bell")
    assert found(member.practice, "Anna - Bell") == ["Bell"]


def payment(practice: Practice, **bill: Any) -> Remittance:
    document = Document.objects.create(
        practice=practice, way="typed", content=b"1", sha256="1", received_at=builders.NOW
    )
    row = Remittance.objects.create(
        practice=practice, insurer_slug="bupa", payment_reference="PAY-000123", document=document
    )
    ClaimPayment.objects.create(practice=practice, remittance=row, key="1", position=1, **bill)
    return row


def hrefs(member: Membership, typed: str) -> Iterable[str]:
    page = html.fromstring(builders.signed_in(member).post("/search", {"q": typed}).content.decode())
    return set(page.xpath("//main//section//a/@href"))


@pytest.mark.parametrize("typed", ["PAY-000123", "pay-000123", "000123", "ZC-55"])
def test_a_payment_is_found_by_the_insurers_reference(member: Membership, typed: str) -> None:
    row = payment(member.practice, payor_claim_number="ZC-55")
    assert f"/money/payments/{row.pk}" in hrefs(member, typed)
    payment(builders.practice("Beech Rooms"))
    assert len(set(hrefs(member, typed))) == 1


def test_a_claim_is_found_by_our_reference_and_the_insurers_number(member: Membership) -> None:
    claim = claim_of(builders.client(member.practice))
    Claim.objects.filter(pk=claim.pk).update(reference="CBnow")
    payment(member.practice, payor_claim_number="ZC-55", claim=claim)
    Outbox.objects.create(
        practice=member.practice,
        claim=claim,
        version=1,
        reference="CBbefore",
        document=b"",
        state=Outbox.REFUSED,
        ready_at=builders.NOW,
    )
    for typed in ("CBnow", "cbbefore", "ZC-55"):
        assert f"/claims/{claim.pk}" in hrefs(member, typed), typed


def test_a_written_index_can_be_brought_up_to_date_after_rows_without_a_signal(member: Membership) -> None:
    client = builders.client(member.practice)
    Client.objects.filter(pk=client.pk).update(last_name="Silent")
    assert found(member.practice, "silent") == []
    search_index.reindex([client.pk])
    assert found(member.practice, "silent") == ["Silent"]
    assert found(member.practice, "sample") == []


def test_namesakes_are_found_whatever_the_apostrophe(member: Membership) -> None:
    client = builders.client(member.practice, first_name="Zoë", last_name="O’Neill")
    same = {"first_name": "ZOE", "last_name": "O'Neill", "birth_date": client.birth_date}
    assert queries.namesakes(member.practice, **same) == [client]
    assert queries.namesakes(member.practice, **{**same, "last_name": "Neill"}) == []


def test_the_invoices_of_a_client_are_found_by_the_telephone_number(member: Membership) -> None:
    client = builders.client(member.practice, phone="020 7946 0123")
    invoice = builders.invoice(member.practice, client=client)
    builders.invoice(member.practice, client=builders.client(member.practice, membership_number="AB2"))
    rows = invoicing_queries.listed(member.practice, invoicing_queries.InvoiceFilter(words="020 7946 0123"))
    assert list(rows) == [Invoice.objects.get(pk=invoice.pk)]


def test_a_key_is_the_same_in_every_letter_form() -> None:
    for text in ("Nguyễn", "ő", "É", "O’Neill", "Ǻ"):
        keys = {search_terms.key(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
        assert len(keys) == 1, text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_clients_of_before_are_found_after_the_migration() -> None:
    try:
        before = [("clients", "0004_search_terms"), ("billing", "0009_names")]
        migration_history.executor().migrate(before)
        then = migration_history.executor().loader.project_state(before).apps
        practice = builders.practice()
        names = {"number": "P-00001", "first_name": "Test", "last_name": "Őszi"}
        client = then.get_model("clients", "Client").objects.create(practice_id=practice.pk, **names)
        cover = {"insurer_slug": "bupa", "membership_number": "ZZ00000001"}
        then.get_model("clients", "Cover").objects.create(client_id=client.pk, **cover)
    finally:
        executor = migration_history.executor()
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert found(practice, "oszi") == ["Őszi"]
    assert found(practice, "ZZ00000001") == ["Őszi"]
