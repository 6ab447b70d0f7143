"""What a docstring says is raised must be there to be raised: names that were changed in the code are found here."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
PARSED = {path.relative_to(SOURCE): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}
CLASSES = {node.name for tree in PARSED.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
OF_DJANGO_AND_WHITENOISE = {"Http404", "IntegrityError", "PermissionDenied", "ValidationError", "MissingFileError"}
KNOWN = CLASSES | set(dir(builtins)) | OF_DJANGO_AND_WHITENOISE

RAISED = re.compile(r"\bRaises ((?:[A-Z]\w+(?:, (?=[A-Z])| or (?=[A-Z]))?)+)")


def _raised(text: str) -> Iterator[str]:
    for names in RAISED.findall(text):
        yield from re.split(r", | or ", names)


def test_what_is_said_to_be_raised_exists() -> None:
    said = [
        f"{path}: {name}"
        for path, tree in PARSED.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module)
        for name in _raised(ast.get_docstring(node) or "")
        if name not in KNOWN
    ]
    assert said == []


def test_the_names_after_raises_are_found() -> None:
    assert list(_raised("Return it. Raises BillRejected, NotSent or ReplyLost where Healthcode is away.")) == [
        "BillRejected",
        "NotSent",
        "ReplyLost",
    ]
    assert "Refused" in KNOWN
    assert "NotRead" not in KNOWN
