"""The data folder and every file in it is its owner's alone, whoever made it and with whatever rights."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from clearbill.config import environment
from tests.processes import Process, run, surroundings


@pytest.fixture(autouse=True)
def _open_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_folder_that_was_there_before_is_closed_with_all_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    environment_ = surroundings(folder)
    (folder / "backups").mkdir(mode=0o755)
    (folder / "backups" / "older.zip").touch(0o644)
    (folder / "encryption-keys").touch(0o604)
    assert run(environment_, "-m", "clearbill", "migrate", "-v0").returncode == 0
    assert (folder / "clearbill.sqlite3").exists()
    assert open_to_others(folder) == []


@pytest.mark.slow
def test_what_the_processes_write_is_closed_too(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o777)
    with Process(surroundings(folder), "-m", "clearbill", "serve") as serve:
        serve.wait_for("Ctrl-C")
        assert open_to_others(folder) == []
    assert open_to_others(folder) == []


@pytest.mark.parametrize("words", [("clearbill", "check", "--example", "bup"), ("healthcode_sandbox", "--port", "x")])
def test_every_command_begins_by_closing_what_it_will_write(tmp_path: Path, words: tuple[str, ...]) -> None:
    code = (
        f"import os, sys, runpy; os.umask(0o022); sys.argv[1:] = {list(words[1:])!r}\n"
        f"try: runpy.run_module({words[0]!r}, run_name='__main__', alter_sys=False)\n"
        "except SystemExit: pass\n"
        "print('umask', oct(os.umask(0)))"
    )
    assert "umask 0o77" in run(surroundings(tmp_path), "-c", code).stdout


def test_a_folder_of_somebody_s_other_things_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "holiday.jpg").touch(0o644)
    monkeypatch.setenv("CLEARBILL_DATA", str(tmp_path))
    assert environment.data_folder() == tmp_path
    assert stat.S_IMODE((tmp_path / "holiday.jpg").stat().st_mode) == 0o644


def test_what_a_link_leads_to_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "data"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "file").touch(0o644)
    folder.mkdir(mode=0o755)
    (folder / "secret-key").touch(0o644)
    (folder / "link").symlink_to(elsewhere)
    (folder / "other").symlink_to(elsewhere / "file")
    monkeypatch.setenv("CLEARBILL_DATA", str(folder))
    environment.data_folder()
    assert open_to_others(folder) == []
    assert stat.S_IMODE((elsewhere / "file").stat().st_mode) == 0o644
