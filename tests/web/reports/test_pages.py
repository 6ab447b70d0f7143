"""The report pages: what stands on them, who may see them, what they lead to, and their files."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clearbill.db import sql
from clearbill.fileformats import csv_lines
from clearbill.people.models import Role
from clearbill.people.permissions import Permission
from clearbill.reports import plots, tables
from clearbill.reports.catalogue import CATALOGUE, ReportType
from clearbill.reports.filters import ReportFilter
from clearbill.web.reports.links import address
from tests import builders
from tests.reports.history import History

pytestmark = pytest.mark.django_db
NAMES = [kind.name for kind in CATALOGUE]


@pytest.fixture
def member():
    return builders.member(builders.practice(), Role.ADMINISTRATOR)


@pytest.fixture
def history(member):
    return History(member.practice, 7, today=timezone.localdate())


def text_of(member, path, status=200):
    answer = builders.signed_in(member).get(path)
    assert answer.status_code == status
    return answer.content.decode()


def rows_of(member, name, query=""):
    answer = builders.signed_in(member).get(f"/reports/{name}{query or '?'}&file=csv")
    assert answer.status_code == 200
    content = answer.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_index_leads_to_every_report_and_to_the_accounts(member):
    text = text_of(member, "/reports/")
    for kind in CATALOGUE:
        assert f'href="/reports/{kind.name}"' in text
    assert 'href="/money/accounts"' in text


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_nothing_says_what_to_do(member, name):
    text = text_of(member, f"/reports/{name}")
    assert "Nothing to report" in text
    assert "<table" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_a_plot_with_a_title_and_a_table_with_totals(member, history, name):
    text = text_of(member, f"/reports/{name}")
    assert 'id="plot-title"' in text
    assert 'id="plot-words"' in text
    assert '<tr class="total">' in text
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(picture)
    assert " style=" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_file_adds_up_to_the_total_on_the_page(member, history, name):
    kind = next(one for one in CATALOGUE if one.name == name)
    answer = builders.signed_in(member).get(f"/reports/{name}")
    table, rows = answer.context["report"].tables[0], rows_of(member, name)
    total = dict(zip((column.name for column in table.columns), table.total, strict=True))
    for place, head in enumerate(rows[0]):
        column = next(one for one in kind.make(narrowed(member)).file.columns if one.name == head)
        if column.kind in (tables.POUNDS, tables.COUNT) and head in total and total[head] is not None:
            assert sum(Decimal(row[place]) for row in rows[1:]) == total[head]


def narrowed(member):
    return ReportFilter(practice=member.practice, today=timezone.localdate())


@pytest.mark.parametrize("name", NAMES)
def test_another_practice_is_never_counted(member, name):
    History(builders.practice("Beech Rooms"), 3, today=timezone.localdate())
    assert "Nothing to report" in text_of(member, f"/reports/{name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_report_takes_the_same_number_of_queries_however_much_there_is(member, name):
    counts = []
    for steps in (40, 120):
        made = builders.practice()
        owner = builders.member(made)
        History(made, 5, today=timezone.localdate(), steps=steps)
        with CaptureQueriesContext(connection) as caught:
            text_of(owner, f"/reports/{name}")
        counts.append(len(caught))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_the_reports(role):
    assert "Aged debt" in text_of(builders.member(builders.practice(), role), "/reports/")


@pytest.fixture
def small(monkeypatch):
    """A report with neither plot nor days, only for those who may see the audit trail."""
    kind = ReportType(
        name="small",
        title="A small report",
        sentence="One row.",
        make=lambda narrowed: tables.Report(tables=[SMALL], file=SMALL),
        empty="Nothing.",
        uses=("insurer",),
        permission=Permission.SEE_AUDIT,
    )
    monkeypatch.setattr("clearbill.web.reports.views.CATALOGUE", (*CATALOGUE, kind))


SMALL = tables.Table(caption="Small", columns=[tables.Column("Who")], rows=[tables.Row(("Somebody",))])


def test_a_report_may_have_no_plot_and_no_days(member, small):
    text = text_of(member, "/reports/small?first_on=1+Oct+2026")
    assert "Somebody" in text
    assert not re.search('plot-title|on-s1|<fieldset|first_on"|<legend', text)
    assert re.search('<fieldset.*first_on"', text_of(member, "/reports/aged-debt"), re.DOTALL)


def test_a_report_is_listed_opened_and_taken_along_only_with_its_permission(member, small):
    desk = builders.member(member.practice, Role.RECEPTIONIST)
    assert "A small report" in text_of(member, "/reports/")
    assert len(rows_of(member, "small")) == 2
    assert "A small report" not in text_of(desk, "/reports/")
    assert "Aged debt" in text_of(desk, "/reports/")
    for path in ("/reports/small", "/reports/small?file=csv"):
        assert "You may not see the audit trail" in text_of(desk, path, 403)


def test_whatever_report_is_narrowed_by_days_says_which_days_are_meant():
    assert not [kind.name for kind in CATALOGUE if ("days" in kind.uses) != bool(kind.days)]


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/reports/aged-debt").status_code == 302


def test_a_report_that_does_not_exist_is_not_found(member):
    for path in ("/reports/lottery", "/reports/lottery?file=xlsx"):
        assert "There is nothing here" in text_of(member, path, 404)


def test_the_filters_stand_in_the_address_and_narrow_the_figures(member, history):
    every = text_of(member, "/reports/aged-debt")
    narrow = text_of(member, "/reports/aged-debt?insurer=bupa&first_on=1+Sep+2026&last_on=24/11/2026")
    assert "AXA" in tables_of(every)
    assert "AXA" not in tables_of(narrow)
    assert 'value="1 Sep 2026"' in narrow


def tables_of(text):
    return "".join(re.findall(r"<tbody>.*?</tbody>", text, re.DOTALL))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first_on=1+Nov+2026&last_on=1+Oct+2026", "The first day lies after the last one"),
        ("first_on=yesterday-ish", "is not a date"),
        ("insurer=nobody", "Choose one from the list"),
        ("practitioner=zz", "Choose one from the list"),
    ],
)
def test_filters_that_cannot_be_are_explained_and_show_no_figures(member, history, query, sentence):
    text = text_of(member, f"/reports/aged-debt?{query}")
    assert sentence in text
    assert "<table" not in text
    assert sentence in text_of(member, f"/reports/aged-debt?{query}&file=csv")


def test_a_printed_report_says_what_it_is_narrowed_to(member, history):
    text = text_of(member, "/reports/aged-debt?insurer=bupa&first_on=1+Sep+2026")
    assert "Invoices issued from 1 Sep 2026, BUPA." in text
    assert "Invoices issued ." not in text_of(member, "/reports/aged-debt")


def test_a_practitioner_of_another_practice_is_no_choice(member):
    stranger = builders.practitioner(builders.practice("Beech Rooms"), name="Not Ours")
    text = text_of(member, f"/reports/aged-debt?practitioner={stranger.pk}")
    assert "Choose one from the list" in text
    assert "Not Ours" not in text


def test_an_empty_day_is_no_limit_while_no_day_at_all_is_the_last_twelve_months(member):
    invoice = builders.invoice(member.practice, issued_on="2019-01-07")
    assert invoice.net_total == 70
    assert "Nothing to report" in text_of(member, "/reports/income")
    assert "£70.00" in text_of(member, "/reports/income?first_on=&last_on=")


def test_aged_debt_leads_to_the_open_invoices_behind_it(member, history):
    answer = builders.signed_in(member).get("/reports/aged-debt")
    for row in answer.context["report"].tables[0].rows:
        listed = builders.signed_in(member).get(address(row.source))
        assert listed.context["page"].paginator.count == row.cells[1]


def test_words_that_a_spreadsheet_would_run_are_made_harmless_in_the_file(member):
    somebody = builders.practitioner(member.practice, name="=cmd|'/c calc'!A1")
    builders.appointment(member.practice, practitioner=somebody, starts_at=timezone.now() - timedelta(days=1))
    rows = rows_of(member, "unbilled")
    assert rows[1][0] == "'=cmd|'/c calc'!A1"
    assert rows[1][4] == "70.00"


def test_amounts_in_the_file_are_plain_numbers():
    table = tables.Table(
        caption="",
        columns=[tables.Column("Who"), tables.Column("Owed", tables.POUNDS), tables.Column("Rate", tables.RATE)],
        rows=[tables.Row(("Zoë", Decimal("-1234.50"), Decimal("93.456")))],
    )
    written = tables.written(table)
    assert (
        "".join(csv_lines(written.headings, written.rows)).removeprefix("\ufeff")
        == "Who,Owed,Rate\r\nZoë,-1234.50,93.5\r\n"
    )


def test_the_pieces_of_a_bar_meet_and_the_longest_bar_is_whole():
    series = [plots.Series("a", "s0"), plots.Series("b", "s1"), plots.Series("c", "s2")]
    drawn = plots.bars("", "", series, [("long", [1, 1, 1]), ("short", [Decimal("0.5"), -3, Decimal("0.25")])])
    assert [(piece.start, piece.length) for piece in drawn.bars[0].pieces] == [
        ("0.00%", "33.33%"),
        ("33.33%", "33.34%"),
        ("66.67%", "33.33%"),
    ]
    assert [(piece.start, piece.length) for piece in drawn.bars[1].pieces] == [("0.00%", "16.67%"), ("16.67%", "8.33%")]


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), ("1.01", 2), (3, 5), (10, 10), (11, 20), (51, 100), (123456, 200000)]
)
def test_the_top_of_an_axis_is_the_next_round_number(value, top):
    assert plots.ceiling(Decimal(value)) == top


def test_the_database_adds_pounds_as_pennies():
    for number in range(30):
        builders.invoice(
            builders.practice(), number=f"P{number}", gross_total=Decimal("0.10"), net_total=Decimal("0.10")
        )
    found = sql.select_named(f"SELECT {sql.sum_pence('net_total')} FROM billing_invoice")
    assert found[0][0] == 300
