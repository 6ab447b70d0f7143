"""`clearbill import`: a list of clients taken in at a terminal."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clearbill.clients.models import Client
from clearbill.imports.models import FileImport
from clearbill.people.models import Practice
from tests import builders
from tests.imports.appointments.desk import DiaryDesk
from tests.imports.appointments.desk import line as diary_line
from tests.imports.appointments.desk import listed as diary_listed
from tests.imports.clients.desk import line, listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return builders.practice("Riverside")


def run(path: Path, content: bytes, *words: str, kind: str = "clients") -> tuple[int, str]:
    """What the command says, and its exit code."""
    path.write_bytes(content)
    out, err = StringIO(), StringIO()
    try:
        call_command("import", str(path), "--practice", "riverside", "--kind", kind, *words, stdout=out, stderr=err)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue() + err.getvalue()
    return 0, out.getvalue()


def test_the_good_rows_are_taken_in_and_each_row_is_told(tmp_path: Path, practice: Practice) -> None:
    code, said = run(tmp_path / "clients.csv", listed([line(1), line(2, email="nonsense")]))
    assert code == 1
    assert said.splitlines() == [
        "Row 2: Taken in: New.",
        "Row 3: Wrong. E-mail: This is not an e-mail address. It looks like name@example.org.",
    ]
    assert Client.objects.get().practice == practice


def test_a_good_file_leaves_nothing_to_do(tmp_path: Path, practice: Practice) -> None:
    assert run(tmp_path / "clients.csv", listed([line(1)])) == (0, "Row 2: Taken in: New.\n")
    code, said = run(tmp_path / "clients.csv", listed([line(1)]))
    assert (code, said) == (0, "This very file was brought before. Nothing was changed.\n")
    assert Client.objects.filter(practice=practice).count() == 1


def test_a_dry_run_leaves_nothing_behind(tmp_path: Path, practice: Practice) -> None:
    assert run(tmp_path / "clients.csv", listed([line(1)]), "--dry-run") == (0, "Row 2: New.\n")
    assert not Client.objects.filter(practice=practice).exists()
    assert not FileImport.objects.exists()


def test_questions_are_asked_and_answered(tmp_path: Path, practice: Practice) -> None:
    content = b"ID,Surname,DOB\n1,Sample,03/04/1990\n"
    code, said = run(tmp_path / "clients.csv", content)
    assert (code, said.startswith("order: Every date can be read in more than one way")) == (3, True)
    assert not FileImport.objects.exists()
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"order": "mdy"}))
    assert run(tmp_path / "clients.csv", content, "--answers", str(answers))[0] == 0
    assert str(Client.objects.get(practice=practice).birth_date) == "1990-03-04"


def test_a_long_file_needs_no_worker(tmp_path: Path, practice: Practice) -> None:
    assert run(tmp_path / "clients.csv", listed(line(number) for number in range(450)))[0] == 0
    assert Client.objects.filter(practice=practice).count() == 450


def test_what_cannot_be_read_is_said(tmp_path: Path, practice: Practice) -> None:
    code, said = run(tmp_path / "clients.csv", b"%PDF-1.7")
    assert (code, "PDF" in said) == (2, True)
    assert not FileImport.objects.filter(practice=practice).exists()


def test_a_practice_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no practice of this name"):
        run(tmp_path / "clients.csv", listed([line(1)]))


def test_appointments_are_taken_in_with_answers_to_who_is_who(tmp_path: Path, practice: Practice) -> None:
    with time_machine.travel(builders.NOW):
        desk = DiaryDesk(practice=practice)
        visits = diary_listed([diary_line(1, practitioner="R. T."), diary_line(2, practitioner="R. T.", client="P-1")])
        code, said = run(tmp_path / "visits.csv", visits, kind="appointments")
        assert (code, said.splitlines()[0]) == (
            3,
            "practitioner:R. T.: The file names the practitioner “R. T.”. Who is it here?",
        )
        answers = tmp_path / "answers.json"
        answers.write_text(json.dumps({"practitioner:R. T.": str(desk.practitioner.pk)}))
        code, said = run(tmp_path / "visits.csv", visits, "--answers", str(answers), kind="appointments")
    assert (code, said.splitlines()) == (0, ["Row 2: Taken in: New.", "Row 3: Taken in: New."])
    assert [visit.practitioner for visit in desk.visits()] == [desk.practitioner] * 2
