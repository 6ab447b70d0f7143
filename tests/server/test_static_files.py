"""The files that pages refer to: collected when a page process starts, and served to be kept by browsers for good."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import httpx
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from clearbill.config import static_files
from tests import patience
from tests.processes import Process, run, surroundings

START = ("-c", "from clearbill.config.wsgi import application; print('there')")


def referred_to(text: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', text)


def test_a_fresh_installation_serves_each_file_of_a_page_under_a_name_of_its_content_and_compressed(
    tmp_path: Path,
) -> None:
    around = surroundings(tmp_path)
    address = f"http://127.0.0.1:{around['CLEARBILL_PORT']}"
    with Process(around, "-m", "clearbill", "web") as process:
        process.wait_for("The pages are at")
        with httpx.Client(base_url=address, timeout=patience.SECONDS, trust_env=False) as browser:
            files = referred_to(browser.get("/set-up").text)
            assert any("clearbill" in name and name.endswith(".css") for name in files)
            assert any("htmx" in name for name in files)
            for name in files:
                assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
                answer = browser.get(name, headers={"Accept-Encoding": "gzip"})
                assert answer.status_code == 200
                assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
                if len(answer.content) > 1000:
                    assert answer.headers["Content-Encoding"] == "gzip", name
            # What one file refers to is found under its own name of that kind.
            sheets = "".join(browser.get(name).text for name in files if name.endswith(".css"))
            assert "@import" not in sheets
            [icon] = set(re.findall(r"icon\.[0-9a-f]{12}\.svg", sheets))
            assert browser.get(f"/static/clearbill/{icon}").status_code == 200
            # Under its plain name a file may change: it is asked for again.
            assert browser.get("/static/clearbill/icon.svg").headers["Cache-Control"] == "max-age=3600, public"


def test_two_processes_that_start_together_collect_once(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    with Process(around, *START) as one, Process(around, *START) as other:
        one.wait_for("there")
        other.wait_for("there")
    [version] = [path for path in (tmp_path / "static").iterdir() if path.is_dir()]
    before = {path: path.stat().st_mtime_ns for path in version.rglob("*")}
    assert (version / "staticfiles.json").is_file()
    assert run(around, *START).stdout == "there\n"
    assert {path: path.stat().st_mtime_ns for path in version.rglob("*")} == before


def test_what_a_start_that_was_cut_short_has_left_is_made_whole(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    assert run(around, *START).returncode == 0
    [manifest] = (tmp_path / "static").glob("*/staticfiles.json")
    [sheet] = manifest.parent.glob("money/bank.????????????.css")
    manifest.unlink()
    sheet.unlink()
    assert run(around, *START).returncode == 0
    assert manifest.is_file()
    assert sheet.is_file()


def test_the_place_is_another_one_as_soon_as_a_file_has_changed(tmp_path: Path) -> None:
    (tmp_path / "one.css").write_text("a")
    before = static_files.place(tmp_path, [tmp_path], "1.0")
    assert static_files.place(tmp_path, [tmp_path], "1.0") == before
    assert static_files.place(tmp_path, [tmp_path], "1.1") != before
    (tmp_path / "one.css").write_text("b")
    changed = static_files.place(tmp_path, [tmp_path], "1.0")
    (tmp_path / "one.css").rename(tmp_path / "two.css")
    assert len({before, changed, static_files.place(tmp_path, [tmp_path], "1.0")}) == 3


def test_the_files_of_the_newest_versions_are_kept_for_processes_that_still_run(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    for age in range(5):
        old = tmp_path / "static" / f"version-{age}"
        old.mkdir(parents=True)
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    assert run(around, *START).returncode == 0
    [manifest] = (tmp_path / "static").glob("*/staticfiles.json")
    left = {path.name for path in (tmp_path / "static").iterdir() if path.is_dir()}
    assert left == {manifest.parent.name, "version-0", "version-1"}


def test_a_page_that_names_a_file_that_is_not_there_is_no_page() -> None:
    assert staticfiles_storage.url("clearbill/unsaved.js").startswith("/static/clearbill/unsaved.")
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        staticfiles_storage.url("clearbill/no-such.js")


def test_what_is_served_compressed_is_what_it_was(tmp_path: Path) -> None:
    around = surroundings(tmp_path)
    assert run(around, *START).returncode == 0
    packed = list((tmp_path / "static").glob("*/**/*.gz"))
    assert len(packed) > 10
    assert all(gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes() for path in packed)
