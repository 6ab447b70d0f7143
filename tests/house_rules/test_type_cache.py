"""`make check` forgets what it knew of the types where the list of modules is another one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two modules, and a cache that knows them."""
    for name in ("one.py", "two.py"):
        (tmp_path / "src" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "src" / name).touch()
    begin_to_check(tmp_path)
    (tmp_path / ".mypy_cache" / "known").touch()
    return tmp_path


def begin_to_check(tree: Path) -> None:
    """Do there what `make check` does about the cache before it checks types."""
    said = subprocess.run(["make", "--dry-run", "check"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [line for line in said.splitlines() if ".mypy_cache/modules" in line]
    assert len(lines) == 2
    for line in lines:
        subprocess.run(line, shell=True, cwd=tree, check=True)


def test_the_cache_is_kept_while_the_modules_are_the_same(tree: Path) -> None:
    (tree / "src" / "one.py").write_text("changed = True\n")
    begin_to_check(tree)
    assert (tree / ".mypy_cache" / "known").exists()


def test_the_cache_is_begun_anew_where_a_module_has_gone(tree: Path) -> None:
    (tree / "src" / "two.py").rename(tree / "src" / "three.py")
    begin_to_check(tree)
    assert [one.name for one in (tree / ".mypy_cache").iterdir()] == ["modules"]
    assert "src/three.py" in (tree / ".mypy_cache" / "modules").read_text()
