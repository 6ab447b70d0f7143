"""The records: an insurer, the numbers it gives out, and a fact with its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Generic, Literal, TypeVar
from unicodedata import normalize

Confidence = Literal["H", "M", "L"]

"""H: published and certain. M: published once or old. L: seen or assumed."""

T = TypeVar("T")

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./\\_-]*")

_PASTED = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys(_INVISIBLE)})


def bare(number: str) -> str:
    """Return a pasted number as formats expect it: upper case, plain letters and digits (wide ones are made so),
    without blanks or invisible signs, every kind of hyphen as "-".
    """
    joined = "".join(number.split()).upper()
    return joined if joined.isascii() else normalize("NFKC", joined.translate(_PASTED))


class NotANumber(ValueError):
    """The text is no number of a member or an authorisation; the message is a sentence for who typed it."""


def checked_number(number: str) -> str:
    """Return a number as bills carry it: `bare` has made it so. Raises NotANumber for other signs than a number has."""
    if number and not _NUMBER.fullmatch(number):
        raise NotANumber(
            "A number of this kind has letters, digits, “-”, “/”, “\\”, “.” and “_” only, and begins with a letter or "
            "a digit."
        )
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Generic[T]):
    """One thing known of an insurer, with where it was read and when."""

    value: T
    confidence: Confidence
    source: str
    read_on: date

    @property
    def is_certain(self) -> bool:
        return self.confidence == "H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One accepted form of a number: `shape` says it in words that follow "needs", such as "8 digits"."""

    pattern: re.Pattern[str]
    shape: str
    confidence: Confidence
    source: str
    read_on: date

    def fits(self, number: str) -> bool:
        """Return whether `number`, already made bare, has this form."""
        return self.pattern.fullmatch(number) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A form that is known to be a different number; `shape` says it in words, `reason` completes "this one …"."""

    pattern: re.Pattern[str]
    shape: str
    reason: str
    fix: str
    confidence: Confidence
    source: str
    read_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherInsurer:
    """Another insurer whose numbers are met on the bills of this one, which takes them (`is_taken`) or does not."""

    slug: str
    is_taken: bool
    confidence: Confidence
    source: str
    read_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnCode:
    """A service or procedure code that the insurer takes for no treatment from a day on."""

    code: str
    title: str
    from_day: date
    confidence: Confidence
    source: str
    read_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The membership or authorisation numbers of one insurer.

    `complete` says that no other forms exist, so that a number of another form certainly comes back. `usual` are the
    published forms, or all of them where none is published.
    """

    needed: bool = True
    complete: bool = False
    example: str = ""
    formats: tuple[Format, ...] = ()
    usual: tuple[Format, ...] = ()
    refused: tuple[Refusal, ...] = ()
    others: tuple[OtherInsurer, ...] = ()

    @property
    def shape(self) -> str:
        """All accepted forms in words: "8 digits; or P and 4 to 9 digits"."""
        return "; or ".join(form.shape for form in self.formats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """What is known of one insurer. A fact that is None is unknown.

    `listed` says that the insurer is among those known to take electronic bills. `superseded_by` is the slug of the
    entry that replaces this one; such an entry is not offered for new bills. `earliest_chase_days` are counted from
    the invoice date where `chase_from_invoice_date`, else from the sending. `says` is what no rule asks for, `notes`
    what is not known.
    """

    slug: str
    name: str
    also_called: tuple[str, ...] = ()
    listed: bool = False
    superseded_by: str = ""
    identifier: Fact[str] | None = None
    membership: Numbers = Numbers()
    authorisation: Numbers = Numbers(needed=False)
    bill_within_months: Fact[int]
    late_bills_are_refused: bool = False
    earliest_chase_days: Fact[int]
    chase_from_invoice_date: bool = False
    diagnosis: Fact[Literal["required", "not required"]] | None = None
    diagnosis_schemes: Fact[tuple[str, ...]] | None = None
    invoice_number_longest: Fact[int] | None = None
    invoice_number_without: Fact[str] | None = None
    line_text_with_code: Fact[bool] | None = None
    procedure_code: Fact[bool] | None = None
    withdrawn_codes: tuple[WithdrawnCode, ...] = ()
    one_session_a_day: Fact[str] | None = None
    member_enquiry: Fact[Literal["yes", "likely", "no"]] | None = None
    remittances: Fact[Literal["yes", "no"]] | None = None
    says: tuple[Fact[str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def healthcode_id(self) -> str:
        """The three letters of the clearing house, "" where they are not known."""
        return self.identifier.value if self.identifier else ""

    def bill_by(self, first_service_date: date) -> date:
        """Return the last day on which a bill is in time, counted in calendar months from the earliest service."""
        month = first_service_date.month - 1 + self.bill_within_months.value
        year, month = first_service_date.year + month // 12, month % 12 + 1
        for day in range(first_service_date.day, 27, -1):
            try:
                return date(year, month, day)
            except ValueError:
                continue
        return date(year, month, min(first_service_date.day, 28))
