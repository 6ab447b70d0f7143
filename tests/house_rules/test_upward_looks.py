"""No package looks up at a higher one where the import contract cannot see it: through relations, tables, bare ids.

Django gives a model an attribute and a lookup for each relation that a higher model has to it (`invoice.claims`,
`filter(claims__status=…)`), without an import. What they are called is read from the models; the code is searched.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS: list[str] = next(one for one in CONTRACTS if one["name"] == "Imports go down only")["layers"]

# The height of each package in the contract: the lowest has the least.
HEIGHT = {package.strip(): height for height, layer in enumerate(reversed(LAYERS)) for package in layer.split("|")}

# The places at which a lower package has to know of a higher one, each with the names that it may use there.
ALLOWED_LOOKS: dict[str, set[str]] = {
    # A visit that is invoiced stays as it is: asked while the visit is held. What was invoiced uses up what the insurer
    # authorised, which a booking must know.
    "appointments/invoice_link.py": {"invoice_lines", "invoices"},
    # An invoice whose claim is under way stays as it was sent; the list of invoices shows, filters and sorts by claim.
    "invoicing/claimed/claim_link.py": {"claims"},
    # A backup counts what is in a bare copy of the database, where there are no models.
    "backups/engine.py": {"claims_claim"},
}

# Relations that point up: numbers are counted for each practice, by a table that knows nothing else of it.
ALLOWED_RELATIONS = {"NumberSequence.practice": "Practice"}

# Columns that look like the key of a row and are no relation, with what they hold instead.
NO_KEYS = {
    "AuditChain.length": "a count",
    "AuditEntry.chain_no": "a place in the chain",
    "AuditEntry.subject_id": "the key of a row of any model, which may be gone",
    "BankLine.csv_id": "the bank's own name of the line",
    "BankLine.ofx_id": "the bank's own name of the line",
    "BulkSubmissionEntry.lease": "a token of the worker that took it",
    "Export.bytes": "the size of a file",
    "HealthcodeConnection.api_key_id": "Healthcode's name of the key",
    "HealthcodeConnection.site_id": "Healthcode's name of the practice",
    "HealthcodeConnection.user_id": "Healthcode's name of the user",
    "InsurerSetting.healthcode_id": "Healthcode's name of the insurer",
    "LedgerEntry.advice": "what the entry came of, also when that is taken out (docs/decisions/house.md)",
    "Mailing.subject_id": "the key of a paper of any kind",
    "IssuedPaper.subject_id": "the key of what a paper of any kind is issued of",
    "Match.group": "a token shared by what was matched together",
    "MergeChange.row_id": "the key of a row of any model that a merge changed",
    "Outbox.lease": "a token of the worker that took it",
    "Reconciliation.invoice_cursor": "how far a run through all keys has come",
}

# Parts of a page that another menu entry shows, and a page that is shown before anybody is signed in.
SHOWN_ELSEWHERE = {
    ("claims", "money/bank/_claim.html"),
    ("claims", "money/shortfalls/_on_claim.html"),
    ("components", "sign_in/bare.html"),
    ("invoices", "money/remittances/_overpaid.html"),
    ("invoices", "money/shortfalls/_on_invoice.html"),
    ("today", "claims/_health.html"),
}

# Calls whose text arguments are names of relations.
LOOKUPS = frozenset(
    [
        "filter",
        "exclude",
        "annotate",
        "aggregate",
        "values",
        "values_list",
        "order_by",
        "select_related",
        "prefetch_related",
        "only",
        "defer",
        "distinct",
        "F",
        "Q",
        "Prefetch",
        "FilteredRelation",
        "OuterRef",
        "Count",
        "Sum",
        "Min",
        "Max",
        "Avg",
        "get_field",
        "getattr",
        "attrgetter",
        "latest",
        "earliest",
        "dates",
        "prefetch_related_objects",
    ]
)


def package_of(module: str) -> str:
    """Return the package of the contract to which a module belongs."""
    return next(name for name in sorted(HEIGHT, key=len, reverse=True) if f"{module}.".startswith(f"{name}."))


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("clearbill.")]


def _height(model: type[models.Model]) -> int:
    return HEIGHT[package_of(model.__module__)]


@cache
def names_from_above() -> dict[int, set[str]]:
    """Return for each height the names by which models there, or lower, reach models that are higher than it."""
    found: dict[int, set[str]] = defaultdict(set)
    for model in _models():
        for relation in model._meta.related_objects:
            higher: Any = relation.related_model
            if relation.hidden or not higher.__module__.startswith("clearbill."):
                continue
            for height in range(_height(model), _height(higher)):
                found[height] |= {relation.get_accessor_name() or "", relation.name}
    return found


@cache
def tables_from_above() -> dict[int, set[str]]:
    """Return for each height the tables of the models that are higher than it."""
    return {
        height: {model._meta.db_table for model in _models() if _height(model) > height} for height in HEIGHT.values()
    }


def looks(code: str, names: set[str], tables: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    """Return which of these names the code uses as an attribute or in a lookup, and which tables it names."""
    return {found for found in _words(ast.parse(code)) if found in names} | {
        table for table in tables if re.search(rf"\b{table}\b", code)
    }


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call):
            yield from _asked_for(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "__" in node.value:
            yield from node.value.lstrip("-").split("__")


def _asked_for(call: ast.Call) -> Iterator[str]:
    """Yield the names that a call may look up: keywords with two underscores, and all that is given to a query."""
    name = ast.unparse(call.func).rpartition(".")[2]
    for keyword in call.keywords:
        if keyword.arg and ("__" in keyword.arg or name in {"filter", "exclude", "get", "Q"}):
            yield from keyword.arg.split("__")
    if name in LOOKUPS:
        for given in call.args:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield from given.value.lstrip("-").split("__")


def _sources() -> Iterator[tuple[Path, int]]:
    for path in sorted((SRC / "clearbill").rglob("*.py")):
        if "migrations" in path.parts or path.stem == "__main__" or not path.read_text().strip():
            continue
        module = ".".join(path.relative_to(SRC).with_suffix("").parts)
        if any(f"{module}.".startswith(f"{package}.") for package in HEIGHT):
            yield path, HEIGHT[package_of(module)]


def test_the_names_are_known() -> None:
    assert "claims" in names_from_above()[HEIGHT["clearbill.invoicing"]]
    assert "claims" not in names_from_above()[HEIGHT["clearbill.claims"]]
    assert "invoice_lines" in names_from_above()[HEIGHT["clearbill.appointments"]]
    assert "claims_claim" in tables_from_above()[HEIGHT["clearbill.invoicing"]]


@pytest.mark.parametrize(
    "code",
    [
        "invoice.claims.filter(is_current=True)",
        "rows.filter(claims__is_current=True)",
        "rows.filter(claims=claim)",
        "fields = ('number', 'claims__status')",
        "rows.annotate(FilteredRelation('claims'))",
        "rows.prefetch_related('lines__invoice__claims')",
        "rows.order_by('-claims__status')",
        "getattr(invoice, 'claims')",
        "sql = 'SELECT id FROM claims_claim'",
    ],
)
def test_an_upward_look_is_seen(code: str) -> None:
    assert looks(code, {"claims"}, {"claims_claim"})


def test_what_only_reads_alike_is_no_look() -> None:
    assert not looks(
        "claims = 3; told = 'No claims wait.'; claims(claims=1); told['claims']; form.get('claims')",
        {"claims"},
        {"claims_claim"},
    )


def test_no_package_looks_up_through_a_relation_or_a_table() -> None:
    found: dict[str, set[str]] = {}
    for path, height in _sources():
        name = str(path.relative_to(SRC / "clearbill"))
        if seen := looks(path.read_text(), names_from_above()[height], tables_from_above()[height]):
            found[name] = seen
    assert found == ALLOWED_LOOKS


def test_no_model_points_up() -> None:
    found = {}
    for model in _models():
        for field in model._meta.get_fields():
            target: Any = field.related_model if isinstance(field, models.ForeignKey) else None
            if target and target.__module__.startswith("clearbill.") and _height(target) > _height(model):
                found[f"{model.__name__}.{field.name}"] = target.__name__
    assert found == ALLOWED_RELATIONS


def test_no_column_holds_a_key_without_being_a_relation() -> None:
    numbers = (models.UUIDField, models.BigIntegerField)
    found = {
        f"{model.__name__}.{field.name}"
        for model in _models()
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not field.is_relation
        and (isinstance(field, numbers) or field.name.endswith("_id"))
    }
    assert found == set(NO_KEYS)


def test_no_template_of_a_menu_entry_shows_one_of_another() -> None:
    """The contract holds the modules of the entries apart; a template is found by its name alone."""
    web = SRC / "clearbill" / "web"
    homes = {
        str(path.relative_to(web)).partition("/templates/")[2]: path.relative_to(web).parts[0]
        for path in web.glob("*/templates/**/*.html")
    }
    naming = re.compile(r"{%\s*(?:extends|include)\s+[\"']([^\"']+)|[\"']([a-z_/]+\.html)[\"']")
    found = {
        (path.relative_to(web).parts[0], one or other)
        for path in (*web.glob("*/templates/**/*.html"), *web.rglob("*.py"))
        for one, other in naming.findall(path.read_text())
    }
    assert ("claims", "claims/claim/claim.html") in found
    assert {(entry, name) for entry, name in found if homes.get(name) not in {entry, "components"}} == SHOWN_ELSEWHERE
