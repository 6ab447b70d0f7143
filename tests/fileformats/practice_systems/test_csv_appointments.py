"""Appointments of other systems are read: columns, days, times, nights on which the clocks change, and calendars."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clearbill.fileformats import Answers, LeftOut, Reading, RowFault, UnreadableFile
from clearbill.fileformats.practice_systems import AppointmentRow, read_appointments
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_COLUMNS
from clearbill.fileformats.uploaded_file import Source

TODAY = date(2026, 11, 10)

HEADER = "ID,Client ID,Date,Start time,End time,Status"


def reading(content: str | bytes, **answers: Any) -> Reading[AppointmentRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_appointments(Source(io.BytesIO(data)), TODAY, Answers.of(answers))


def only(row: str, header: str = HEADER, **answers: Any) -> Any:
    """Return what is read of the only row of a table."""
    [found] = reading(f"{header}\n{row}\n", **answers)
    return found


def calendar(*entries: str) -> str:
    blocks = "".join(f"BEGIN:VEVENT\r\n{entry}\r\nEND:VEVENT\r\n" for entry in entries)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{blocks}END:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("day", "starts", "ends", "begins_at", "ends_at"),
    [
        ("23/12/2026", "09:30", "10:15", (12, 23, 9, 30), (12, 23, 10, 15)),
        ("23 Dec 2026", "2.15 pm", "3pm", (12, 23, 14, 15), (12, 23, 15, 0)),
        ("2026-12-23", "12:00 AM", "12:30 am", (12, 23, 0, 0), (12, 23, 0, 30)),
        ("2026-12-23", "23:45", "00:15", (12, 23, 23, 45), (12, 24, 0, 15)),
        ("2026-12-23", "1899-12-31 09:30:00", "10:15:00", (12, 23, 9, 30), (12, 23, 10, 15)),
        ("2026-12-23 09:30", "", "2026-12-23 10:15", (12, 23, 9, 30), (12, 23, 10, 15)),
        ("2026-12-23T09:30:00+01:00", "", "2026-12-23T09:15:00Z", (12, 23, 8, 30), (12, 23, 9, 15)),
    ],
)
def test_days_and_times_are_read_as_people_and_systems_write_them(
    day: str, starts: str, ends: str, begins_at: Any, ends_at: Any
) -> None:
    found = only(f"1,7,{day},{starts},{ends},Booked")
    expected = (datetime(2026, *begins_at, tzinfo=UTC), datetime(2026, *ends_at, tzinfo=UTC))
    assert (found.starts_at, found.ends_at) == expected


def test_times_are_uk_time() -> None:
    assert only("1,7,15/06/2027,09:30,10:15,Booked").starts_at == datetime(2027, 6, 15, 8, 30, tzinfo=UTC)


def test_the_night_on_which_the_clocks_go_back() -> None:
    header = "ID,Client ID,Date,Start time,End time,Status"
    found = only("1,7,25/10/2026,01:30,01:15,Cancelled", header, elsewhere="all")
    assert (found.starts_at, found.ends_at) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
    )
    assert "this time comes twice" in found.warnings[0]
    assert not only("1,7,2026-10-25T01:30:00Z,,02:15,Cancelled", header).warnings


def test_the_night_on_which_the_clocks_go_forward() -> None:
    found = only("1,7,28/03/2027,01:30,02:15,Booked")
    assert (found.field, found.sentence) == (
        "starts",
        "The clocks go forward on 28 Mar 2027, so there is no 01:30 that day.",
    )


@pytest.mark.parametrize(
    ("length", "minutes"), [("45", 45), ("45 min", 45), ("0:45", 45), ("1 h 15", 75), ("1 hour", 60), ("90.0", 90)]
)
def test_a_length_stands_in_the_place_of_an_end(length: str, minutes: int) -> None:
    found = only(f"7,2026-12-23 09:30,{length}", "Client ID,Date,Duration")
    assert (found.ends_at - found.starts_at).total_seconds() == minutes * 60


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("1,7,46379,09:30,10:15,Booked", "starts", "a spreadsheet’s number"),
        ("1,7,31/02/2027,09:30,10:15,Booked", "starts", "no such day"),
        ("1,7,23/12/2026,25:00,10:15,Booked", "start_time", "not a time of day"),
        ("1,7,23/12/2026,09:30,09:00,Booked", "ends", "ends before it begins"),
        ("1,7,23/12/2026,06:00,19:00,Booked", "ends", "1 minute to 12 hours"),
        ("1,7,23/12/2026,09:30,10:15,Attended", "status", "still to come"),
    ],
)
def test_what_cannot_be_is_said_at_its_column(row: str, field: str, words: str) -> None:
    [found] = [one for one in reading(f"{HEADER}\n{row}\n2,7,24/12/2026,09:30,10:15,Booked\n") if one.row_no == 2]
    assert isinstance(found, RowFault)
    assert found.field == field
    assert words in found.sentence


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,,23/12/2026,12:30,13:15,Booked", "private entries and blocked time: they name no client"),
        ("1,7,23/12/2026,,,Booked", "entries for a whole day"),
        ("1,7,2026-12-23 00:00:00,00:00,2026-12-24 00:00:00,Booked", "entries for a whole day"),
    ],
)
def test_private_entries_and_whole_days_are_left_out_with_the_reason(row: str, reason: str) -> None:
    assert only(row) == LeftOut(2, reason)


@pytest.mark.parametrize(
    ("word", "status"),
    [("Attended", "completed"), ("DNA", "missed"), ("No-show", "missed"), ("Late cancellation", "cancelled")],
)
def test_words_for_what_became_of_it_are_known(word: str, status: str) -> None:
    assert only(f"1,7,22/10/2026,09:30,10:15,{word}").status == status


def test_a_word_that_is_not_known_is_asked_and_its_rows_can_be_left_out() -> None:
    content = f"{HEADER}\n1,7,22/10/2026,09:30,10:15,Wobbly\n"
    [question] = reading(content).questions
    assert (question.field, question.sentence) == ("status:Wobbly", "Their status is “Wobbly”. What does it mean?")
    [row] = reading(content, **{"status:Wobbly": "missed"})
    assert isinstance(row, AppointmentRow)
    assert row.status == "missed"
    assert list(reading(content, **{"status:Wobbly": "left_out"})) == [LeftOut(2, "rows of a status that is left out")]


def test_what_became_of_past_visits_is_asked_where_the_file_does_not_say_it() -> None:
    content = "Client ID,Date\n7,2026-11-02 09:30\n7,2026-12-02 09:30\n"
    [question] = reading(content).questions
    assert question.field == "status:"
    found = list(reading(content, **{"status:": "completed"}))
    assert [row.status for row in found if isinstance(row, AppointmentRow)] == ["completed", "booked"]
    assert not reading("Client ID,Date\n7,2026-12-02 09:30\n").questions


def test_the_fields_of_cliniko_are_known() -> None:
    content = (
        "id,patient_name,starts_at,ends_at,did_not_arrive,cancelled_at,patient_arrived,appointment_type,notes\n"
        "1,Testa Sample,2026-10-02T14:45:00Z,2026-10-02T15:30:00Z,true,,false,First visit,\n"
        "2,Testa Sample,2026-10-03T14:45:00Z,2026-10-03T15:30:00Z,false,2026-10-01T09:00:00Z,false,First visit,\n"
        "3,Testa Sample,2026-10-04T14:45:00Z,2026-10-04T15:30:00Z,false,,true,First visit,Knee\n"
    )
    found = [row for row in reading(content) if isinstance(row, AppointmentRow)]
    assert [row.status for row in found] == ["missed", "cancelled", "completed"]
    assert (found[2].first_name, found[2].last_name, found[2].service, found[2].note) == (
        "Testa",
        "Sample",
        "First visit",
        "Knee",
    )


def test_the_order_of_day_and_month_is_asked_where_nothing_proves_it() -> None:
    content = "Client ID,Date,Start time,Status\n7,04/05/2026,09:30,Attended\n7,06/07/2026,09:30,Attended\n"
    assert [question.field for question in reading(content).questions] == ["order"]
    found = [row for row in reading(content, order="mdy") if isinstance(row, AppointmentRow)]
    assert found[0].starts_at == datetime(2026, 4, 5, 8, 30, tzinfo=UTC)


def test_a_calendar_is_read_entry_by_entry() -> None:
    content = calendar(
        "UID:1\r\nDTSTART;TZID=Europe/London:20270615T093000\r\nDURATION:PT45M\r\nSUMMARY:Testa Sample",
        "UID:2\r\nDTSTART:20261223T093000Z\r\nDTEND:20261223T101500Z\r\nSUMMARY:Testa\\, Sam\r\n ple",
        "UID:3\r\nDTSTART;VALUE=DATE:20261223\r\nSUMMARY:Holiday",
        "UID:4\r\nDTSTART:20261223T093000\r\nSUMMARY:Weekly\r\nRRULE:FREQ=WEEKLY",
        "UID:5\r\nDTSTART:nonsense\r\nSUMMARY:Broken",
    )
    first, second, *others = list(reading(content))
    assert isinstance(first, AppointmentRow)
    assert isinstance(second, AppointmentRow)
    assert (first.starts_at, first.ends_at) == (
        datetime(2027, 6, 15, 8, 30, tzinfo=UTC),
        datetime(2027, 6, 15, 9, 15, tzinfo=UTC),
    )
    assert (second.source_key, second.first_name, second.last_name) == ("2", "Sample", "Testa")
    assert others == [
        LeftOut(3, "entries for a whole day"),
        RowFault(4, "", "This entry repeats itself. Repeated entries are not read: book the visits here."),
        RowFault(5, "", "This entry of the calendar cannot be read."),
    ]


def test_half_a_calendar_says_so_at_its_last_entry() -> None:
    whole = calendar("UID:1\r\nDTSTART:20261223T093000Z\r\nSUMMARY:Testa Sample")
    found = list(reading(whole + "BEGIN:VEVENT\r\nUID:2\r\nDTSTA"))
    assert isinstance(found[0], AppointmentRow)
    assert found[1] == RowFault(2, "", "The file ends within this entry: it is only a part of a calendar.")


def test_bad_rows_take_no_other_row_with_them() -> None:
    rows = ['1,7,"23/12/2026,09:30,10:15,Booked', "2,7,24/12/2026,09:30", "3,7,25/12/2026,09:30,10:15,Booked"]
    found = list(reading("\n".join([HEADER, *rows]) + "\n"))
    assert [type(one) for one in found] == [RowFault, RowFault, AppointmentRow]


def test_semicolons_and_windows_letters_are_read() -> None:
    content = "Client ID;Date;Practitioner\n7;2026-12-23 09:30;Zoë Näme\n".encode("cp1252")
    [row] = reading(content)
    assert isinstance(row, AppointmentRow)
    assert row.practitioner == "Zoë Näme"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Date,Description,Paid in,Paid out,Balance\n1/12/2026,BUPA,70.00,,170.00\n", "This is a bank statement"),
        ("First name,Last name,Date of birth,Postcode,Insurer\nTesta,Sample,,,\n", "This is a list of clients."),
        ("%PDF-1.7", "This is a PDF"),
        ("", "The file is empty."),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(content: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        list(reading(content))


def test_no_name_of_a_column_means_two_things() -> None:
    names = [name for column in APPOINTMENT_COLUMNS.values() for name in column.sure]
    assert len(names) == len(set(names))


def test_the_rows_after_one_are_read_alone() -> None:
    content = calendar(*(f"UID:{no}\r\nDTSTART:20261223T093000Z\r\nSUMMARY:Testa Sample" for no in range(1, 5)))
    found = read_appointments(Source(io.BytesIO(content.encode())), TODAY, Answers(is_settled=True), after_row=2)
    assert [row.row_no for row in found] == [3, 4]
