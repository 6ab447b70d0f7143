"""The tables of moved files and renamed names lead to what is there, so that one who follows them arrives."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
GONE = "-"


def _rows(name: str) -> list[list[str]]:
    with (ROOT / "docs" / "decisions" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))[1:]


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _names(path: Path) -> set[str]:
    """Return the functions, classes, variables, parameters and attributes that the module names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


def test_where_a_file_went_there_is_one() -> None:
    after = [row[1].partition("::")[0] for row in _rows("moves.tsv")]
    assert len(after) > 500
    assert [path for path in after if path != GONE and not (ROOT / path).exists()] == []


def test_what_a_thing_is_called_now_is_there() -> None:
    modules = {_module(path): path for path in SOURCE.rglob("*.py")}
    names = {module: _names(path) for module, path in modules.items()}
    rows = _rows("renames.tsv")
    assert len(rows) > 400
    assert [f"{module}.{name}" for _, _, module, name in rows if name.split(".")[-1] not in names.get(module, ())] == []
