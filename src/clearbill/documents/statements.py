"""A client’s statement of account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clearbill.bill import dates, money
from clearbill.documents.page import Page, Party, how_to_pay, sums, table, words
from clearbill.documents.values import Sender, Statement, Table

_FIGURES = frozenset({"Charged", "Taken off", "Balance", "Total", "Received", "Open", "Amount"})


def statement_page(sender: Sender, of: Statement) -> Page:
    """Return the statement as a page: movements, what is open by age, and what the insurer is asked for."""
    return Page(
        title=f"Statement of account, {dates.show(of.last_on)}",
        heading="Statement of account",
        sender=sender,
        parties=(Party(lines=of.to),),
        facts=(
            ("Client number", of.client_number),
            ("From", dates.show(of.first_on)),
            ("To", dates.show(of.last_on)),
        ),
        blocks=(
            _movements(of),
            sums(("In your favour" if of.after < 0 else "To pay", money.show(abs(of.after)), "grand")),
            *(_aged(of) if any(amount for _, amount in of.aged) else ()),
            *(_with_insurers(of) if of.with_insurers else ()),
            *(how_to_pay(sender, of.client_number) if of.after > 0 else ()),
        ),
    )


def _movements(of: Statement) -> dict[str, Any]:
    rows = [(dates.show(of.first_on), "Open before", "", "", money.show(of.before))] if of.before else []
    rows += [
        (dates.show(one.on), one.words, _amount(one.charge), _amount(one.credit), money.show(one.balance))
        for one in of.movements
    ]
    if not rows:
        return words("Nothing was asked for and nothing was paid in these days.")
    columns = ("Date", "What", "Charged", "Taken off", "Balance")
    return table(Table(caption="", columns=columns, rows=tuple(rows), figures=_FIGURES), wide="What")


def _amount(amount: Decimal) -> str:
    return money.show(amount) if amount else ""


def _aged(of: Statement) -> tuple[dict[str, Any], ...]:
    rows = tuple((name, money.show(amount)) for name, amount in of.aged if amount)
    columns = ("Days since the invoice", "Amount")
    of_ages = Table(caption="What is open, by age", columns=columns, rows=rows, figures=_FIGURES)
    return (table(of_ages, wide="Days since the invoice"),)


def _with_insurers(of: Statement) -> tuple[dict[str, Any], ...]:
    rows = tuple(
        (
            dates.show(one.on),
            one.number,
            one.insurer,
            money.show(one.total),
            money.show(one.received),
            money.show(one.open),
        )
        for one in of.with_insurers
    )
    columns = ("Date", "Invoice", "Insurer", "Total", "Received", "Open")
    told = Table(caption="Billed to your insurer", columns=columns, rows=rows, figures=_FIGURES)
    return (table(told, wide="Insurer"), words("These are for your information; they are not part of what you owe."))
