"""A list of contract prices is brought as every file is: looked at, taken in earliest first, undone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clearbill.imports import services, slices
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.models import AuditEntry
from clearbill.workspace.contract_prices import services as contract_prices
from clearbill.workspace.contract_prices.models import ContractPrice
from tests.imports.lists_desk import ListsDesk

pytestmark = pytest.mark.django_db

HEADER = "Insurer,Code,Price,Valid from,Valid to,Visit,Note\n"

GOOD = f"{HEADER}BUPA,ZPHY01,£70,1/1/2026,,First visit,Letter\n"

LATER = "BUPA,ZPHY01,75,1/7/2026,,,\n"

JANUARY, JUNE, JULY = date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)


@pytest.fixture
def desk() -> ListsDesk:
    return ListsDesk("prices")


def days(code: str = "ZPHY01") -> list[tuple[date, date | None, int]]:
    rows = ContractPrice.objects.filter(code=code, withdrawn_at=None).order_by("valid_from")
    return [(row.valid_from, row.valid_to, int(row.amount)) for row in rows]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Nobody,Z1,1,1/1/2026,,,", "insurer is not known"),
        (",Z1,1,1/1/2026,,,", "insurer is missing"),
        ("BUPA,,1,1/1/2026,,,", "code is missing"),
        ("BUPA,Z1,=1+1,1/1/2026,,,", "formula"),
        ("BUPA,Z1,-1,1/1/2026,,,", "more than nothing"),
        ("BUPA,Z1,999999999999,1/1/2026,,,", "too large"),
        ("BUPA,Z1,1,,,,", "first day is missing"),
        ("BUPA,Z1,1,1/1/2126,,,", "between 2000 and 2100"),
        ("BUPA,Z1,1,31/2/2026,,,", "is not a date"),
        ("BUPA,Z1,1,1/1/2026,1/1/2025,,", "last day lies before the first"),
        ("BUPA,Z1,1,1/1/2026,,sometimes,", "first, follow-up, or nothing"),
        ("BUPA,Z1,1", "too few"),
        ("BUPA,ZPHY01,71,2/1/2026,3/1/2026,,", "has no last day"),
    ],
)
def test_a_wrong_row_is_named_and_the_good_ones_can_be_taken_in(desk: ListsDesk, row: str, words: str) -> None:
    file = desk.bring(f"{GOOD}{row}\n")
    assert desk.verdicts(file) == ["new", "wrong"]
    wrong = desk.row(file, 3)
    assert words in " ".join([*(sentence for _, sentence, _ in wrong.faults), wrong.found.get("sentence", "")])
    assert days() == []
    services.take_in(desk.actor, file=file, only_good=True)
    assert days() == [(JANUARY, None, 70)]


def test_a_price_that_is_here_changes_nothing_and_a_later_one_ends_the_earlier(desk: ListsDesk) -> None:
    desk.taken_in(GOOD)
    file = desk.bring(f"{GOOD}{LATER}")
    assert desk.verdicts(file) == ["unchanged", "new"]
    assert desk.row(file, 3).found["sentence"] == "The price from 1 Jan 2026 ends the day before."
    services.take_in(desk.actor, file=file, only_good=False)
    assert days() == [(JANUARY, JUNE, 70), (JULY, None, 75)]
    assert desk.verdicts(desk.bring(f"{GOOD}{LATER}\n")) == ["unchanged", "unchanged"]
    entries = AuditEntry.objects.filter(action="loaded contract prices").order_by("at")
    assert [entry.changes for entry in entries] == [{"prices": 1, "ended": 0}, {"prices": 1, "ended": 1}]


def test_the_latest_may_stand_first_in_a_file_of_any_length(desk: ListsDesk) -> None:
    first = date(2020, 1, 1)
    starts = [first + timedelta(days=number) for number in range(260)]
    rows = "".join(f"BUPA,ZPHY01,{70 + number},{day:%d/%m/%Y},,,\n" for number, day in enumerate(starts))
    backwards = "".join(reversed(rows.splitlines(keepends=True)))
    file = desk.bring(f"{HEADER}{backwards}")
    slices.work_through(file, now=desk.now)
    assert set(desk.verdicts(file)) == {"new"}
    services.take_in(desk.actor, file=file, only_good=False)
    slices.work_through(file, now=desk.now)
    assert days() == [(day, day if day != starts[-1] else None, 70 + number) for number, day in enumerate(starts)]
    services.undo(desk.actor, file=desk.fresh(file))
    slices.work_through(file, now=desk.now)
    assert (desk.fresh(file).state, days()) == (FileImport.UNDONE, [])


def test_the_insurer_is_asked_where_no_column_names_it(desk: ListsDesk) -> None:
    file = desk.bring("code,price,from\nZ1,5,1/1/2026\n")
    assert desk.asked(file) == ["insurer"]
    file = desk.answer(file, insurer="")
    assert desk.asked(file) == ["same_insurer"]
    file = desk.answer(file, same_insurer="wpa")
    services.take_in(desk.actor, file=file, only_good=False)
    assert ContractPrice.objects.get().insurer_slug == "wpa"


def test_an_undone_file_withdraws_its_prices_and_what_they_ended_goes_on(desk: ListsDesk) -> None:
    desk.taken_in(GOOD)
    file = desk.taken_in(f"{HEADER}{LATER}BUPA,ZPHY01,80,1/9/2026,,,\n")
    services.undo(desk.actor, file=file)
    assert days() == [(JANUARY, None, 70)]
    withdrawn = ContractPrice.objects.exclude(withdrawn_at=None)
    assert set(withdrawn.values_list("withdrawn_because", flat=True)) == {"The import of “list.csv” was undone."}
    again = desk.bring(f"{HEADER}{LATER}BUPA,ZPHY01,80,1/9/2026,,,\n")
    assert desk.verdicts(again) == ["new", "new"]


def test_a_price_that_was_ended_since_stays_and_is_named(desk: ListsDesk) -> None:
    file = desk.taken_in(f"{GOOD}BUPA,ZPHY02,50,1/1/2026,,,\n")
    contract_prices.end(desk.actor, price=ContractPrice.objects.get(code="ZPHY01"), last=JUNE)
    services.undo(desk.actor, file=file)
    assert days() == [(JANUARY, JUNE, 70)]
    assert days("ZPHY02") == []
    assert desk.row(file, 2).state == ImportRow.KEPT
    assert "was ended here since" in desk.row(file, 2).sentence


def test_a_price_that_was_entered_after_the_look_is_in_the_way(desk: ListsDesk) -> None:
    file = desk.bring(f"{GOOD}BUPA,Z1,,1/1/2026,,,\n")
    details = {"insurer_slug": "bupa", "code": "ZPHY01", "amount": 71, "valid_from": JANUARY}
    contract_prices.add(desk.actor, details=details)
    services.take_in(desk.actor, file=file, only_good=True)
    row = desk.row(file, 2)
    assert row.state == ImportRow.REFUSED
    assert "There is a price from 1 Jan 2026 already" in row.sentence
    assert days() == [(JANUARY, None, 71)]


@pytest.mark.parametrize("content", ["", "%PDF-1.7", "one\ntwo\n", "<?xml version='1.0'?>"])
def test_a_file_that_is_no_list_is_refused_in_a_sentence(desk: ListsDesk, content: str) -> None:
    file = desk.bring(content)
    assert file.found["sentence"].endswith(".")
    assert not ImportRow.objects.exists()
