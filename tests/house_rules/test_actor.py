"""Services are told who acts by one value, not by three."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "clearbill"
MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]


def _parameters(function: ast.FunctionDef) -> dict[str, str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in every}


def _takes_the_three(function: ast.FunctionDef) -> bool:
    """A membership is the practice, the person and the role: what only some roles may do takes it instead."""
    given = _parameters(function)
    return {"practice", "by", "now"} <= set(given) and given["by"].startswith("User")


def test_who_acts_is_one_value() -> None:
    assert [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and _takes_the_three(node)
    ] == []


def test_a_function_of_the_three_would_be_found() -> None:
    found = ast.parse("def void(*, practice: Practice, by: User | None, now: datetime) -> None: ...").body[0]
    assert isinstance(found, ast.FunctionDef)
    assert _takes_the_three(found)
