"""A calendar (iCal, RFC 5545) as a table: one record for each entry, read one by one in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from icalendar import Event

from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.table import Record, Table
from clearbill.fileformats.uploaded_file import Source

NAMES = (
    "UID",
    "Start",
    "End",
    "Duration",
    "All day",
    "Summary",
    "Description",
    "Location",
    "Organizer",
    "Attendee",
    "Categories",
    "Status",
    "Calendar",
)

MOST_ENTRIES = 20_000

TOO_MANY = "The calendar has more than 20,000 entries. Export fewer years at a time and bring them one after another."

REPEATS = "This entry repeats itself. Repeated entries are not read: book the visits here."

_NOT_READABLE = "This entry of the calendar cannot be read."

_CUT_SHORT = "The file ends within this entry: it is only a part of a calendar."

_MOST_LINES, _LONGEST_LINE = 2000, 65_536


def entries(source: Source, after_row: int = 0) -> Table:
    """Return the entries of a calendar as a table; those up to `after_row` come without their cells."""
    note = "It is a calendar (iCal): each entry is a row."
    return Table(partial(_records, source, after_row), 0, NAMES, source.encoding, note)


def _records(source: Source, after_row: int) -> Iterator[Record]:
    calendar = ""
    for row_no, (lines, calendar) in enumerate(_blocks(source), start=1):
        if row_no > MOST_ENTRIES:
            raise UnreadableFile(TOO_MANY)
        if row_no <= after_row:
            yield Record(row_no, [""] * len(NAMES))
        elif not lines[-1].upper().startswith("END:VEVENT"):
            yield Record(row_no, [], _CUT_SHORT)
        else:
            yield _record(row_no, "".join(lines), calendar)


def _blocks(source: Source) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each entry, and the name of its calendar as far as it is known by then."""
    lines: list[str] = []
    calendar = ""
    with source.text() as text:
        while line := text.readline(_LONGEST_LINE):
            mark = line.strip().upper()
            if mark == "BEGIN:VEVENT" and not lines:
                lines = [line]
            elif lines:
                if len(lines) < _MOST_LINES:
                    lines.append(line)
                if mark == "END:VEVENT":
                    lines[-1] = line
                    yield lines, calendar
                    lines = []
            elif mark.startswith("X-WR-CALNAME"):
                calendar = line.partition(":")[2].strip()
    if lines:
        yield lines, calendar


def _record(row_no: int, block: str, calendar: str) -> Record:
    try:
        event = Event.from_ical(block)
        if event.get("RRULE") or event.get("RDATE"):
            return Record(row_no, [], REPEATS)
        return Record(row_no, [*_cells(event), calendar])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        # What the library raises for an entry that is not as the standard has it.
        return Record(row_no, [], _NOT_READABLE)


def _cells(event: Any) -> Iterator[str]:
    start = event.decoded("DTSTART")
    is_whole_day = not isinstance(start, datetime)
    duration = event.decoded("DURATION", None)
    yield _text(event, "UID")
    yield _moment(start)
    yield _moment(event.decoded("DTEND")) if event.get("DTEND") else ""
    yield str(int(duration.total_seconds() // 60)) if duration is not None else ""
    yield "yes" if is_whole_day else ""
    for name in ("SUMMARY", "DESCRIPTION", "LOCATION"):
        yield _text(event, name)
    yield _person(event, "ORGANIZER")
    yield _person(event, "ATTENDEE")
    yield ", ".join(str(one) for one in event.categories)
    yield _text(event, "STATUS")


def _moment(value: date | datetime) -> str:
    """Return a day, or a moment with its time zone; one without is a time on UK clocks."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.replace(microsecond=0).isoformat(sep=" ", timespec="minutes")


def _text(event: Any, name: str) -> str:
    return str(event.get(name, ""))


def _person(event: Any, name: str) -> str:
    """Return the first person of this kind: the name, else the address."""
    found = event.get(name, "")
    first = found[0] if isinstance(found, list) else found
    named = getattr(first, "params", {}).get("CN", "")
    return str(named or first).removeprefix("mailto:").removeprefix("MAILTO:")
