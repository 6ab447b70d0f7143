"""Appointments from a table of any practice system or a calendar: which column is what, then row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from clearbill.bill import dates
from clearbill.fileformats.cells import Cells, identifier, plain
from clearbill.fileformats.columns import Assignment, assign, our_name
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.marks import begins_as_ical
from clearbill.fileformats.practice_systems import appointment_cells, client_cells
from clearbill.fileformats.practice_systems.appointment_cells import LONGEST, SHORTEST, WHOLE_DAY, Clock
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_COLUMNS
from clearbill.fileformats.practice_systems.appointment_row import BOOKED, COMPLETED, MISSED, STATUSES, AppointmentRow
from clearbill.fileformats.practice_systems.client_cells import LONGEST_NAME, ClientDays
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS
from clearbill.fileformats.practice_systems.ical_entries import entries
from clearbill.fileformats.practice_systems.other_tables import refuse_other, refuse_statement
from clearbill.fileformats.rows import STATUS, Answers, Choice, DateOrder, LeftOut, Question, Reading, RowFault
from clearbill.fileformats.table import ONLY_A_HEADER, Table, find_table
from clearbill.fileformats.uploaded_file import Source

MENTIONED = ("practitioner", "service", "site")
"""Columns whose every value stands for something of the practice."""

MOST_MENTIONED = 200

LEFT_OUT = "left_out"
"""The answer about a status whose rows do not come."""

NO_CLIENT = "private entries and blocked time: they name no client"

ALL_DAY = "entries for a whole day"

OF_A_STATUS = "rows of a status that is left out"

A_LIST_OF_CLIENTS = "This is a list of clients. Choose “Clients” for what is in the file, and bring it again."

_WHO = ("client_key", "full_name", "last_name", "email")

_MOST_STATUSES = 30

PAST = "past"
"""Among what a reading mentions: that some of the appointments are past."""

_WHAT_OF_THE_PAST = "Of visits that are past the file says nothing, or that they are booked. What became of them?"


def read_appointments(source: Source, today: date, answers: Answers, *, after_row: int = 0) -> Reading[AppointmentRow]:
    """Return the reading of appointments, in a table or a calendar, of its rows after one. Raises UnreadableFile."""
    table = _table(source, answers, after_row)
    if "starts" not in answers.columns:
        _refuse_other(table.names)
    columns = assign(table.names, APPOINTMENT_COLUMNS, answers.columns, table.sample())
    _settle(columns)
    questions, order = list(table.questions or columns.questions), answers.order
    seen = _Seen(columns, Clock(today), today, _statuses(answers))
    if not questions and not answers.is_settled:
        seen.look_through(table)
        order = order or seen.orders.proved
        if order is None and (asked := seen.orders.question()):
            questions.append(asked)
        questions += seen.questions()
    rows = AppointmentRows(today, order, _statuses(answers))
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=tuple(questions),
        notes=tuple(filter(None, [table.note, *_notes(columns)])),
        _rows=_rows(table, columns, rows, after_row),
        kind="appointments",
        order=order,
        mentioned=seen.told(),
    )


class AppointmentRows:
    """Makes appointments of the cells of rows."""

    def __init__(self, today: date, order: DateOrder | None, statuses: Mapping[str, str]) -> None:
        self._clock, self._births = Clock(today, order), ClientDays(today, order)
        self._today, self._statuses = today, statuses

    def row(self, row_no: int, texts: Mapping[str, str]) -> AppointmentRow | LeftOut | list[RowFault]:
        """Return the appointment, why there is none, or what is wrong with the row."""
        if not _names_a_client(texts):
            return LeftOut(row_no, NO_CLIENT)
        cells = Cells(row_no, texts)
        cells.take("starts", lambda text: self._clock.starts(text, texts.get("start_time", "")))
        starts_at = cells.values.get("starts")
        if not cells.faults and (starts_at is None or appointment_cells.is_yes(texts.get("all_day", ""))):
            return LeftOut(row_no, ALL_DAY)
        ends_at = self._ends(cells, texts, starts_at) if starts_at else None
        if starts_at and ends_at and ends_at - starts_at >= WHOLE_DAY and dates.show_time(starts_at) == "00:00":
            return LeftOut(row_no, ALL_DAY)
        _refuse_length(cells, starts_at, ends_at)
        status = self._status(cells, texts, starts_at)
        if status == LEFT_OUT:
            return LeftOut(row_no, OF_A_STATUS)
        self._details(cells)
        if cells.faults or starts_at is None:
            return cells.faults
        twice = (appointment_cells.TWICE,) if _comes_twice(texts, starts_at) else ()
        del cells.values["starts"]
        return AppointmentRow(
            row_no=row_no, starts_at=starts_at, ends_at=ends_at, status=status, warnings=twice, **cells.values
        )

    def _ends(self, cells: Cells, texts: Mapping[str, str], starts_at: datetime) -> datetime | None:
        if texts.get("ends", "").strip():
            cells.take("ends", lambda text: self._clock.ends(text, starts_at))
            end: datetime | None = cells.values.pop("ends", None)
            return end
        cells.take("minutes", appointment_cells.length)
        lasts: timedelta | None = cells.values.pop("minutes", None)
        return starts_at + lasts if lasts is not None else None

    def _status(self, cells: Cells, texts: Mapping[str, str], starts_at: datetime | None) -> str:
        is_past = starts_at is not None and dates.uk_day(starts_at) < self._today
        status = appointment_cells.status_of(texts, self._statuses)
        if status in ("", BOOKED):
            status = self._statuses.get("", BOOKED) if is_past else BOOKED
        if status == COMPLETED and starts_at is not None and dates.uk_day(starts_at) > self._today:
            cells.fault("status", "It says that the client was treated, and the day is still to come.")
        return status

    def _details(self, cells: Cells) -> None:
        cells.take("source_key", identifier)
        person(cells, self._births)
        for name in MENTIONED:
            cells.take(name, _name)
        cells.take("invoice_number", identifier)
        cells.take("note", lambda text: client_cells.words(text, 500))


def person(cells: Cells, births: ClientDays) -> None:
    """Read who a row is about."""
    cells.take("client_key", identifier)
    cells.take("full_name", client_cells.split_name)
    _, first, last, _ = cells.values.pop("full_name", ("", "", "", ""))
    for name, split in (("first_name", first), ("last_name", last)):
        cells.take(name, lambda text: client_cells.words(text, 2 * LONGEST_NAME))
        cells.values[name] = cells.values.get(name) or split
    cells.take("birth_date", births.birth_date)
    cells.take("email", lambda text: plain(text, 254).lower())
    cells.take("phone", lambda text: client_cells.words(text, 40))


def _table(source: Source, answers: Answers, after_row: int) -> Table:
    if begins_as_ical(source.opening):
        return entries(source, after_row)
    return find_table(source, lambda name: our_name(name, APPOINTMENT_COLUMNS), answers.sheet)


def _refuse_other(names: Sequence[str]) -> None:
    """Raise UnreadableFile for a bank statement, and for a list of clients: one without a day or time."""
    refuse_statement(names, APPOINTMENT_COLUMNS)
    if not any(our_name(name, APPOINTMENT_COLUMNS) in ("starts", "start_time", "ends") for name in names):
        refuse_other(names, APPOINTMENT_COLUMNS, CLIENT_COLUMNS, A_LIST_OF_CLIENTS)


def _settle(columns: Assignment) -> None:
    """Ask for what must be there: a day, and something that tells who the client is."""
    places = columns.places
    if "starts" not in places and "start_time" in places:
        places["starts"] = places.pop("start_time")
    columns.ask_for_missing("starts")
    if not any(column in places for column in _WHO):
        columns.ask_for_missing("full_name")


def _names_a_client(texts: Mapping[str, str]) -> bool:
    return any(texts.get(column, "").strip() for column in _WHO)


def _name(text: str) -> str:
    return plain(text, 200)


def _refuse_length(cells: Cells, starts_at: datetime | None, ends_at: datetime | None) -> None:
    if starts_at is None or ends_at is None:
        return
    if ends_at <= starts_at:
        cells.fault("ends", "It ends before it begins.")
    elif not SHORTEST <= ends_at - starts_at <= LONGEST:
        cells.fault("ends", "An appointment lasts from 1 minute to 12 hours.")


def _comes_twice(texts: Mapping[str, str], starts_at: datetime) -> bool:
    return not appointment_cells.has_zone(texts.get("starts", "")) and appointment_cells.comes_twice(starts_at)


def _statuses(answers: Answers) -> dict[str, str]:
    """Return what was answered about words for what became of an appointment."""
    given = {name.removeprefix(STATUS): value for name, value in answers.meanings.items() if name.startswith(STATUS)}
    return {word: status for word, status in given.items() if status in STATUSES or status == LEFT_OUT}


class _Seen:
    """What a look at every row finds: the order of the dates, words that are not known, and what the rows mention."""

    def __init__(self, columns: Assignment, clock: Clock, today: date, statuses: Mapping[str, str]) -> None:
        self._columns, self._clock, self._today, self._statuses = columns, clock, today, statuses
        self.orders = DateOrderProof(clock)
        self._mentioned: dict[str, dict[str, None]] = {column: {} for column in MENTIONED}
        self._unknown: dict[str, None] = {}
        self._any_past = self._is_past_unclear = False

    def look_through(self, table: Table) -> None:
        """Look at every row that can be an appointment."""
        for record in table.rows():
            texts = {} if record.wrong else self._columns.texts(record.cells)
            if _names_a_client(texts):
                self._look_at(texts)

    def told(self) -> dict[str, tuple[str, ...]]:
        """Return what the rows mention, by column."""
        past = {PAST: ("",)} if self._any_past else {}
        return {column: tuple(names) for column, names in self._mentioned.items()} | past

    def questions(self) -> Iterator[Question]:
        """Yield what is left to ask about words for what became of the appointments."""
        for word in self._unknown:
            sentence = f"Their status is “{word}”. What does it mean?"
            yield Question(f"{STATUS}{word}", sentence, (*_CHOICES, Choice(LEFT_OUT, "Leave these rows out")))
        if self._is_past_unclear and "" not in self._statuses:
            yield Question(STATUS, _WHAT_OF_THE_PAST, _PAST_CHOICES)

    def _look_at(self, texts: Mapping[str, str]) -> None:
        starts = texts.get("starts", "")
        self.orders.look_at(starts)
        for column, names in self._mentioned.items():
            if len(names) <= MOST_MENTIONED:
                names.setdefault(" ".join(texts.get(column, "").split())[:200])
        self._any_past = self._any_past or self._clock.may_be_before(starts, self._today)
        status = appointment_cells.status_of(texts, self._statuses)
        word = " ".join(texts.get("status", "").split())[:60]
        if not status and word:
            if len(self._unknown) < _MOST_STATUSES:
                self._unknown.setdefault(word)
        elif status in ("", BOOKED) and not self._is_past_unclear:
            self._is_past_unclear = self._clock.may_be_before(starts, self._today)


_CHOICES = tuple(Choice(status, words) for status, words in STATUSES.items())

_PAST_CHOICES = (
    Choice(COMPLETED, "The clients were treated"),
    Choice(MISSED, "The clients did not attend"),
    Choice(BOOKED, "Leave them booked: it is noted here, visit by visit"),
)


def _notes(columns: Assignment) -> Iterator[str]:
    taken = {*columns.places.values(), *(place for places in columns.more.values() for place in places)}
    if others := [name for place, name in enumerate(columns.names) if place not in taken]:
        yield f"Not taken in: {', '.join(f'“{name}”' for name in others)}."


def _rows(
    table: Table, columns: Assignment, appointments: AppointmentRows, after_row: int
) -> Iterator[AppointmentRow | LeftOut | RowFault]:
    any_row = False
    for record in table.rows():
        any_row = True
        if record.row_no <= after_row:
            continue
        if record.wrong:
            yield RowFault(record.row_no, "", record.wrong)
            continue
        found = appointments.row(record.row_no, columns.texts(record.cells))
        if isinstance(found, list):
            yield from found
        else:
            yield found
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)
