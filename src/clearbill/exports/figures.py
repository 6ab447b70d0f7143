"""What an export must agree with wherever it is: rows of each table, claims by status, and the books to the penny."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from clearbill.bill.money import PENNY
from clearbill.claims.models import Claim
from clearbill.exports.tables import exported_models, rows_of
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.bank.models import BankLine
from clearbill.money.remittances.models import ClaimPayment
from clearbill.people.models import Practice


def figures(practice: Practice) -> dict[str, Any]:
    """Return the figures of a practice as plain data: counts, and sums in pounds as text."""
    claims = Claim.objects.filter(practice=practice).order_by()
    entries = LedgerEntry.objects.filter(practice=practice).order_by()
    invoices = Invoice.objects.filter(practice=practice)
    return {
        "rows": {model._meta.label_lower: rows_of(model, practice).count() for model in exported_models()},
        "claims": _by(claims.values("status").annotate(n=Count("pk")).values_list("status", "n")),
        "ledger": _pounds(entries.values("kind").annotate(sum=Sum("amount")).values_list("kind", "sum")),
        "invoices": _sums(invoices, "net_total", "open_total"),
        "insurers’ payments": _sums(ClaimPayment.objects.filter(practice=practice), "paid"),
        "bank lines": _sums(BankLine.objects.filter(practice=practice), "amount"),
    }


def differences(said: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return in words where the figures of the file and of the database differ."""
    told = []
    for name in sorted({*said, *found}):
        one, other = said.get(name), found.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            told += [f"{name}, {words}" for words in differences(one, other)]
        elif one != other:
            told.append(f"{name}: {one} in the file, {other} here")
    return told


def _by(pairs: Any) -> dict[str, int]:
    return {str(name): count for name, count in sorted(pairs)}


def _pounds(pairs: Any) -> dict[str, str]:
    return {str(name): _show(amount) for name, amount in sorted(pairs)}


def _sums(rows: Any, *names: str) -> dict[str, str]:
    found = rows.aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return {name: _show(found[f"sum_{name}"]) for name in names}


def _show(amount: Decimal | None) -> str:
    return str((amount or Decimal(0)).quantize(PENNY))
