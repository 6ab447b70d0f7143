from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clearbill.clients import diagnosis
from clearbill.clients.diagnosis import open_search

KEPT = "diagnosis-index.json"


@pytest.fixture(scope="module")
def warm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cache"
    open_search(folder)
    return folder


def test_the_index_is_kept_and_gives_the_same_answers(warm_folder: Path) -> None:
    assert [path.name for path in warm_folder.iterdir()] == [KEPT]
    built, kept = open_search(None), open_search(warm_folder)
    for text in ("frozen shoulder", "claustrophobia", "lower backache", "m54", "forzen sholder"):
        assert kept.search(text, limit=20) == built.search(text, limit=20)


def test_a_start_from_the_cache_builds_nothing(warm_folder: Path) -> None:
    before = (warm_folder / KEPT).stat().st_mtime_ns
    open_search(warm_folder)
    assert (warm_folder / KEPT).stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ['{"key": 1}', "\x00\xff"])
def test_a_damaged_cache_is_written_anew(tmp_path: Path, damage: str) -> None:
    (tmp_path / KEPT).write_bytes(damage.encode("latin-1"))
    assert open_search(tmp_path).search("frozen shoulder")[0].code == "M75.0"
    assert json.loads((tmp_path / KEPT).read_text())["index"]["codes"]


def test_a_cache_with_the_right_key_but_another_shape_is_written_anew(tmp_path: Path, warm_folder: Path) -> None:
    kept = json.loads((warm_folder / KEPT).read_text())
    kept["index"]["unknown"] = []
    (tmp_path / KEPT).write_text(json.dumps(kept))
    assert open_search(tmp_path).search("frozen shoulder")[0].code == "M75.0"
    assert "unknown" not in json.loads((tmp_path / KEPT).read_text())["index"]


def test_a_cache_of_other_packages_or_lay_words_is_written_anew(tmp_path: Path, warm_folder: Path) -> None:
    kept = json.loads((warm_folder / KEPT).read_text())
    (tmp_path / KEPT).write_text(json.dumps({**kept, "key": "another"}))
    open_search(tmp_path)
    assert json.loads((tmp_path / KEPT).read_text())["key"] == kept["key"]


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert open_search(tmp_path / "cache").search("frozen shoulder")[0].code == "M75.0"


def test_the_cache_lies_under_the_data_folder_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARBILL_DATA", str(tmp_path))
    monkeypatch.setattr(diagnosis, "_opened", None)
    assert diagnosis.search("frozen shoulder", limit=1)[0].code == "M75.0"
    assert diagnosis.is_known("m750")
    assert not diagnosis.is_known("M99.99")
    assert (tmp_path / "cache" / KEPT).is_file()


def test_the_search_needs_no_web_framework(warm_folder: Path) -> None:
    program = (
        "import sys; from clearbill.cli.diagnosis import main; code = main(['frozen', 'shoulder']);"
        "print([name for name in sys.modules if name.split('.')[0] == 'django']); sys.exit(code)"
    )
    environment = {"CLEARBILL_DATA": str(warm_folder.parent), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "M75.0  Adhesive capsulitis of shoulder"
    assert done.stdout.splitlines()[-1] == "[]"
