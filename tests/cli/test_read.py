"""`clearbill read`: every kind of file, as JSON and as a table."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clearbill.cli.read import main
from clearbill.cli.read_kinds import KINDS
from clearbill.cli.read_report import JsonReport
from clearbill.fileformats import RowFault

ON = ["--on", "2026-11-23"]
STATEMENT = "Date,Description,Amount,Balance\n20/11/2026,BUPA PAY1,185.00,285.00\n21/11/2026,RENT,-42.50,242.50\n"
UNSIGNED = "Date,Description,Amount\n20/11/2026,BUPA PAY1,185.00\n"
FILES = {
    "bank": STATEMENT,
    "remittance": "Invoice No,Amount Paid,Payment Reference,Patient\nCB1,70,PAY1,Testa Sample\n",
    "codes": "Code,Title,Price\nZPHY01,First visit,70\n",
    "clients": "Client ID,First Name,Last Name,Date of Birth\n7,Testa,Sample,13/04/1985\n",
    "appointments": "Client ID,Date,Start time,Status\n7,23/12/2026,09:30,Booked\n",
    "invoices": "Invoice number,Client ID,Invoice date,Amount,Open\nINV-1,7,13/10/2026,70.00,50.00\n",
    "prices": "Insurer,Code,Fee,From\nBupa,ZPHY01,65,01/01/2026\n",
}


@pytest.fixture
def read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Give what the command prints as JSON for a file with this content, and its exit code."""

    def run(content: str | bytes, kind: str = "bank", answers: Any = None) -> tuple[dict[str, Any], int]:
        file = tmp_path / "file"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        argv = [str(file), "--kind", kind, "--json", *ON]
        if answers is not None:
            (tmp_path / "answers.json").write_text(json.dumps(answers))
            argv += ["--answers", str(tmp_path / "answers.json")]
        code = main(argv)
        return json.loads(capsys.readouterr().out), code

    return run


def test_a_statement_is_told_row_by_row(read: Any) -> None:
    found, code = read(STATEMENT)
    assert code == 0
    assert found["format"] == "bank CSV"
    assert found["rows"] == [
        {
            "date": "2026-11-20",
            "amount": "185.00",
            "text": "BUPA PAY1",
            "reference": "",
            "balance": "285.00",
            "account": "",
        },
        {
            "date": "2026-11-21",
            "amount": "-42.50",
            "text": "RENT",
            "reference": "",
            "balance": "242.50",
            "account": "",
        },
    ]
    assert (found["questions"], found["left_out"], found["faults"]) == ([], [], [])


def test_a_question_is_told_with_its_answers_and_answered_from_a_file(read: Any) -> None:
    found, code = read(UNSIGNED)
    assert (code, found["rows"]) == (3, [])
    (question,) = found["questions"]
    assert (question["id"], [choice["value"] for choice in question["choices"]][:2]) == ("sign", ["in", "out"])
    assert found["questions"][0]["prompt"].endswith("?")
    answered, code = read(UNSIGNED, answers={"sign": "out"})
    assert (code, answered["rows"][0]["amount"]) == (0, "-185.00")


def test_faults_and_rows_left_out_are_told_with_their_rows(read: Any) -> None:
    line = "<STMTTRN><DTPOSTED>20261120<TRNAMT>{}<FITID>{}<NAME>{}</STMTTRN>"
    lines = [line.format("5.00", 1, "BALANCE BROUGHT FORWARD"), line.format("x", 2, "A"), line.format("1.00", 3, "B")]
    found, code = read(f"<OFX><STMTRS><CURDEF>GBP<BANKTRANLIST>{''.join(lines)}</BANKTRANLIST></STMTRS></OFX>")
    assert code == 1
    assert [row["text"] for row in found["rows"]] == ["B"]
    assert found["left_out"] == [{"row": 1, "reason": "a balance or a total"}]
    assert [(one["row"], one["column"]) for one in found["faults"]] == [(2, "amount")]
    found, _ = read(STATEMENT.replace("20/11/2026", "31/11/2026"))
    assert {one["column"] for one in found["faults"]} == {"date"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read(kind: str, read: Any) -> None:
    found, code = read(FILES[kind], kind)
    assert (code, len(found["rows"]), found["faults"]) == (0, STATEMENT.count("\n") - 1 if kind == "bank" else 1, [])


def test_what_the_file_does_not_say_can_be_answered_for_all_its_rows(read: Any) -> None:
    prices = "Code,Fee,From\nZPHY01,65,01/01/2026\n"
    assert [one["id"] for one in read(prices, "prices")[0]["questions"]] == ["insurer"]
    assert read(prices, "prices", {"same_insurer": "bupa"})[0]["rows"][0]["insurer"] == "bupa"
    assert read(FILES["codes"], "codes", {"same_kind": "procedure"})[0]["rows"][0]["kind"] == "procedure"
    paid = "Invoice No,Amount Paid\nCB1,70\n"
    found, code = read(paid, "remittance", {"same_payment_reference": "PAY9"})
    assert (code, found["rows"][0]["payment_reference"]) == (0, "PAY9")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("%PDF-1.7", "PDF"),
        ("one\ntwo\n", "no table"),
        (STATEMENT + STATEMENT[-30:] * 200_001, "200,000"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_two_and_a_sentence(
    content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text(content)
    assert main([str(tmp_path / "file"), "--kind", "bank", "--json", *ON]) == 2
    printed = capsys.readouterr()
    (fault,) = json.loads(printed.out)["faults"]
    assert (fault["row"], words in fault["message"], printed.err.strip()) == (0, True, fault["message"])
    assert main([str(tmp_path / "file"), "--kind", "bank", *ON]) == 2
    assert words in capsys.readouterr().err


def test_what_cannot_be_opened_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "statement.csv").write_text(STATEMENT)
    for name in (tmp_path, tmp_path / "none.csv"):
        assert main([str(name), "--kind", "bank"]) == 2
        assert str(tmp_path) in capsys.readouterr().err
    for written in ("[]", "{", "null"):
        (tmp_path / "answers").write_text(written)
        assert main([str(tmp_path / "statement.csv"), "--kind", "bank", "--answers", str(tmp_path / "answers")]) == 2
        assert "JSON object" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["file"], ["file", "--kind", "letters"], ["file", "--kind", "bank", "--on", "x"]])
def test_wrong_usage_ends_with_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "clearbill read" in capsys.readouterr().err


def test_people_get_a_table_with_the_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(STATEMENT + "31/11/2026,WRONG,-1.00,241.50\n")
    assert main([str(file), "--kind", "bank", *ON]) == 1
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert printed[1] == "date amount text balance"
    assert printed[2] == "2026-11-20 185.00 BUPA PAY1 285.00"
    assert printed[-2].startswith("Row 4: date: ")
    assert printed[-1] == "2 rows read, 1 fault."


def test_people_are_told_how_to_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(UNSIGNED)
    assert main([str(file), "--kind", "bank", *ON]) == 3
    assert '{"sign": "out"}   every line is money out' in capsys.readouterr().out


def test_standard_input_is_read_without_django() -> None:
    program = (
        "import sys\n"
        "from clearbill.__main__ import main\n"
        "code = main(['read', '-', '--kind', 'bank', '--json', '--on', '2026-11-23'])\n"
        "sys.exit(9 if 'django' in sys.modules else code)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=STATEMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, len(json.loads(done.stdout)["rows"])) == (0, 2), done.stderr


def test_a_row_is_printed_as_it_comes_and_faults_wait_for_the_end() -> None:
    out = io.StringIO()
    report = JsonReport(out)
    report.fault(RowFault(1, "", "Wrong."), "")
    report.row({"amount": Decimal("1.00")})
    assert out.getvalue().endswith('{"amount": "1.00"}')
    report.end()
    assert json.loads(out.getvalue())["faults"] == [{"row": 1, "column": "", "message": "Wrong."}]
