from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clearbill.bill import to_json
from clearbill.bill.insurers import all_insurers
from clearbill.cli.check import main
from tests.bill.bills import changed, good

DAY = ["--on", "2026-11-23"]


@pytest.fixture
def bill_file(tmp_path: Path) -> Any:
    def written(content: Any) -> str:
        path = tmp_path / "bill.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return written


@pytest.mark.parametrize("insurer", [known.healthcode_id for known in all_insurers() if known.healthcode_id])
def test_the_example_of_an_insurer_passes(insurer: str, bill_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--example", insurer, *DAY]) == 0
    assert main([bill_file(capsys.readouterr().out.encode()), "--json", *DAY]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": []}


def test_a_bill_that_blocks_is_answered_with_its_problems_and_exit_1(
    bill_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name = bill_file(to_json(changed(good(), {"invoice_number": "", "cover.authorisation_code": ""})))
    assert main([name, "--json", *DAY]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(problem["code"], problem["severity"]) for problem in problems] == [
        ("HEAD-01", "blocks"),
        ("COVER-04", "warns"),
    ]
    assert all(set(problem) == {"code", "path", "message", "severity", "who", "fix"} for problem in problems)


def test_people_read_first_what_stops_the_bill_whose_move_it_is_and_what_to_do(
    bill_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name = bill_file(to_json(changed(good("slh"), {"invoice_number": "", "cover.authorisation_code": ""})))
    assert main([name, *DAY]) == 1
    told = capsys.readouterr().out
    assert told.index("These stop the bill:") < told.index("HEAD-01") < told.index("These may be wrong:")
    assert "Your move: Give the invoice a number" in told
    assert "  Invoice number  (invoice_number, HEAD-01)" in told


def test_a_bill_that_only_may_be_wrong_ends_with_exit_0(bill_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([bill_file(to_json(changed(good(), {"cover.authorisation_code": ""}))), *DAY]) == 0
    assert "Nothing stops this bill." in capsys.readouterr().out


def test_a_bill_is_checked_against_the_insurer_that_is_named(
    bill_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name = bill_file(to_json(changed(good("alliance"), {"insurer_id": "zzz"})))
    assert main([name, "--insurer", "alliance-health-corporate", *DAY]) == 0
    assert capsys.readouterr().out == "Nothing is wrong with this bill.\n"
    assert main([name, "--json", *DAY]) == 0
    assert "INSURER-03" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "not UTF-8"),
        (b"not json", "not JSON"),
        (b"[]", "not an object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_exit_2(
    content: bytes, why: str, bill_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([bill_file(content)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert why in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["no-such-file.json"], "There is no file"),
        (["."], "is a folder"),
        ([], "Name a file"),
        (["bill.json", "--on", "yesterday"], "must be a date"),
        (["bill.json", "--insurer", "nobody"], "No insurer is known"),
        (["--example", "nobody"], "No insurer is known"),
        (["--example", "wtw"], "not published"),
        (["--example", "bup", "--on", "0001-01-01"], "from 1901"),
        (["--unheard-of"], "was not understood"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why_and_ends_with_exit_2(
    argv: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


def test_the_command_reads_standard_input_in_a_process_of_its_own_without_django() -> None:
    code = (
        "import sys; from clearbill.__main__ import main; code = main(sys.argv[1:]); "
        "assert 'django' not in sys.modules; sys.exit(code)"
    )
    content = json.dumps(to_json(changed(good(), {"patient.patient_last_name": "Ó\ud800"}))).encode()
    ran = subprocess.run(
        [sys.executable, "-c", code, "check", "-", *DAY],
        input=content,
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    assert b"TEXT-01" in ran.stdout
    assert ran.stderr == b""
