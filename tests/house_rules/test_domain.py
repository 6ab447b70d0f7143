"""What the domain may not know, where the import contract cannot see it: addresses, templates, Django's HTTP side."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
DOMAIN = next(one for one in CONTRACTS if one["name"] == "The domain knows no HTTP and no forms")["source_modules"]
SOURCES = [
    path
    for package in DOMAIN
    for path in sorted((ROOT / "src" / package.replace(".", "/")).rglob("*.py"))
    if "migrations" not in path.parts
]

# The contract sees external packages as a whole, so what is forbidden inside Django is named here.
DJANGOS_DOORS = ("django.http", "django.shortcuts", "django.urls", "django.forms", "django.contrib.messages")

# The evidence of a claim is a file that is handed out, with a page in it that is read without Clearbill.
MAY_FILL_A_TEMPLATE = {"src/clearbill/claims/evidence/export.py"}

PAGE_ADDRESS = re.compile(r"(?:^|[\s\"'(=])/(?!dev/)[a-z][a-z-]*(?:[/?#]|$)")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of the code, and the fixed parts of those that are put together; no docstrings."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node


def _addresses(code: str) -> list[str]:
    return [node.value for node in _texts(ast.parse(code)) if PAGE_ADDRESS.search(node.value)]


def _imports(code: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in found if any(name == door or name.startswith(f"{door}.") for door in DJANGOS_DOORS)]


def test_the_domain_is_there() -> None:
    assert len(SOURCES) > 150


@pytest.mark.parametrize(
    "code", ['"/settings/users"', 'f"/settings/insurers/{slug}"', "'<a href=\"/claims/\">'", '"/money?tab=bank"']
)
def test_an_address_of_a_page_is_seen(code: str) -> None:
    assert _addresses(f"told = {code}")


@pytest.mark.parametrize("code", ['"and/or"', '"23/11/2026"', '"--file=/dev/null"', 'f"{done} / {total}"'])
def test_other_slashes_are_no_addresses(code: str) -> None:
    assert not _addresses(f"told = {code}")


def test_no_domain_file_names_the_address_of_a_page() -> None:
    assert not {_name(path): found for path in SOURCES if (found := _addresses(path.read_text()))}


def test_no_domain_file_names_a_template() -> None:
    naming = {
        _name(path) for path in SOURCES if any(".html" in node.value for node in _texts(ast.parse(path.read_text())))
    }
    filling = {_name(path) for path in SOURCES if re.search(r"\bdjango\.template\b", path.read_text())}
    assert naming == filling == MAY_FILL_A_TEMPLATE


def test_the_doors_of_django_are_seen() -> None:
    assert _imports("from django import forms") == ["django.forms"]
    assert _imports("from django.forms.models import model_to_dict")
    assert not _imports("from django.db import models")


def test_no_domain_file_knows_djangos_http_addresses_or_forms() -> None:
    assert not {_name(path): found for path in SOURCES if (found := _imports(path.read_text()))}


def test_no_domain_file_looks_a_model_up_by_name() -> None:
    """`apps.get_model("claims", "Claim")` is an import that the contract does not see."""
    assert not [_name(path) for path in SOURCES if re.search(r"\bget_model\(", path.read_text())]
