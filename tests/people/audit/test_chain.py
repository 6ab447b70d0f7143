"""Whatever is changed in the table of the audit trail, past the product, is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from clearbill.bill.problem import Refused
from clearbill.people.actor import Actor
from clearbill.people.audit import append_only, chain, heads_file
from clearbill.people.models import AuditEntry, Practice
from tests import builders

pytestmark = pytest.mark.django_db

COLUMNS = [one for one in AuditEntry._meta.concrete_fields if one.name not in ("practice", *append_only.CHAIN)]


@pytest.fixture
def practice() -> Practice:
    member = builders.member(builders.practice())
    for number in range(1, 41):
        Actor(member.practice, member.user, builders.NOW + timedelta(minutes=number)).audit(
            f"did thing {number}", member.practice, changes={"invoice_prefix": [f"A{number}", "ü\x1f"]}
        )
    chain.append_all()
    return member.practice


def statement(words: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(words, values)
        return int(cursor.rowcount)


def entry_no(number: int) -> AuditEntry:
    return AuditEntry.objects.get(chain_no=number)


def key_of(entry: AuditEntry) -> Any:
    return AuditEntry._meta.pk.get_db_prep_value(entry.pk, connection)


def test_what_was_written_is_as_it_was_written(practice: Practice) -> None:
    found = chain.verify(practice)
    assert (found.length, found.pending, found.fault) == (AuditEntry.objects.count(), 0, "")
    assert found.length >= 40


@pytest.mark.parametrize("column", COLUMNS, ids=lambda one: one.name)
def test_a_change_of_any_column_is_located(practice: Practice, column: Any) -> None:
    changed = {
        "created_at": "'2001-01-01 00:00:00+00:00'",
        "at": "'2001-01-01 00:00:00+00:00'",
        "by": "NULL",
        "changes": """'{"invoice_prefix": ["B", "C"]}'""",
    }
    number = 17
    entry = entry_no(number)
    if column.name == "id":
        other = builders.member(practice).pk
        statement(
            "UPDATE people_auditentry SET id = %s WHERE id = %s",
            AuditEntry._meta.pk.get_db_prep_value(other, connection),
            key_of(entry),
        )
    else:
        value = changed.get(column.name, f"{column.column} || 'x'")
        statement(f"UPDATE people_auditentry SET {column.column} = {value} WHERE id = %s", key_of(entry))
    assert chain.verify(practice).fault.startswith(f"Entry {number} (id ")


def test_every_single_change_of_every_entry_is_located(practice: Practice) -> None:
    dice = random.Random(7)
    length = chain.verify(practice).length

    def replaced(number: int) -> str:
        name = dice.choice(["action", "by_name", "subject_type", "subject_id", "subject_label"])
        statement(f"UPDATE people_auditentry SET {name} = {name} || 'x' WHERE id = %s", key_of(entry_no(number)))
        return f"Entry {number} (id "

    def removed(number: int) -> str:
        statement("DELETE FROM people_auditentry WHERE id = %s", key_of(entry_no(number)))
        return f"Entry {number} was removed" if number < length else "The chain was cut off after "

    def swapped(number: int) -> str:
        one, other = sorted((number, number % length + 1))
        first, second = key_of(entry_no(one)), key_of(entry_no(other))
        for key, place in ((first, -1), (second, one), (first, other)):
            statement("UPDATE people_auditentry SET chain_no = %s WHERE id = %s", place, key)
        return f"Entry {one} (id "

    def hash_changed(number: int) -> str:
        statement("UPDATE people_auditentry SET chain_hash = %s WHERE id = %s", "0" * 64, key_of(entry_no(number)))
        return f"Entry {number} (id "

    acts: list[Callable[[int], str]] = [replaced, removed, swapped, hash_changed]
    # Every entry under every act; what is done to one says nothing of the others.
    for number in range(1, length + 1):
        for act in acts:
            with transaction.atomic():
                expected = act(number)
                assert chain.verify(practice).fault.startswith(expected), (number, act.__name__)
                transaction.set_rollback(True)
    assert chain.verify(practice).fault == ""


def test_an_entry_that_goes_to_another_practice_is_missed_here_and_out_of_place_there(practice: Practice) -> None:
    other = builders.practice("Beech Rooms")
    theirs = AuditEntry._meta.get_field("practice").get_db_prep_value(other.pk, connection)
    statement("UPDATE people_auditentry SET practice_id = %s WHERE id = %s", theirs, key_of(entry_no(9)))
    assert chain.verify(practice).fault.startswith("Entry 9 was removed or moved: between Entry 8 (id ")
    assert chain.verify(other).fault


def test_a_chain_that_is_cut_off_with_its_head_is_noticed_by_a_head_kept_elsewhere(practice, tmp_path) -> None:
    file = tmp_path / "heads"
    Actor(practice, None, builders.NOW).audit("did the last thing", practice)
    while heads_file.append_next(file):
        pass
    known = heads_file.read(file)[practice.pk]
    assert chain.verify(practice, known).fault == ""
    # Whoever cuts it off cannot seal an earlier head, but can bring back one that was sealed.
    kept = chain.heads()[practice.pk].length - 1
    statement("DELETE FROM people_auditentry WHERE chain_no > %s", kept)
    assert chain.verify(practice).fault.startswith(f"The chain was cut off after Entry {kept} (id ")
    statement("UPDATE people_auditchain SET length = %s, last_hash = %s", kept, entry_no(kept).chain_hash)
    assert chain.verify(practice).fault == "The head of the chain was changed."
    assert chain.verify(practice, known).fault
    chain.rebuild()
    assert chain.verify(practice).fault == ""
    assert chain.verify(practice, known).fault.startswith("The chain was cut off after ")
    heads_file.note_restore(file)
    assert heads_file.read(file) == {}


def test_a_head_that_is_gone_is_noticed(practice: Practice) -> None:
    statement("DELETE FROM people_auditchain")
    assert chain.verify(practice).fault == "The head of the chain was removed."


def test_what_is_written_later_is_waiting_until_it_is_appended_and_then_in_the_chain(practice: Practice) -> None:
    before = chain.verify(practice).length
    Actor(practice, None, builders.NOW).audit("did one more thing", practice)
    assert (chain.verify(practice).length, chain.verify(practice).pending) == (before, 1)
    assert chain.append_next() == (practice.pk, chain.heads()[practice.pk])
    assert (chain.verify(practice).length, chain.verify(practice).pending) == (before + 1, 0)
    assert chain.append_next() is None


def test_entries_of_before_a_key_was_replaced_are_verified_by_the_one_that_is_kept(practice, settings) -> None:
    from cryptography.fernet import Fernet

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    Actor(practice, None, builders.NOW).audit("did one more thing", practice)
    chain.append_all()
    assert chain.verify(practice).fault == ""
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert chain.verify(practice).fault.startswith("Entry 1 (id ")


@pytest.fixture
def guarded(practice: Practice) -> Any:
    append_only.create(connection)
    yield practice
    append_only.drop(connection)


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE people_auditentry SET action = 'x'",
        "UPDATE people_auditentry SET chain_no = NULL, chain_hash = NULL",
        "UPDATE people_auditentry SET chain_no = chain_no + 1000",
        "DELETE FROM people_auditentry",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_an_entry(guarded: Practice, words: str) -> None:
    Actor(guarded, None, builders.NOW).audit("did one more thing", guarded)
    for where in ("chain_no IS NULL", "chain_no = 3"):
        if "SET chain_no" in words and where == "chain_no IS NULL":
            continue
        with pytest.raises(DatabaseError, match="neither changed nor removed"), transaction.atomic():
            statement(f"{words} WHERE {where}")
    chain.append_all()
    assert chain.verify(guarded).fault == ""


def test_every_installation_has_what_refuses_it() -> None:
    from tests import migrated

    if connection.vendor != "sqlite":
        pytest.skip("what PostgreSQL has is shown by the tests before")
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"file:{migrated.file()}?mode=ro", uri=True)) as made:
        there = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert {"people_auditentry_update", "people_auditentry_delete"} <= there


def test_the_command_names_the_first_fault_and_ends_with_one(practice: Practice, capsys, settings, tmp_path) -> None:
    settings.AUDIT_HEADS = tmp_path / "heads"
    Actor(practice, None, builders.NOW).audit("did one more thing", practice)
    call_command("audit", "verify")
    said = capsys.readouterr().out
    assert "Riverside Physiotherapy: 4" in said
    assert "1 written since was not in it yet" in said
    assert chain.verify(practice).pending == 0
    statement("UPDATE people_auditentry SET action = 'did nothing' WHERE chain_no = 12")
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify")
    assert ended.value.code == 1
    assert "Riverside Physiotherapy: Entry 12 (id " in capsys.readouterr().out


def test_a_file_of_heads_that_was_spoilt_is_said(tmp_path) -> None:
    file = tmp_path / "heads"
    file.write_text("not a line of ours\n")
    with pytest.raises(Refused, match="is not a file of heads"):
        heads_file.read(file)
