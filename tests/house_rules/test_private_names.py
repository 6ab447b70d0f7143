"""A name with an underscore belongs to its module: nobody else imports it."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
OURS = ("clearbill", "healthcode_sandbox")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_no_module_imports_a_private_name_of_another() -> None:
    assert [
        f"{path.relative_to(SOURCE)}: {one.name}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS)
        for one in node.names
        if _is_private(one.name)
    ] == []
    assert _is_private("_limit")
    assert not _is_private("__version__")
