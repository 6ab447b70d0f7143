"""Single cells: pounds, days and texts as people and programs write them. What can be read in two ways is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, get_args

from clearbill.bill import dates
from clearbill.bill.money import LARGEST, PENNY
from clearbill.fileformats.rows import DateOrder, RowFault

ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)

EARLIEST = date(2000, 1, 1)

LONGEST_TEXT = 1000

LONGEST_DAY = 60

NOT_IN_POUNDS = "The amount is not in pounds."

_PLAIN_AMOUNT = re.compile(r"-?\d{1,8}\.\d\d", re.ASCII)

_AMOUNT = re.compile(
    r"(?P<before>[-+])? ?(?:£|gbp)? ?(?P<open>\()? ?(?P<sign>[-+])? ?(?:£|gbp)? ?(?P<inner>[-+])?"
    r"(?P<figures>(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d*)?|\.\d+)"
    r" ?(?:£|gbp)?(?P<after>[-+])? ?(?P<close>\))? ?(?:£|gbp)? ?(?P<word>dr|cr|od)?",
    re.ASCII | re.IGNORECASE,
)

_COMMA_AMOUNT = re.compile(
    r"(?P<before>[^\d,.]{0,5})(?P<figures>\d{1,3}(?:\.\d{3})+|\d+)(?:,(?P<pence>\d\d?))?(?P<after>[^\d,.]{0,5})",
    re.ASCII,
)

_POUNDS = re.compile(r"£|(?:GBP|pounds?|sterling)\b", re.IGNORECASE)

_FOREIGN_MONEY = re.compile(r"[$€¥]|\b(?:usd|eur|chf|jpy|aud|cad)\b", re.IGNORECASE)

_SIGNS = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})

_NOTHING = {"", "-", "—", "£-", "£ -"}

_FIGURES = re.compile(r"(\d{1,2})[/.\- ]+(\d{1,2})([/.\- ]+)(\d{4}|\d{2})", re.ASCII)

_TIME = re.compile(r"[ T,]+\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?[ap]m)?$", re.ASCII | re.IGNORECASE)

_UTC = re.compile(r" ?(?:UTC|GMT)$", re.ASCII)

_CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b\u2028\u2029\u2060\ufeff]+")

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’.-][^\W\d_]+)*(?!\w)")

_HARMLESS = set(
    [
        "dr",
        "cr",
        "od",
        "gbp",
        "eur",
        "usd",
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "am",
        "pm",
    ]
)

_BARE_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)


class CellError(ValueError):
    """The cell is not what its column says; the message is a sentence without the cell's content.

    `field` names the column at fault where it is another than the one being read.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def is_blank(text: str) -> bool:
    """Return whether the cell of an amount gives none: nothing in it, or a dash."""
    return text.strip() in _NOTHING or text.translate(_SIGNS).strip() in _NOTHING


def pounds(text: str) -> Decimal:
    """Return the pounds written, with two decimals: 1,200.50, £70, (12.50), 12.50-, 12.50 DR (less), 12.50 CR (more).

    Raises CellError: words, formulas, other money, two signs, parts of a penny, decimal commas, absurd sums.
    """
    if _PLAIN_AMOUNT.fullmatch(text):
        return Decimal(text) + 0
    found = _AMOUNT.fullmatch(text.translate(_SIGNS).strip(" ")) if len(text) <= 40 else None
    if found is None:
        raise CellError(_why_no_amount(text))
    if _BARE_DAY.fullmatch(found["figures"]):
        raise CellError("This looks like a date, not an amount. If it is an amount, write it with its pence.")
    if (found["open"] is None) != (found["close"] is None):
        raise CellError("The amount has one bracket without the other.")
    marks = [mark for name in ("before", "open", "sign", "inner", "after", "word") if (mark := found[name])]
    if len(marks) > 1:
        raise CellError("The amount carries two signs, so that it is not clear whether it is more or less.")
    amount = exact(Decimal(found["figures"].replace(",", "").replace(" ", "")))
    less = bool(marks) and marks[0].lower() in ("-", "(", "dr", "od")
    return (-amount if less else amount) + 0


def with_decimal_point(text: str) -> str:
    """Return an amount that is written with a decimal comma (1.200,50) as it is written with a point.

    Whole thousands lose their points. A comma before three figures makes no sense then: it becomes a point, so that the
    amount is refused for its parts of a penny.
    """
    found = _COMMA_AMOUNT.fullmatch(text.strip())
    if found is None:
        return re.sub(r",(?=\d{3}\b)", ".", text)
    figures = found["figures"].replace(".", "")
    return f"{found['before']}{figures}.{found['pence'] or '00'}{found['after']}"


def exact(amount: Decimal) -> Decimal:
    """Return the amount with two decimals. Raises CellError for parts of a penny and for more than can be taken."""
    if abs(amount) > LARGEST:
        raise CellError("The amount is too large. The most that can be taken is £99,999,999.99.")
    if amount != amount.quantize(PENNY):
        raise CellError("The amount has parts of a penny.")
    return amount.quantize(PENNY) + 0  # Adding 0 turns −0.00 into 0.00.


def _why_no_amount(text: str) -> str:
    start = text[:1]
    if start in ("=", "@", "\t"):
        return "This is a formula or a text, not an amount. Write the amount itself."
    if looks_like_a_day(text):
        return "This is a date, not an amount. Perhaps two columns are swapped."
    if _FOREIGN_MONEY.search(text):
        return NOT_IN_POUNDS
    return "This is not an amount. Write pounds and pence like 1,200.50."


def looks_like_an_amount(text: str) -> bool:
    """Return whether the cell can be read as an amount."""
    try:
        pounds(text)
    except CellError:
        return False
    return True


def looks_like_a_day(text: str) -> bool:
    """Return whether the cell is written like a date, whatever its order."""
    typed = _typed(text)
    if _FIGURES.fullmatch(typed):
        return True
    try:
        dates.parse(typed, latest_year=2099)
    except dates.NotADate:
        return False
    return not typed.isdigit()


def may_be_a_day(text: str) -> bool:
    """Return whether the cell is written like a date, or is one in eight figures: 20261123."""
    return bool(_BARE_DAY.fullmatch(text.strip())) or looks_like_a_day(text)


def _typed(text: str) -> str:
    typed = " ".join(text.translate(_SIGNS).split())[:40]
    if re.match(r"\d{4}-", typed, re.ASCII):
        return _UTC.sub("Z", typed)
    return _TIME.sub("", _UTC.sub("", typed))


class DayReader:
    """Read days in one order; without an order only what has a single reading.

    `today` and `days_ahead` bound what is believed.
    """

    def __init__(self, today: date, order: DateOrder | None = None, *, days_ahead: int = 366) -> None:
        self._order = order
        self._latest = today + timedelta(days=days_ahead)
        self._ten_years_ago = today - timedelta(days=3653)
        # The same days come again and again in one file; only short texts are kept.
        self._known_days = lru_cache(maxsize=4096)(self._read)
        self._known_readings = lru_cache(maxsize=4096)(self._readings)

    def read(self, text: str) -> date:
        """Return the day written. Raises CellError, also for a day before 2000 or more than a year ahead."""
        if len(text) > LONGEST_DAY:
            raise CellError("This is not a date.")
        return self._known_days(text)

    def readings(self, text: str) -> dict[DateOrder, date]:
        """Return the believable days that figures such as 05/11/2026 can mean, by order; {} for anything else."""
        return {} if len(text) > LONGEST_DAY else self._known_readings(text)

    def _read(self, text: str) -> date:
        if _FIGURES.fullmatch(_typed(text)):
            return self._in_order(text)
        try:
            return self.believed(dates.parse(_typed(text), latest_year=self._latest.year))
        except dates.NotADate:
            if looks_like_an_amount(text):
                raise CellError("This is an amount or a number, not a date. Perhaps two columns are swapped.") from None
            raise CellError("This is not a date of the calendar. Write it like 23/11/2026 or 23 Nov 2026.") from None

    def _in_order(self, text: str) -> date:
        if self._order:
            day = _figures(text).get(self._order)
            if day is None:
                raise CellError("There is no such day in the calendar. Look at the order of day and month.")
            return self.believed(day)
        found = set(self.readings(text).values())
        if len(found) > 1:
            raise CellError("This date can be read in two ways. Write it like 23 Nov 2026.")
        if not found:
            self.believed(next(iter(_figures(text).values()), self._latest))
            raise CellError("There is no such day in the calendar.")
        return found.pop()

    def _readings(self, text: str) -> dict[DateOrder, date]:
        return {
            order: day
            for order, day in _figures(text).items()
            if (self._ten_years_ago if order == "ymd" else EARLIEST) <= day <= self._latest
        }

    def believed(self, day: date) -> date:
        """Return the day. Raises CellError for one before 2000 or more than a year ahead."""
        if day < EARLIEST:
            raise CellError("The date lies before the year 2000, which cannot be right.")
        if day > self._latest:
            raise CellError("The date lies more than a year ahead, which cannot be right.")
        return day


def _figures(text: str) -> dict[DateOrder, date]:
    """Return the days of the calendar that the figures can mean. Years of two figures are those from 2000 on.

    A year of two figures may stand first only between hyphens (26-11-23), as ISO once allowed.
    """
    found = _FIGURES.fullmatch(_typed(text))
    if found is None:
        return {}
    first, second, last = int(found[1]), int(found[2]), int(found[4])
    year = last if len(found[4]) == 4 else 2000 + last
    parts: dict[DateOrder, tuple[int, int, int]] = {"dmy": (year, second, first), "mdy": (year, first, second)}
    if len(found[4]) == 2 and "-" in found[3]:
        parts["ymd"] = (2000 + first, second, last)
    days: dict[DateOrder, date] = {}
    for order, (of_year, month, day) in parts.items():
        try:
            days[order] = date(of_year, month, day)
        except ValueError:
            continue
    return days


def plain(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text in composed form without control characters, blanks collapsed. Raises CellError where too long."""
    if text.isascii() and text.isprintable():
        tidy = " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    else:
        tidy = " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())
    if len(tidy) > longest:
        raise CellError(f"This cell has {len(tidy):,} characters; {longest:,} at most can be kept.")
    return tidy


def shown(text: str) -> str:
    """Return a cell for a fault: 40 characters at most, words masked, so that no name is ever quoted."""
    short = " ".join(_CONTROL.sub(" ", text[:400]).split())
    # “May” is a month beside figures, and a name without them.
    kept = _HARMLESS if any(sign.isdigit() for sign in short) else set()
    masked = _WORD.sub(lambda word: word[0] if word[0].lower() in kept else "…", short)
    return masked if len(masked) <= 40 else f"{masked[:39]}…"


LONGEST_NUMBER = 60


class Cells:
    """The values read from one row so far, and the faults."""

    def __init__(self, row_no: int, texts: Mapping[str, str]) -> None:
        self._row_no = row_no
        self._texts = texts
        self.values: dict[str, Any] = {}
        self.faults: list[RowFault] = []

    def take(self, field: str, read: Callable[[str], Any]) -> None:
        """Read one field, with its fault where it cannot be read."""
        try:
            self.values[field] = read(self._texts.get(field, ""))
        except CellError as exc:
            self.fault(exc.field or field, str(exc))

    def fault(self, field: str, sentence: str) -> None:
        """Note what is wrong at a field. What stands in the patient's field is never shown, a currency as it stands."""
        text = self._texts.get(field, "")
        cell = "" if field == "patient_name" else text.strip()[:3] if field == "currency" else shown(text)
        self.faults.append(RowFault(self._row_no, field, sentence, cell))


def identifier(text: str, longest: int = LONGEST_NUMBER) -> str:
    """Return a number by which something is found again. Raises CellError where it is damaged or absurdly long."""
    tidy = plain(text, longest)
    if "\ufffd" in tidy:
        raise CellError("This cell holds a character that could not be read. Save the file again as CSV (UTF-8).")
    return tidy


def only_pounds(text: str) -> str:
    """Return the currency. Raises CellError for any but pounds; none given means pounds."""
    if text.strip() and not _POUNDS.match(text.strip()):
        raise CellError(NOT_IN_POUNDS)
    return text
