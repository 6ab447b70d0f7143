"""The cells of a client, read as the page of a client reads what is typed. CellError says what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from clearbill.bill import dates, insurers, money
from clearbill.bill.address import countries, postcode
from clearbill.bill.bill import SEXES
from clearbill.bill.text import tidy
from clearbill.fileformats.cells import CellError, is_blank, plain, pounds
from clearbill.fileformats.practice_systems.client_row import ADDRESS_LINES, PHONE_COLUMNS
from clearbill.fileformats.rows import DateOrder

LONGEST_NAME, LONGEST_LINE, LONGEST_NOTES, LONGEST_PHONE, LONGEST_NUMBER = 50, 50, 4000, 40, 50

_PHONES = {"mobile": "Mobile", "phone": "Phone", "work_phone": "Phone at work"}

_SEX = {
    **{code.casefold(): code for code in SEXES},
    **{word.casefold(): code for code, word in SEXES.items()},
    **dict.fromkeys(("woman", "girl"), "F"),
    **dict.fromkeys(("man", "boy"), "M"),
    **dict.fromkeys(("unknown", "not stated", "not specified", "prefer not to say", "n"), "U"),
    **dict.fromkeys(("non-binary", "nonbinary", "x", "i", "intersex", "indeterminate"), "O"),
}

_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "sir", "dame", "lord", "lady", "master"]
)

_FIGURES = re.compile(r"(\d{1,2})[/.\- ]+(\d{1,2})[/.\- ]+(\d{4}|\d{2})", re.ASCII)

_MIDNIGHT = re.compile(r"[ T]+(?:0{1,2}:00(?::00(?:\.0+)?)?|12:00(?::00)? ?am)$", re.ASCII | re.IGNORECASE)

_FORMULA_GUARD = re.compile(r"'(?=[=+\-@])")


class ClientDays:
    """Reads the dates of birth and of policies, in the one order in which a file writes day and month."""

    def __init__(self, today: date, order: DateOrder | None = None) -> None:
        self._today, self._order = today, order

    def readings(self, text: str) -> dict[DateOrder, date]:
        """Return the days of the calendar that figures can mean, by order; {} for anything else."""
        found = _FIGURES.fullmatch(_without_time(text))
        if found is None:
            return {}
        one, other, year = found.groups()
        orders: dict[DateOrder, str] = {"dmy": f"{one}/{other}/{year}", "mdy": f"{other}/{one}/{year}"}
        days: dict[DateOrder, date] = {}
        for order, written in orders.items():
            try:
                days[order] = dates.parse(written, latest_year=self._today.year)
            except dates.NotADate:
                continue
        return days

    def birth_date(self, text: str) -> date | None:
        """Return a date of birth, None for an empty cell."""
        day = self._read(text, self._today.year)
        try:
            return None if day is None else dates.possible_birth_date(day, today=self._today)
        except dates.NotADate as why:
            raise CellError(str(why)) from None

    def policy_day(self, text: str) -> date | None:
        """Return a day of a policy, None for an empty cell."""
        day = self._read(text, self._today.year + 20)
        if day is not None and not dates.FIRST_BIRTH_YEAR <= day.year <= dates.LAST_DAY.year:
            raise CellError(f"The year {day.year} cannot be right.")
        return day

    def _read(self, text: str, latest_year: int) -> date | None:
        typed = _without_time(text)
        if is_blank(typed):
            return None
        found = _FIGURES.fullmatch(typed)
        if found and self._order == "mdy":
            typed = f"{found[2]}/{found[1]}/{found[3]}"
        try:
            return dates.parse(typed, latest_year=latest_year)
        except dates.NotADate as why:
            raise CellError(str(why)) from None


def words(text: str, longest: int) -> str:
    """Return a text in one line, without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return _FORMULA_GUARD.sub("", plain(text, longest), count=1)


def notes(text: str, added: Sequence[str] = ()) -> str:
    """Return a text with its lines, and what is added below it."""
    whole = "\n".join([part for part in (_FORMULA_GUARD.sub("", tidy(text), count=1), *added) if part])
    if len(whole) > LONGEST_NOTES:
        raise CellError(f"The notes have {len(whole):,} characters; {LONGEST_NOTES:,} at most can be kept.")
    return whole


def sex(text: str) -> tuple[str, str]:
    """Return the code of what is written, and a warning where it is not known."""
    bare = plain(text, LONGEST_NAME).casefold()
    if not bare or bare in _SEX:
        return _SEX.get(bare, ""), ""
    return "", "The sex is written in a way that is not known, and is left open."


def country(text: str) -> str:
    """Return the code of a country; the UK where none is named."""
    named = plain(text, LONGEST_LINE)
    if not named:
        return countries.UK
    if countries.is_known(named.upper()):
        return named.upper()
    if code := countries.named_by(named):
        return code
    raise CellError("This country is not known. Write its name or its code of two letters.")


def checked_postcode(text: str, where: str) -> str:
    """Return a postcode of the country in one spelling."""
    code = postcode.normalise(plain(text, LONGEST_LINE))
    if fault := postcode.fault_in(code, where):
        raise CellError(fault.replace(f"“{code}”", "This"))
    if len(code) > 10:
        raise CellError("A postcode has at most 10 characters.")
    return code


def number(text: str) -> str:
    """Return the number of a member, a group or an authorisation as bills carry it."""
    try:
        return insurers.checked_number(insurers.bare(words(text, LONGEST_NUMBER)))
    except insurers.NotANumber as why:
        raise CellError(str(why)) from None


def excess(text: str) -> Decimal | None:
    """Return the excess of a policy year, None for an empty cell."""
    if is_blank(text):
        return None
    amount = pounds(text)
    if amount < 0:
        raise CellError("The amount cannot be negative.")
    if amount > money.LARGEST_EXCESS:
        raise CellError(money.EXCESS_TOO_LARGE)
    return amount


def phones(texts: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the telephone to call first, mobiles before others, and a line for each further one."""
    found = {column: words(texts.get(column, ""), LONGEST_PHONE) for column in PHONE_COLUMNS}
    given = [(column, dialled) for column, dialled in found.items() if dialled]
    if not given:
        return "", []
    first = given[0][1]
    return first, [f"{_PHONES[column]}: {dialled}" for column, dialled in given[1:] if dialled != first]


def address(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the lines of the address; where there are more than fit, the last ones are written into one."""
    whole = [part for line in texts.get("address", "").splitlines() for part in line.split(",")]
    columns = [texts.get(column, "") for column in ("address_1", "address_2", "address_3", "town", "county")]
    lines = [line for part in (*whole, *columns) for line in part.splitlines() if line.strip()]
    tidied = list(dict.fromkeys(words(line, 4 * LONGEST_LINE) for line in lines))
    while len(tidied) > len(ADDRESS_LINES):
        tidied[-2:] = [f"{tidied[-2]}, {tidied[-1]}"]
    if any(len(line) > LONGEST_LINE for line in tidied):
        raise CellError(f"The address does not fit into four lines of {LONGEST_LINE} characters.")
    return dict(zip(ADDRESS_LINES, [*tidied, "", "", "", ""], strict=False))


def split_name(text: str) -> tuple[str, str, str, str]:
    """Return title, first and last name of a whole name, and a warning where it could be split in several ways.

    “Sample, Testa” says which is which. Otherwise the last word is taken for the last name.
    """
    whole = plain(text, 3 * LONGEST_NAME)
    last, comma, rest = whole.partition(",")
    parts = (rest if comma else whole).split()
    title = parts.pop(0) if parts and parts[0].rstrip(".").casefold() in _TITLES else ""
    if comma:
        return title, " ".join(parts), last.strip(), ""
    if len(parts) > 2:
        return title, " ".join(parts[:-1]), parts[-1], "The last word of the name is taken for the last name."
    return title, " ".join(parts[:-1]), parts[-1] if parts else "", ""


def _without_time(text: str) -> str:
    return _MIDNIGHT.sub("", " ".join(text.split()))[:40]
