"""`clearbill import` of remittance files and bank statements: row by row, whole or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from clearbill.money.bank.models import Account, BankLine, StatementFile
from clearbill.money.remittances.models import ClaimPayment, Upload
from tests.claims.desk import Desk
from tests.imports.remittance_files.importing_files import csv_file, row
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db

STATEMENT = "Date,Description,Amount\n20/11/2026,BUPA PAY900001,70.00\n20/11/2026,Stationery,-12.50\n"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def run(desk: Desk, path: Path, content: bytes, *words: str, kind: str) -> tuple[int, list[str]]:
    """The exit code, and what the command says line by line."""
    path.write_bytes(content)
    said = StringIO()
    given = ["--practice", desk.practice.name, "--kind", kind, *words]
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        try:
            call_command("import", str(path), *given, stdout=said, stderr=said)
        except SystemExit as left:
            return int(left.code or 0), said.getvalue().splitlines()
    return -1, said.getvalue().splitlines()


def answers(tmp_path: Path, **given: str) -> tuple[str, str]:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(given))
    return "--answers", str(path)


def test_a_remittance_is_taken_in_and_each_row_is_told(tmp_path: Path, desk: Desk) -> None:
    content = csv_file(row(collected(desk)), row(collected(desk), paid="seventy"))
    code, said = run(desk, tmp_path / "paid.csv", content, kind="remittance")
    assert code == 1
    assert said[0] == "Row 2: Taken in: Good."
    assert said[1].startswith("Row 3: Wrong. ")
    assert said[2:] == ["1 bill put to claims, 0 wait for a person."]
    assert ClaimPayment.objects.count() == 1
    assert Upload.objects.get().taken_in_by is None
    again = run(desk, tmp_path / "paid.csv", content, kind="remittance")
    assert again == (0, ["This very file was taken in before. Nothing was changed."])


def test_a_dry_run_of_a_remittance_leaves_nothing_behind(tmp_path: Path, desk: Desk) -> None:
    content = csv_file(row(collected(desk)))
    assert run(desk, tmp_path / "paid.csv", content, "--dry-run", kind="remittance") == (0, ["Row 2: Good."])
    assert not Upload.objects.exists()


def test_what_a_remittance_leaves_open_is_asked_and_answered(tmp_path: Path, desk: Desk) -> None:
    content = f"Invoice,Paid\n{collected(desk).number},70.00\n".encode()
    code, said = run(desk, tmp_path / "paid.csv", content, kind="remittance")
    assert code == 3
    assert [line.partition(":")[0] for line in said] == ["same_payment_reference"]
    assert not Upload.objects.exists()
    given = answers(tmp_path, insurer="bupa", same_payment_reference="PAY9")
    code, said = run(desk, tmp_path / "paid.csv", content, *given, kind="remittance")
    assert (code, said[0]) == (0, "Row 2: Taken in: Good.")


def test_a_statement_is_taken_in_and_each_row_is_told(tmp_path: Path, desk: Desk) -> None:
    account = ("--account", "Current account")
    assert run(desk, tmp_path / "nov.csv", STATEMENT.encode(), *account, kind="bank") == (
        0,
        ["Row 2: Taken in: New.", "Row 3: Taken in: New.", "2 new lines taken in for “Current account”."],
    )
    assert (BankLine.objects.count(), StatementFile.objects.get().by) == (2, None)
    longer = f"{STATEMENT}23/11/2026,AVIVA,40.00\n23/11/2026,Bad,x\n"
    code, said = run(desk, tmp_path / "dec.csv", longer.encode(), kind="bank")
    assert code == 1
    assert said[:3] == ["Row 2: Here already.", "Row 3: Here already.", "Row 4: Taken in: New."]
    assert said[3].startswith("Row 5: Wrong. ")
    assert said[4] == "1 new line taken in for “Current account”."


def test_a_dry_run_of_a_statement_leaves_neither_file_nor_account(tmp_path: Path, desk: Desk) -> None:
    words = ("--account", "Current account", "--dry-run")
    code, said = run(desk, tmp_path / "nov.csv", STATEMENT.encode(), *words, kind="bank")
    assert (code, said) == (0, ["Row 2: New.", "Row 3: New."])
    assert not StatementFile.objects.exists()
    assert not Account.objects.exists()


def test_the_account_of_a_statement_is_named_where_it_is_not_clear(tmp_path: Path, desk: Desk) -> None:
    code, said = run(desk, tmp_path / "nov.csv", STATEMENT.encode(), kind="bank")
    assert (code, said) == (1, ["Name the account with --account: one that is here, or a new one."])


@pytest.mark.parametrize("kind", ["bank", "remittance"])
def test_a_file_that_cannot_be_read_ends_with_two_and_a_sentence(tmp_path: Path, desk: Desk, kind: str) -> None:
    account = ("--account", "Current account") if kind == "bank" else ()
    code, said = run(desk, tmp_path / "file.pdf", b"%PDF-1.7", *account, kind=kind)
    assert code == 2
    assert "PDF" in said[0]
    assert not Upload.objects.exists()
    assert not StatementFile.objects.exists()
