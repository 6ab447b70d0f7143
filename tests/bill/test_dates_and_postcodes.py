from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clearbill.bill import dates
from clearbill.bill.address import postcode


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-23",
        "2026/11/23",
        "2026-11-23T00:00:00Z",
        "2026-11-23T23:30:00+00:00",
        "2026-11-23 09:30",
        "20261123",
        "23/11/2026",
        "23-11-2026",
        "23.11.26",
        "23 11 2026",
        " 23 / 11 / 26 ",
        "23 Nov 2026",
        "23 November 26",
        "23-Nov-2026",
        "23Nov2026",
        "23rd November 2026",
        "23rd of November, 2026",
        "Mon 23 Nov 2026",
        "Monday, 23 November 2026",
        "November 23, 2026",
        "Nov 23 2026",
        "23–11–2026",
        "23112026",
    ],
)
def test_a_date_is_read_in_every_usual_spelling(typed: str) -> None:
    assert dates.parse(typed) == date(2026, 11, 23)


def test_a_year_of_two_digits_is_not_far_in_the_future() -> None:
    assert dates.parse("12/04/85") == date(1985, 4, 12)
    assert dates.parse("1/2/31", latest_year=2031) == date(2031, 2, 1)
    assert dates.parse("1/2/32", latest_year=2031) == date(1932, 2, 1)
    assert dates.parse("03041980") == date(1980, 4, 3)
    assert dates.parse("19101912") == date(1912, 10, 19)
    assert dates.parse("19800403") == date(1980, 4, 3)
    assert dates.parse("1 Sept 2026") == date(2026, 9, 1)


def test_a_moment_is_the_uk_date_on_which_it_falls() -> None:
    assert dates.parse("2026-06-10T23:30:00Z") == date(2026, 6, 11)
    assert dates.parse("2026-12-10T23:30:00Z") == date(2026, 12, 10)
    assert dates.parse("2026-06-11T00:30:00+0100") == date(2026, 6, 11)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31/02/2026", "February 2026 has 28 days"),
        ("11/23/2026", "there is no month 23"),
        ("00/01/2026", "January 2026 has 31 days"),
        ("1/1/0000", "year with four figures"),
        ("tomorrow", "Write it like"),
        ("", "Write it like"),
        ("23 Novembre 2026", "Write it like"),
        ("20261323", "no month 13"),
        ("2026-11-31T09:30:00Z", "Write it like"),
        ("2026-11-23T25:00", "Write it like"),
        ("0026-01-01", "year with four figures"),
        ("1/2", "Write it like"),
        ("２３/11/2026", "Write it like"),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(dates.NotADate, match=why):
        dates.parse(typed)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2026-11-03", "3 Nov 2026"), ("2026-02-30", "2026-02-30"), ("3/11/2026", "3/11/2026"), ("", ""), ("CB1", "CB1")],
)
def test_a_day_kept_as_text_is_shown_in_words_and_other_text_as_it_is(text: str, shown: str) -> None:
    assert dates.show_iso(text) == shown


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), "Monday 23 Nov 2026"),
        (date(2026, 11, 23), date(2026, 11, 29), "23 to 29 November 2026"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 Nov to 6 Dec 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 to 3 Jan 2027"),
    ],
)
def test_days_in_a_row_say_month_and_year_once_where_they_share_them(first: date, last: date, shown: str) -> None:
    assert dates.show_days(first, last) == shown


def test_a_moment_is_shown_in_uk_time() -> None:
    summer = datetime(2026, 7, 9, 23, 5, tzinfo=UTC)
    assert dates.show_moment(summer) == "10 Jul 2026 at 00:05"
    assert dates.show_moment(summer, ", ") == "10 Jul 2026, 00:05"
    assert (dates.show_time(summer), dates.show_month(summer)) == ("00:05", "Jul 2026")


def test_a_date_is_shown_as_people_read_it() -> None:
    assert dates.show(date(2026, 3, 3)) == "3 Mar 2026"
    assert dates.show(None) == ""


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("sw1a1aa", "SW1A 1AA"),
        (" m1  1ae ", "M1 1AE"),
        ("EC1A\u00a01BB", "EC1A 1BB"),
        ("b338th", "B33 8TH"),
        ("gir0aa", "GIR 0AA"),
        ("bfpo801", "BFPO 801"),
        (" 75008  Paris ", "75008 Paris"),
        ("d02 af30", "d02 af30"),
        ("", ""),
    ],
)
def test_a_postcode_gets_one_spelling_and_one_abroad_is_left_alone(typed: str, normal: str) -> None:
    assert postcode.normalise(typed) == normal


@pytest.mark.parametrize(
    ("moment", "latest"),
    [
        (datetime(2026, 10, 25, 0, 6, tzinfo=UTC), datetime(2026, 10, 25, 1, 6, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 6, tzinfo=UTC), datetime(2026, 10, 25, 1, 6, tzinfo=UTC)),
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_only_in_the_hour_that_comes_twice_a_clock_reading_has_a_later_moment(
    moment: datetime, latest: datetime
) -> None:
    assert dates.latest_moment(moment) == latest


@pytest.mark.parametrize(
    "address",
    [
        ["Villa 3", "Al Wasl Road", "Dubai", "United Arab Emirates"],
        ["Villa 3", "Dubai, U.A.E.", "", ""],
        ["1 Nathan Road", "Kowloon", "HONG KONG", ""],
        ["1 Rue X", "Abidjan", "Cote d'Ivoire"],
        ["1 Rua Y", "São Tomé and Príncipe, Sao Tome and Principe"],
    ],
)
def test_a_country_without_postcodes_at_the_end_of_an_address_is_known(address: list[str]) -> None:
    assert postcode.is_unknown_in(address)


@pytest.mark.parametrize(
    "address",
    [
        [],
        ["", ""],
        ["Hong Kong House", "1 Mill Lane", "Leeds"],
        ["4 Qatar Mews", "London"],
        ["1 Rue X", "Paris, France"],
    ],
)
def test_an_address_elsewhere_needs_its_postcode(address: list[str]) -> None:
    assert not postcode.is_unknown_in(address)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1/2/30", date(1930, 2, 1)),
        ("1/2/15", date(2015, 2, 1)),
        ("1/2/2026", date(2026, 2, 1)),
        ("1/2/1926", date(1926, 2, 1)),
    ],
)
def test_two_figures_of_a_birth_year_are_read_where_they_can_be_of_one_century_only(text: str, day: date) -> None:
    assert dates.typed_birth_date(text, today=date(2026, 11, 10)) == day


@pytest.mark.parametrize("text", ["1/2/26", "3 Mar 17"])
def test_two_figures_of_a_birth_year_that_may_be_of_either_century_are_asked_about(text: str) -> None:
    with pytest.raises(dates.NotADate, match="Write the year with four figures"):
        dates.typed_birth_date(text, today=date(2026, 11, 10))
