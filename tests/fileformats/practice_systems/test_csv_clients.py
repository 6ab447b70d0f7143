"""Clients of other practice systems, read from CSV files."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.fileformats import Answers, Reading, RowFault, UnreadableFile, csv_lines
from clearbill.fileformats.practice_systems import ClientRow, read_clients
from clearbill.fileformats.practice_systems.client_columns import TEMPLATE
from clearbill.fileformats.practice_systems.client_row import fields_given
from clearbill.fileformats.uploaded_file import Source

TODAY = date(2026, 11, 10)


def reading(text: str, **answers: Any) -> Reading[ClientRow]:
    return read_clients(Source(io.BytesIO(text.encode())), TODAY, Answers(**answers))


def rows(text: str, **answers: Any) -> list[ClientRow]:
    found = list(reading(text, **answers))
    assert all(isinstance(one, ClientRow) for one in found), found
    return [one for one in found if isinstance(one, ClientRow)]


def faults(text: str, **answers: Any) -> list[tuple[int, str, str]]:
    found = [one for one in reading(text, **answers) if isinstance(one, RowFault)]
    return [(one.row_no, one.field, one.sentence) for one in found]


def asked(text: str, **answers: Any) -> list[str]:
    return [question.field for question in reading(text, **answers).questions]


def test_the_columns_of_nookal_are_known() -> None:
    [row] = rows(
        "Title,First Name,Middle Name,Last Name,Gender,Date of Birth,Notes,Date Registered,Address Line 1,"
        "Address Line 2,City / Suburb,State,Country,Postcode,Home Phone,Mobile Phone,Work Phone,Email Address\n"
        "Mrs,Mary,Elizabeth,Sample,F,1970-01-31,Prefers e-mail,2015-06-30,Flat 2,1 Invented Street,Leeds,,"
        "United Kingdom,ls11aa,0113 496 0001,07700 900001,,MARY@example.org\n"
    )
    assert (row.title, row.first_name, row.other_names, row.last_name) == ("Mrs", "Mary", "Elizabeth", "Sample")
    assert (row.birth_date, row.sex, row.email) == (date(1970, 1, 31), "F", "mary@example.org")
    assert (row.address_1, row.address_2, row.address_3, row.address_4) == ("Flat 2", "1 Invented Street", "Leeds", "")
    assert (row.postcode, row.country) == ("LS1 1AA", "GB")
    assert (row.phone, row.notes) == ("07700 900001", "Prefers e-mail\nPhone: 0113 496 0001")


def test_the_names_of_fields_at_cliniko_and_semble_are_known() -> None:
    [cliniko] = rows(
        "id,title,first_name,last_name,date_of_birth,sex,email,address_1,address_2,address_3,city,state,post_code,"
        "country,notes\n4711,Mr,Testo,Sample,1985-04-12,Male,,1 Invented Street,,,London,,SW1A 1AA,,\n"
    )
    assert (cliniko.source_key, cliniko.sex, cliniko.address_2) == ("4711", "M", "London")
    [semble] = rows(
        "id,title,firstName,lastName,dob,gender,email\nab12,Dr,Testa,Sample,1985-04-12,female,t@example.org\n"
    )
    assert (semble.source_key, semble.first_name, semble.sex) == ("ab12", "Testa", "F")


def test_our_own_template_is_read_without_a_question() -> None:
    text = "".join(csv_lines(TEMPLATE, [[example for example, _ in TEMPLATE.values()]]))
    [row] = rows(text)
    assert (row.source_key, row.insurer_slug, row.membership_number) == ("1001", "bupa", "ZZ00000001")
    assert (row.excess, row.phone) == (Decimal("150.00"), "07700 900001")
    assert not row.warnings
    assert [note for note in reading(text).notes if note.startswith("Not taken in")] == []


def test_the_policy_of_a_row_is_read_by_the_insurers_name() -> None:
    [row] = rows(
        "Client ID,Surname,Insurer,Policy No,Group No,Policy start date,Policy end date,Excess,Authorisation number\n"
        "7,Sample,axa health,zz 12-3,G1,1 Jan 2026,31 Dec 2026,£100,ab 99\n"
    )
    assert row.insurer_slug.startswith("axa")
    assert (row.membership_number, row.group_number, row.authorisation_code) == ("ZZ12-3", "G1", "AB99")
    assert (row.policy_from, row.policy_to, row.excess) == (date(2026, 1, 1), date(2026, 12, 31), Decimal("100.00"))


def test_an_insurer_that_is_not_known_is_asked_about_once_for_each_name() -> None:
    text = "ID,Surname,Insurer,Member No\n1,One,Bestcare Ltd,X1\n2,Two,Bestcare Ltd,X2\n3,Three,BUPA,X3\n"
    assert asked(text) == ["insurer:Bestcare Ltd"]
    one, two, three = rows(text, insurers={"Bestcare Ltd": "aviva"})
    assert (one.insurer_slug, two.insurer_slug, three.insurer_slug) == ("aviva", "aviva", "bupa")
    assert asked(text, insurers={"Bestcare Ltd": "nobody"}) == ["insurer:Bestcare Ltd"]
    one, *_ = rows(text, insurers={"Bestcare Ltd": ""})
    assert (one.insurer_slug, one.membership_number) == ("", "")
    assert "no insurer" in one.warnings[0]


def test_half_a_policy_is_not_taken_and_said() -> None:
    [row] = rows("ID,Surname,Insurer,Member No\n1,One,BUPA,\n")
    assert (row.insurer_slug, row.membership_number) == ("", "")
    assert row.warnings == ("BUPA is named without a membership number, so the client comes without a policy.",)


@pytest.mark.parametrize(
    ("dates_written", "born"),
    [
        (["12/25/1980", "03/04/1990"], date(1990, 3, 4)),
        (["25/12/1980", "03/04/1990"], date(1990, 4, 3)),
        (["3 Apr 1980", "1990-04-03"], date(1990, 4, 3)),
        (["25/12/80", "03/04/90"], date(1990, 4, 3)),
        (["25/12/1980", "03/04/1990 00:00"], date(1990, 4, 3)),
    ],
)
def test_the_order_of_day_and_month_is_proved(dates_written: list[str], born: date) -> None:
    text = "ID,Surname,DOB\n" + "".join(f"{no},Sample,{day}\n" for no, day in enumerate(dates_written))
    assert rows(text)[-1].birth_date == born


def test_an_order_that_nothing_proves_is_asked() -> None:
    text = "ID,Surname,DOB\n1,Sample,03/04/1990\n2,Other,05/06/1991\n"
    assert asked(text) == ["order"]
    assert rows(text, order="mdy")[0].birth_date == date(1990, 3, 4)
    assert rows(text, order="dmy")[0].birth_date == date(1990, 4, 3)


@pytest.mark.parametrize(
    ("column", "cell", "field", "said"),
    [
        ("DOB", "31/02/1980", "birth_date", "February 1980 has 29 days"),
        ("DOB", "1 Jan 2030", "birth_date", "still to come"),
        ("DOB", "1 Jan 1850", "birth_date", "before 1900"),
        ("Postcode", "12345", "postcode", "This is not a UK postcode"),
        ("Country", "Atlantis", "country", "not known"),
        ("Excess", "99999", "excess", "at most £20,000"),
        ("Excess", "-5", "excess", "negative"),
        ("Member No", "12?34", "membership_number", "letters, digits"),
        ("Phone", "0" * 41, "phone", "41 characters"),
        ("First name", "x" * 51, "first_name", "51 characters"),
        ("Address", ",".join(f"{n} {'long' * 6}" for n in range(9)), "address_1", "four lines"),
    ],
)
def test_a_bad_cell_is_a_fault_at_its_row_and_column(column: str, cell: str, field: str, said: str) -> None:
    found = faults(f'ID,Surname,{column}\n1,Good,\n2,Sample,"{cell}"\n')
    assert [row_no for row_no, _, _ in found] == [3]
    assert found[0][1] == field
    assert said in found[0][2]


def test_a_row_without_a_last_name_is_a_fault() -> None:
    assert faults("ID,First name,Surname\n1,Testa,\n") == [
        (2, "last_name", "The last name is missing. A client who has one name has it here.")
    ]


@pytest.mark.parametrize(
    ("written", "title", "first", "last", "warned"),
    [
        ("Sample, Testa", "", "Testa", "Sample", False),
        ("Dr Testa Sample", "Dr", "Testa", "Sample", False),
        ("Mary Ann Sample", "", "Mary Ann", "Sample", True),
        ("Sample", "", "", "Sample", False),
    ],
)
def test_a_whole_name_is_taken_apart(written: str, title: str, first: str, last: str, warned: bool) -> None:
    [row] = rows(f'ID,Name\n1,"{written}"\n')
    assert (row.title, row.first_name, row.last_name, bool(row.warnings)) == (title, first, last, warned)


def test_which_column_is_asked_where_two_could_be_it_or_none_is_known() -> None:
    assert asked("ID,Surname,Postcode,Zip\n1,Sample,,\n") == ["postcode"]
    assert asked("ID,Called\n1,Sample\n") == ["last_name"]
    [row] = rows("ID,Called\n1,Sample\n", columns={"last_name": "Called"})
    assert row.last_name == "Sample"


def test_a_country_abroad_has_postcodes_of_its_own() -> None:
    [row] = rows("ID,Surname,Postcode,Country\n1,Sample,D02 AF30,Ireland\n")
    assert (row.country, row.postcode) == ("IE", "D02 AF30")


def test_a_short_row_and_a_file_without_rows_are_said() -> None:
    assert "too few" in faults("ID,Surname,DOB\n1,Sample\n")[0][2]
    assert faults("ID,Surname\n")[0][0] == 0


def test_what_is_no_table_is_unreadable() -> None:
    with pytest.raises(UnreadableFile):
        reading("just some words")


def test_columns_that_are_not_taken_in_are_named() -> None:
    notes = list(reading("Surname,Occupation\nSample,Baker\n").notes)
    assert any("“Occupation”" in note for note in notes)
    assert any("name and date of birth" in note for note in notes)


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        (["last_name", "town"], {"last_name", "address_1", "address_2", "address_3", "address_4"}),
        (["full_name", "mobile"], {"first_name", "last_name", "phone"}),
        (["mobile", "phone"], {"phone", "notes"}),
        (["insurer", "excess"], {"insurer_slug", "excess"}),
    ],
)
def test_what_a_file_says_nothing_about_is_not_given(columns: Iterable[str], given: set[str]) -> None:
    assert fields_given(list(columns)) == given


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(
    ["=1+1", "31/02/1985", "£1,000,000", "Bupa", "\x00", "Ж" * 60, "1/1/1", "00/00/0000", "9999-12-31", "-", "'=x"]
)


@given(st.lists(CELLS, min_size=len(TEMPLATE), max_size=len(TEMPLATE)))
def test_whatever_stands_in_the_cells_is_a_client_or_a_fault(cells: list[str]) -> None:
    text = "".join(csv_lines(TEMPLATE, [cells]))
    with suppress(UnreadableFile):
        found = reading(text, order="dmy", insurers={" ".join(cells[18].split())[:200]: ""})
        assert all(isinstance(one, ClientRow | RowFault) for one in found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Surname,DOB\nSample,1 Jan 1990\n".encode("utf-16"), "Sample"),
        ("Surname;DOB\nSämple;1 Jan 1990\n".encode("cp1252"), "Sämple"),
        ("\ufeffSurname\tDOB\nSample\t1 Jan 1990\n".encode(), "Sample"),
    ],
)
def test_files_of_every_make_are_read(content: bytes, said: str) -> None:
    [row] = read_clients(Source(io.BytesIO(content)), TODAY, Answers())
    assert isinstance(row, ClientRow)
    assert (row.last_name, row.birth_date) == (said, date(1990, 1, 1))


def test_a_quotation_mark_that_never_closes_spoils_one_row() -> None:
    text = 'ID,Surname,Notes\n1,Sample,"open\n2,Other,\n'
    found = list(reading(text))
    assert [type(one) for one in found] == [RowFault, ClientRow]
