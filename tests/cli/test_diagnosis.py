from __future__ import annotations

import json

import pytest

from clearbill.cli.diagnosis import main


def test_matches_are_printed_as_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frozen", "shoulder"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "M75.0  Adhesive capsulitis of shoulder"


def test_json_holds_code_and_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["low back pain", "--json", "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"code": "M54.5", "title": "Low back pain"}]


def test_the_limit_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fracture", "--limit", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_nothing_found_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["膝"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("No diagnosis fits these words.")


def test_nothing_found_is_an_empty_list_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["膝", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    "argv", [[], ["knee", "--limit", "0"], ["knee", "--limit", "51"], ["knee", "--limit", "five"], ["-x"]]
)
def test_wrong_usage_ends_with_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "clearbill diagnosis" in capsys.readouterr().err
