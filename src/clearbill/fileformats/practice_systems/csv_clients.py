"""Clients from a table of any practice system: which column is what, in which order its dates are, then row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from clearbill.bill import insurers
from clearbill.bill.insurers import all_insurers
from clearbill.fileformats.cells import CellError, Cells, identifier, plain
from clearbill.fileformats.columns import Assignment, assign, our_name
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.practice_systems import client_cells
from clearbill.fileformats.practice_systems.client_cells import LONGEST_NAME, ClientDays
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS
from clearbill.fileformats.practice_systems.client_row import ClientRow
from clearbill.fileformats.practice_systems.other_tables import refuse_statement
from clearbill.fileformats.rows import INSURER, Answers, Choice, Question, Reading, RowFault
from clearbill.fileformats.table import ONLY_A_HEADER, Table, find_table
from clearbill.fileformats.uploaded_file import Source

_DATES = ("birth_date", "policy_from", "policy_to")

_MOST_INSURERS = 60

_NO_KEY = (
    "No column holds the other system’s number of a client. A newer file will be compared by name and date of birth."
)

_TOO_MANY_INSURERS = (
    "More than 60 names in the insurer’s column are not known, so it is probably another one. Which column is it?"
)


def read_clients(source: Source, today: date, answers: Answers, *, after_row: int = 0) -> Reading[ClientRow]:
    """Return the reading of a table of clients, CSV or workbook, of its rows after one. Raises UnreadableFile."""
    table = find_table(source, lambda name: our_name(name, CLIENT_COLUMNS), answers.sheet)
    if "last_name" not in answers.columns:
        refuse_statement(table.names, CLIENT_COLUMNS)
    columns = assign(table.names, CLIENT_COLUMNS, answers.columns)
    _prefer_parts_of_the_name(columns)
    if "full_name" not in columns.places and all(question.field != "full_name" for question in columns.questions):
        columns.ask_for_missing("last_name")
    questions, order = list(table.questions or columns.questions), answers.order
    if not questions and not answers.is_settled:
        orders = DateOrderProof(ClientDays(today))
        unknown = _look_through(table, columns, orders, answers)
        order = order or orders.proved
        if order is None and (asked := orders.question()):
            questions.append(asked)
        questions += _about_insurers(columns, unknown)
    clients = ClientRows(columns, ClientDays(today, order), _answered(answers))
    return Reading(
        encoding=table.encoding,
        columns=columns.theirs(),
        names=table.names,
        sample=table.sample(),
        questions=tuple(questions),
        notes=tuple(filter(None, [table.note, *_notes(columns)])),
        _rows=_rows(table, columns, clients, after_row),
        kind="clients",
        order=order,
    )


class ClientRows:
    """Makes clients of the cells of rows."""

    def __init__(self, columns: Assignment, days: ClientDays, answered: Mapping[str, str]) -> None:
        self._columns = [*columns.places]
        self._days = days
        self._answered = answered

    def row(self, row_no: int, texts: Mapping[str, str]) -> ClientRow | list[RowFault]:
        """Return the client, or what is wrong with the row."""
        cells = Cells(row_no, texts)
        warnings = self._details(cells, texts)
        warnings += self._cover(cells, texts)
        if not cells.faults and not cells.values["last_name"]:
            cells.fault("last_name", "The last name is missing. A client who has one name has it here.")
        if cells.faults:
            return cells.faults
        return ClientRow(row_no=row_no, warnings=tuple(filter(None, warnings)), **cells.values)

    def _details(self, cells: Cells, texts: Mapping[str, str]) -> list[str]:
        values = cells.values
        cells.take("source_key", identifier)
        cells.take("title", lambda text: client_cells.words(text, 20))
        for name in ("first_name", "other_names", "last_name"):
            cells.take(name, lambda text: client_cells.words(text, LONGEST_NAME))
        cells.take("email", lambda text: plain(text, 254).lower())
        cells.take("gp_name", lambda text: client_cells.words(text, 120))
        cells.take("birth_date", self._days.birth_date)
        cells.take("sex", client_cells.sex)
        cells.take("country", client_cells.country)
        cells.take("postcode", lambda text: client_cells.checked_postcode(text, values.get("country", "")))
        warnings = [self._name(cells)]
        values["sex"], said = values.get("sex", ("", ""))
        _take_together(cells, "address_1", lambda: client_cells.address(texts))
        cells.take("phone", lambda _: client_cells.phones(texts))
        values["phone"], further = values.get("phone", ("", []))
        cells.take("notes", lambda text: client_cells.notes(text, further))
        return [*warnings, said]

    def _name(self, cells: Cells) -> str:
        if "full_name" not in self._columns:
            return ""
        cells.take("full_name", client_cells.split_name)
        title, first, last, warning = cells.values.pop("full_name", ("", "", "", ""))
        named = {"title": cells.values.get("title") or title, "first_name": first, "last_name": last}
        for name, value in named.items():
            cells.values[name] = value
            if len(value) > (20 if name == "title" else LONGEST_NAME):
                cells.fault("full_name", "The name is too long for its field. Give first and last name in two columns.")
        return str(warning)

    def _cover(self, cells: Cells, texts: Mapping[str, str]) -> list[str]:
        cells.take("insurer_slug", lambda _: self._insurer(texts.get("insurer", "")))
        for name in ("membership_number", "group_number", "authorisation_code"):
            cells.take(name, client_cells.number)
        cells.take("scheme", lambda text: client_cells.words(text, 200))
        cells.take("policy_from", self._days.policy_day)
        cells.take("policy_to", self._days.policy_day)
        cells.take("excess", client_cells.excess)
        begins, ends = cells.values.get("policy_from"), cells.values.get("policy_to")
        if begins and ends and ends < begins:
            cells.fault("policy_to", "The policy ends before it begins.")
        return _without_half_a_policy(cells)

    def _insurer(self, text: str) -> str:
        name = plain(text, 200)
        known = insurers.find(name) if name else None
        return known.slug if known else self._answered.get(name, "")


_COVER = ("insurer_slug", "membership_number", "group_number", "scheme", "authorisation_code")


def _without_half_a_policy(cells: Cells) -> list[str]:
    """Leave out a policy without an insurer or a number, and return the sentence that says so."""
    values = cells.values
    slug, number = values.get("insurer_slug", ""), values.get("membership_number", "")
    if slug and number:
        return []
    warning = ""
    if slug:
        warning = (
            f"{insurers.name_of(slug)} is named without a membership number, so the client comes without a policy."
        )
    elif number:
        warning = "There is a membership number and no insurer, so the client comes without a policy."
    if not cells.faults:
        values.update(dict.fromkeys(_COVER, ""), policy_from=None, policy_to=None, excess=None)
    return [warning]


def _take_together(cells: Cells, field: str, read: Callable[[], dict[str, str]]) -> None:
    """Read fields that several columns make, with the fault at one of them."""
    try:
        cells.values.update(read())
    except CellError as why:
        cells.fault(field, str(why))


def _prefer_parts_of_the_name(columns: Assignment) -> None:
    """Where a column has the last name, one that has the whole name is not needed, nor asked about."""
    if "last_name" in columns.places:
        columns.places.pop("full_name", None)
        columns.questions = [question for question in columns.questions if question.field != "full_name"]


def _look_through(table: Table, columns: Assignment, orders: DateOrderProof, answers: Answers) -> list[str]:
    """Let the proof look at every date, and return the names of insurers that are neither known nor answered."""
    answered = _answered(answers)
    unknown: dict[str, None] = {}
    for record in table.rows():
        if record.wrong:
            continue
        for column in _DATES:
            orders.look_at(columns.cell(record.cells, column))
        name = " ".join(columns.cell(record.cells, "insurer").split())[:200]
        if name and name not in answered and insurers.find(name) is None:
            unknown.setdefault(name)
        if len(unknown) > _MOST_INSURERS:
            break
    return list(unknown)


def _answered(answers: Answers) -> dict[str, str]:
    """Return the answers about insurers that name one of ours, or none."""
    return {name: slug for name, slug in answers.insurers.items() if not slug or insurers.by_slug(slug)}


def _about_insurers(columns: Assignment, unknown: list[str]) -> list[Question]:
    if len(unknown) <= _MOST_INSURERS:
        return [which_insurer(name) for name in unknown]
    choices = (Choice("", "The file has no insurers"), *(Choice(name, f"“{name}”") for name in columns.names))
    return [Question("insurer", _TOO_MANY_INSURERS, choices)]


def which_insurer(name: str) -> Question:
    """Return the question which insurer a name stands for."""
    choices = [Choice("", "None of these: the client pays"), *(Choice(one.slug, one.name) for one in all_insurers())]
    return Question(f"{INSURER}{name}", f"The file names the insurer “{name[:60]}”. Which one is it?", tuple(choices))


def _notes(columns: Assignment) -> Iterator[str]:
    if "source_key" not in columns.places:
        yield _NO_KEY
    taken = set(columns.places.values())
    if others := [name for place, name in enumerate(columns.names) if place not in taken]:
        yield f"Not taken in: {', '.join(f'“{name}”' for name in others)}."


def _rows(table: Table, columns: Assignment, clients: ClientRows, after_row: int) -> Iterator[ClientRow | RowFault]:
    any_row = False
    for record in table.rows():
        any_row = True
        if record.row_no <= after_row:
            continue
        if record.wrong:
            yield RowFault(record.row_no, "", record.wrong)
            continue
        texts = {ours: record.cells[place] for ours, place in columns.places.items()}
        found = clients.row(record.row_no, texts)
        if isinstance(found, ClientRow):
            yield found
        else:
            yield from found
    if not any_row:
        yield RowFault(0, "", ONLY_A_HEADER)
