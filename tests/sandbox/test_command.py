"""The command `healthcode-sandbox`: where it cannot start it says why in one sentence, and no more."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from healthcode_sandbox.__main__ import main


def test_a_port_in_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--data", str(tmp_path), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"The stand-in clearing house cannot start. It cannot use 127.0.0.1:{port}")
    assert said.count("\n") == 1


def test_a_port_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(tmp_path), "--port", "70000"])
    assert ended.value.code == 2
    assert "the port must be a number from 0 to 65535" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    assert main(["--data", str(tmp_path / "file"), "--port", "0"]) == 1
    assert "It cannot use" in capsys.readouterr().err


def test_its_usual_folder_is_that_of_the_user_s_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "clearbill").write_text("no folder either, so that it does not start")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("CLEARBILL_DATA", raising=False)
    assert main(["--port", "0"]) == 1
