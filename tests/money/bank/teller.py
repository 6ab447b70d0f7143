"""Statements and insurers' payments, made for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from clearbill.imports.bank_statements import services
from clearbill.money.bank.models import Account, BankLine, StatementFile
from clearbill.money.remittances import store
from clearbill.money.remittances.models import Document, Remittance
from tests.claims.desk import Desk

TODAY = date(2026, 11, 24)
HEADER = "Date,Description,Amount"


def pounds(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def csv(*rows: str, header: str = HEADER) -> bytes:
    """Rows as “20/11/2026,BUPA PAY900001,70.00”. The last row proves the signs and the order of dates."""
    return "\r\n".join([header, *rows, "31/10/2026,Rent,-1.00"]).encode()


def paid(
    desk: Desk,
    amount: str | int = 70,
    *,
    reference: str = "PAY900001",
    on: date | None = date(2026, 11, 18),
    insurer: str = "bupa",
) -> Remittance:
    """A payment that an insurer announced."""
    document = store.store_document(desk.actor(), way=Document.TYPED, content=reference.encode())
    return Remittance.objects.create(
        practice=desk.practice,
        document=document,
        insurer_slug=insurer,
        payment_reference=reference,
        paid_on=on,
        amount=pounds(amount),
    )


def brought(
    desk: Desk, content: bytes, *, account: str = "Current account", name: str = "nov.csv", today: date = TODAY
) -> StatementFile:
    of = Account.objects.filter(practice=desk.practice, name=account).first() or account
    return services.store_statement(desk.actor(), name=name, content=content, account=of, today=today)


def taken(desk: Desk, content: bytes, *, account: str = "Current account") -> StatementFile:
    """A statement, brought and taken in."""
    return services.commit(desk.actor(), file=brought(desk, content, account=account), today=TODAY)


def line(text: str) -> BankLine:
    """The line with this text."""
    return BankLine.objects.get(description__contains=text)


def states(lines: Iterable[BankLine] | None = None) -> dict[str, tuple[str, Decimal]]:
    """What each line is matched for, by its text; without the line that proves the signs."""
    rows = BankLine.objects.exclude(description="Rent") if lines is None else lines
    return {row.description: (row.state, row.matched) for row in rows}
