"""The values that a document is made of: pounds as Decimal, days as date, text as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clearbill.bill.money import ZERO

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose paper it is. The account is where money is paid to; `footer` stands at the foot of each page."""

    name: str
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    vat_number: str = ""
    account_name: str = ""
    sort_code: str = ""
    account_number: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One service. `amount` is before VAT and after the discount; a `vat_rate` of nothing is exempt."""

    on: date
    description: str
    code: str = ""
    units: int = 1
    price: Decimal
    discount: Decimal = ZERO
    vat_rate: Decimal = ZERO
    vat: Decimal = ZERO
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice as it is issued. `total` holds the VAT, less what was paid before it.

    `client` is said beside `to` where somebody else is billed. What happens to it later is a `Standing`.
    """

    number: str
    issued_on: date
    to: tuple[str, ...]
    client: tuple[str, ...] = ()
    facts: Pairs = ()
    lines: tuple[Line, ...]
    paid_before: Decimal = ZERO
    paid_before_by: str = ""
    total: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an invoice stands on a day, for a copy of it.

    `since` is what happened since it was issued, as words and pounds to be taken off; `open` is what is left to pay,
    negative where too much was paid.
    """

    as_of: date
    since: tuple[tuple[str, Decimal], ...] = ()
    open: Decimal
    is_void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedLine:
    """A part of one line that is credited. `amount` is before VAT."""

    description: str
    vat_rate: Decimal = ZERO
    vat: Decimal = ZERO
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """What is taken off an invoice, and why."""

    number: str
    issued_on: date
    invoice_number: str
    invoiced_on: date
    to: tuple[str, ...]
    client: tuple[str, ...] = ()
    lines: tuple[CreditedLine, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that came from the client, or went back where `amount` is negative; how the invoice stood on that day."""

    invoice_number: str
    invoiced_on: date
    received_on: date
    amount: Decimal
    reference: str = ""
    method: str = ""
    to: tuple[str, ...]
    facts: Pairs = ()
    total: Decimal
    open: Decimal
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of an account: what was asked (`charge`) or taken off (`credit`), and what was open after it."""

    on: date
    words: str
    charge: Decimal = ZERO
    credit: Decimal = ZERO
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WithInsurer:
    """An invoice to the client’s insurer, told for the client’s information."""

    on: date
    number: str
    insurer: str
    total: Decimal
    received: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A client’s account over some days. `aged` splits what is open at the end by age: words and pounds."""

    client_number: str
    to: tuple[str, ...]
    first_on: date
    last_on: date
    before: Decimal
    movements: tuple[Movement, ...]
    after: Decimal
    aged: tuple[tuple[str, Decimal], ...]
    with_insurers: tuple[WithInsurer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of ready words. Columns named in `figures`, but for the first, are set to the right.

    The last row is a sum if `has_sum`.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[str] = frozenset()
    has_sum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter: facts and tables first, then what is said, in paragraphs."""

    to: tuple[str, ...]
    dated_on: date
    subject: str
    facts: Pairs = ()
    tables: tuple[Table, ...] = ()
    paragraphs: tuple[str, ...]
    greeting: str = "Dear Sir or Madam,"
    closing: str = "Yours faithfully,"
    signed_by: tuple[str, ...] = ()
