"""A practice leaves as one file and comes into an empty installation with the same rows and the same books."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim, Outbox
from clearbill.clients.models import Client, Policy
from clearbill.clients.search.search_index import SearchTerm
from clearbill.exports import services
from clearbill.exports.tables import exported_models, rows_of
from clearbill.invoicing import payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.models import AuditEntry, Practice, User
from tests import builders
from tests.claims.at_once import at_once, real_database
from tests.claims.desk import Desk

__all__ = ["real_database"]
both = pytest.mark.django_db(transaction=True)
NOW = builders.NOW

BOOKS = "data/billing.ledgerentry.jsonl"


def quiet(words: str) -> None:
    assert words


def stored(practice: Practice) -> dict[str, dict[Any, dict[str, Any]]]:
    """Every column of every row of the practice."""
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in rows_of(model, practice).values()}
        for model in exported_models()
    }


class LeavingDesk(Desk):
    """A practice with a client, a claim, a payment of the client, and a second practice beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.user = self.owner.user
        self.client = builders.client(self.practice, last_name="Söderström", notes="=HYPERLINK(1)")
        self.claim = self.created(client=self.client)
        own = self.invoice(client=self.client, insurer_slug="", treated_on=date(2026, 11, 2))
        payments.record_payment(
            self.actor(), invoice=own, amount=Decimal("20.00"), received_on=NOW.date(), source=LedgerEntry.PATIENT
        )
        self.other = builders.practice(name="Hillside")
        builders.client(self.other, last_name="Canaryname")
        builders.member(self.other, email="canary@hillside.example")

    def terms(self) -> set[Any]:
        return set(SearchTerm.objects.filter(practice=self.practice).values_list("client", "term"))

    def export(self, folder: Path, say: Callable[[str], None] = quiet) -> Path:
        target = folder / "riverside.zip"
        services.export(self.actor(), target=target, say=say)
        return target


def part(file: Path, name: str) -> str:
    with zipfile.ZipFile(file) as packed:
        return packed.read(name).decode("utf-8-sig")


@both
def test_a_practice_comes_into_an_empty_installation_as_it_left(tmp_path: Path) -> None:
    desk = LeavingDesk()
    file = desk.export(tmp_path)
    before, terms = stored(desk.practice), desk.terms()
    call_command("flush", interactive=False, verbosity=0)
    loaded = services.load(file=file, now=NOW + timedelta(days=1), say=quiet)
    after = stored(desk.practice)
    assert loaded.practice == desk.practice
    assert [owner.email for owner in loaded.owners] == [desk.user.email]
    changed = {label for label in before if before[label] != after[label]}
    # Nobody's password leaves; what may have been sent meanwhile is asked about, with its entry in the trail.
    assert changed == {"people.User", "people.AuditEntry", "claims.Claim", "people.NumberSequence"}
    assert {**after["people.User"][desk.user.pk], "password": ""} == {
        **before["people.User"][desk.user.pk],
        "password": "",
        "last_login": None,
    }
    assert desk.terms() == terms
    assert Claim.objects.get().is_restored
    assert loaded.asked == 1
    again = builders.client(loaded.practice, number="P-00099")
    assert Policy.objects.filter(client=again).exists(), "keys of new rows follow those that came in"
    assert not User.objects.get().check_password("")


@both
def test_a_claim_that_waits_to_be_sent_is_asked_about_before_it_goes_out(tmp_path: Path) -> None:
    desk = LeavingDesk()
    desk.submit(desk.claim)
    assert Outbox.objects.get().state == Outbox.READY
    file = desk.export(tmp_path)
    call_command("flush", interactive=False, verbosity=0)
    services.load(file=file, now=NOW, say=quiet)
    row = Outbox.objects.get()
    assert (row.state, row.may_have_arrived) == (Outbox.UNCERTAIN, True)


@pytest.mark.django_db
def test_the_lists_say_it_in_words_and_no_cell_acts_as_a_formula(tmp_path: Path) -> None:
    desk = LeavingDesk()
    file = desk.export(tmp_path)
    rows = list(csv.DictReader(io.StringIO(part(file, "lists/clients.csv"))))
    assert [(row["Client number"], row["Last name"], row["Notes"]) for row in rows] == [
        (desk.client.number, "Söderström", "'=HYPERLINK(1)")
    ]
    books = list(csv.DictReader(io.StringIO(part(file, "lists/books.csv"))))
    assert [(row["Kind"], row["From"], row["Amount"]) for row in books] == [("paid", "patient", "20.00")]
    assert "lists/claims.csv" in part(file, "README.txt")
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert AuditEntry.objects.filter(
        practice=desk.practice, action="took out all of the practice", by=desk.user
    ).exists()


@pytest.mark.django_db
def test_nothing_of_another_practice_and_nobodys_password_leaves(tmp_path: Path) -> None:
    desk = LeavingDesk()
    file = desk.export(tmp_path)
    with zipfile.ZipFile(file) as packed:
        whole = b"".join(packed.read(name) for name in packed.namelist())
    for canary in ("Canaryname", "canary@hillside.example", "Hillside", desk.user.password):
        assert canary.encode() not in whole
    assert "Söderström".encode() in whole


@both
def test_what_is_written_meanwhile_is_not_held_up_and_not_half_in_the_file(real_database: None, tmp_path: Path) -> None:
    desk, made = LeavingDesk(), list[Any]()

    def say(words: str) -> None:
        if words == "lists/invoices.csv":
            made.extend(at_once(lambda: builders.client(desk.practice, number="P-00777", last_name="Meanwhile")))

    file = desk.export(tmp_path, say)
    assert isinstance(made[0], Client)
    assert "Meanwhile" not in part(file, "lists/clients.csv") + part(file, "data/clients.client.jsonl")
    assert json.loads(part(file, "manifest.json"))["figures"]["rows"]["clients.client"] == 1


@both
def test_an_installation_that_holds_data_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    desk = LeavingDesk()
    file = desk.export(tmp_path)
    before = stored(desk.practice)
    with pytest.raises(Refused, match="holds data already"):
        services.load(file=file, now=NOW, say=quiet)
    assert stored(desk.practice) == before


def _changed(file: Path, name: str, content: bytes, as_name: str) -> Path:
    """Return a copy of the export in which one part is another."""
    copy = file.with_name(as_name)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(copy, "w") as target:
        for one in source.namelist():
            target.writestr(one, content if one == name else source.read(one))
    return copy


@both
def test_a_file_that_is_not_what_was_written_brings_nothing(tmp_path: Path) -> None:
    desk = LeavingDesk()
    file = desk.export(tmp_path)
    manifest = json.loads(part(file, "manifest.json"))
    call_command("flush", interactive=False, verbosity=0)
    lines = part(file, BOOKS)
    other_schema = json.dumps(manifest | {"schema": {**manifest["schema"], "clients": "0001_initial"}})
    manifest["figures"]["ledger"]["paid"] = "20.01"
    figures = json.dumps(manifest)
    cut = file.with_name("cut.zip")
    cut.write_bytes(file.read_bytes()[:2000])
    for wrong, said in (
        (_changed(file, BOOKS, lines.replace("20.00", "99.00").encode(), "books.zip"), "damaged"),
        (_changed(file, "manifest.json", other_schema.encode(), "schema.zip"), "other tables"),
        (_changed(file, "manifest.json", figures.encode(), "figures.zip"), "paid: 20.01 in the file, 20.00 here"),
        (_changed(file, "manifest.json", b"{}", "empty.zip"), "damaged"),
        (cut, "damaged"),
        (file.with_name("nothing.zip"), "There is no file"),
    ):
        with pytest.raises(Refused, match=said):
            services.load(file=wrong, now=NOW, say=quiet)
        assert not Practice.objects.exists()
        assert not User.objects.exists()


@pytest.mark.django_db
def test_a_file_of_this_name_is_not_written_over(tmp_path: Path) -> None:
    desk = LeavingDesk()
    desk.export(tmp_path)
    with pytest.raises(Refused, match="already a file"):
        desk.export(tmp_path)
    assert Invoice.objects.count() == 2
    assert [one.name for one in tmp_path.iterdir()] == ["riverside.zip"]
