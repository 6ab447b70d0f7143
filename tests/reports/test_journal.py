"""The books as double entry: every transaction comes to nothing, all of them to the books, and never another day."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.invoicing import credit_notes, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Role
from clearbill.reports import chart_of_accounts
from clearbill.reports.chart_of_accounts import Account
from clearbill.reports.journal import entries as journal_entries
from clearbill.reports.journal import entries as reports_entries
from clearbill.reports.journal import exports, queries
from clearbill.reports.journal.entries import EntryFacts, InvoiceFacts
from clearbill.reports.models import AccountCodes
from tests import builders
from tests.reports.history import History, pounds

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
NOTHING = Decimal("0.00")
PENCE = st.integers(0, 500_000).map(pounds)
DAYS = st.dates(FIRST, LAST)


def bills() -> st.SearchStrategy[InvoiceFacts]:
    return st.builds(
        InvoiceFacts,
        number=st.just("CB1"),
        insurer=st.sampled_from(["", "Bupa"]),
        is_share=st.booleans(),
        issued_on=DAYS,
        voided_on=st.none() | DAYS,
        before_vat=PENCE,
        vat=PENCE,
        patient_paid=PENCE,
    )


def entries() -> st.SearchStrategy[EntryFacts]:
    return st.builds(
        EntryFacts,
        key=st.integers(1),
        on=DAYS,
        kind=st.sampled_from([kind for kind, _ in LedgerEntry.KINDS]),
        source=st.sampled_from([source for source, _ in LedgerEntry.SOURCES]),
        amount=st.integers(-500_000, 500_000).filter(bool).map(pounds),
        bill=bills(),
    )


@given(bill=bills(), moved=entries())
def test_every_transaction_comes_to_nothing(bill, moved):
    made, void = journal_entries.invoice_transaction(bill), journal_entries.void_transaction(bill)
    for one in (made, journal_entries.entry_transaction(moved), *([void] if void else [])):
        assert sum(line.amount for line in one.lines) == 0
        assert all(line.amount for line in one.lines)
    if void:
        assert {line.account: -line.amount for line in void.lines} == {line.account: line.amount for line in made.lines}
        assert void.on >= made.on


@given(moved=entries())
def test_an_entry_that_is_taken_back_leaves_nothing_in_any_account(moved):
    back = EntryFacts(key=2, on=moved.on, kind=moved.kind, source=moved.source, amount=-moved.amount, bill=moved.bill)
    sums = journal_entries.totals([journal_entries.entry_transaction(moved), journal_entries.entry_transaction(back)])
    assert all(debit == credit for debit, credit in sums.values())


def balances(transactions):
    return {account: debit - credit for account, (debit, credit) in journal_entries.totals(transactions).items()}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_accounts_stand_where_the_books_stand_at_every_moment_of_a_history(seed):
    practice = builders.practice()
    for steps in (15, 25, 40):
        History(practice, seed + steps, steps=0)
        live(practice, seed + steps, steps)
        rows = list(Invoice.objects.filter(practice=practice, voided_at=None))
        shares = [row for row in rows if row.share_of_id]
        found = balances(queries.transactions(practice, date(2000, 1, 1), date(2099, 1, 1)))
        assert found[Account.DEBTORS_INSURERS] == total(row.open_total for row in rows if row.insurer_slug)
        assert found[Account.DEBTORS_CLIENTS] == total(row.open_total for row in rows if not row.insurer_slug)
        assert found[Account.BANK] == total(row.paid_total + row.patient_paid for row in rows)
        assert found[Account.WRITTEN_OFF] == total(row.written_off_total for row in rows)
        asked = total(share.net_total - share.credited_total for share in shares)
        assert found[Account.SHORTFALL] == total(row.short_total for row in rows) - asked
        earned = total(
            row.gross_total - row.discount_total + row.vat_total - row.credited_total
            for row in rows
            if not row.share_of_id
        )
        assert found[Account.INCOME] + found[Account.VAT] == -earned
        assert sum(found.values()) == 0


def live(practice, seed, steps):
    """Go on with the history, under numbers that are not used yet."""
    more = History(practice, seed, steps=0)
    more.invoices = list(Invoice.objects.filter(practice=practice))
    for _ in range(steps):
        more.random.choice(
            [
                more.bill,
                more.bill,
                more.pay,
                more.deduct,
                more.give_up,
                more.share,
                more.credit,
                more.take_back,
                more.void,
            ]
        )()


def total(amounts):
    return sum(amounts, NOTHING)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_period_exported_twice_or_in_parts_gives_the_same_transactions(seed):
    history = History(builders.practice(), seed)
    whole = list(queries.transactions(history.practice, FIRST, LAST))
    assert len(whole) > 20
    assert list(queries.transactions(history.practice, FIRST, LAST)) == whole
    for middle in (date(2026, 7, 1), date(2026, 9, 12), date(2026, 11, 3)):
        before = list(queries.transactions(history.practice, FIRST, middle))
        after = list(queries.transactions(history.practice, middle + timedelta(days=1), LAST))
        assert before + after == whole
    keys = [one.key for one in whole]
    assert len(set(keys)) == len(keys)
    assert [one.on for one in whole] == sorted(one.on for one in whole)


@pytest.mark.django_db
def test_the_journals_by_day_move_the_same_money():
    history = History(builders.practice(), 2)
    whole = list(queries.transactions(history.practice, FIRST, LAST))
    daily = list(journal_entries.by_day(whole))
    assert balances(daily) == balances(whole)
    assert len({one.on for one in daily}) == len(daily)
    assert all(sum(line.amount for line in one.lines) == 0 for one in daily)


@pytest.mark.django_db
def test_a_shortfall_waits_in_an_account_of_its_own_until_the_client_is_asked():
    bill = InvoiceFacts(
        number="CB1",
        insurer="Bupa",
        is_share=False,
        issued_on=FIRST,
        voided_on=None,
        before_vat=pounds(10000),
        vat=NOTHING,
        patient_paid=NOTHING,
    )
    short = EntryFacts(key=1, on=FIRST, kind="short", source="insurer", amount=pounds(2000), bill=bill)
    found = balances([journal_entries.invoice_transaction(bill), journal_entries.entry_transaction(short)])
    assert (found[Account.DEBTORS_INSURERS], found[Account.SHORTFALL]) == (pounds(8000), pounds(2000))
    share = InvoiceFacts(
        number="CB2",
        insurer="",
        is_share=True,
        issued_on=FIRST,
        voided_on=None,
        before_vat=pounds(2000),
        vat=NOTHING,
        patient_paid=NOTHING,
    )
    found = balances(
        [
            journal_entries.invoice_transaction(bill),
            journal_entries.entry_transaction(short),
            journal_entries.invoice_transaction(share),
        ]
    )
    assert (found[Account.DEBTORS_CLIENTS], found[Account.SHORTFALL], found[Account.INCOME]) == (
        pounds(2000),
        NOTHING,
        -pounds(10000),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("credited", "vat"), [("report", 2000), ("visit", 0)])
def test_a_credit_gives_back_the_vat_of_its_own_line(credited: str, vat: int) -> None:
    practice = builders.practice()
    draft = InvoiceDraft(
        client=builders.client(practice), practitioner=builders.practitioner(practice), issued_on=FIRST, insurer_slug=""
    )
    lines = [
        LineDraft(description="report", treated_on=FIRST, unit_price=pounds(10000), vat_rate=Decimal(20)),
        LineDraft(description="visit", treated_on=FIRST, unit_price=pounds(12000)),
    ]
    actor = Actor(practice, None, builders.NOW)
    invoice = services.create(actor, draft=draft, lines=lines)
    line = invoice.lines.get(description=credited)
    credit_notes.create(actor, invoice=invoice, amounts={line.pk: pounds(12000)}, reason="Billed by mistake")
    entry = LedgerEntry.objects.get()
    (one,) = queries.transactions(practice, entry.on, entry.on)
    assert {line.account: line.amount for line in one.lines if line.amount} == {
        Account.DEBTORS_CLIENTS: -pounds(12000),
        Account.INCOME: pounds(12000 - vat),
        **({Account.VAT: pounds(vat)} if vat else {}),
    }


@pytest.fixture
def member():
    return builders.member(builders.practice(), Role.ACCOUNTANT)


def taken(member, path):
    answer = builders.signed_in(member).get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")


PERIOD = "first_on=2026-01-01&last_on=2026-12-31"


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["", "&by=each"])
def test_the_xero_file_has_the_columns_of_its_template_and_every_journal_balances(member, way):
    History(member.practice, 4)
    rows = list(csv.DictReader(io.StringIO(taken(member, f"/money/accounts/xero.csv?{PERIOD}{way}"))))
    assert tuple(rows[0]) == exports.XERO_COLUMNS
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        assert re.fullmatch(r"\d\d/\d\d/2026", row["*Date"])
        assert row["*AccountCode"] in {"615", "616", "617", "618", "200", "820", "450"}
        assert row["*TaxRate"] == "No VAT"
        key = (row["*Narration"], row["*Date"])
        sums[key] = sums.get(key, NOTHING) + Decimal(row["*Amount"])
    assert len(sums) > 20
    assert not any(sums.values())


def parts_of(answer):
    """The files of a zip, each without its heading, by their names."""
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig").splitlines() for name in archive.namelist()}


@pytest.mark.django_db
def test_what_is_more_than_xero_takes_comes_in_parts_that_balance_and_lose_nothing(member, monkeypatch):
    History(member.practice, 4)
    path = f"/money/accounts/xero.csv?{PERIOD}&by=each"
    monkeypatch.setattr(exports, "XERO_MOST_LINES", 10_000)
    whole = taken(member, path).splitlines()
    monkeypatch.setattr(exports, "XERO_MOST_LINES", 20)
    answer = builders.signed_in(member).get(path)
    assert answer["Content-Disposition"] == 'attachment; filename="xero-journal-2026-01-01-2026-12-31.zip"'
    parts = parts_of(answer)
    assert next(iter(parts)) == "xero-journal-2026-01-01-2026-12-31-part-001.csv"
    assert len(parts) > 5
    seen = set()
    for lines in parts.values():
        assert lines[0] == whole[0]
        assert 2 < len(lines) <= 20
        rows = list(csv.DictReader(lines))
        assert sum(Decimal(row["*Amount"]) for row in rows) == 0
        journals = {row["*Narration"] for row in rows}
        assert not journals & seen
        seen |= journals
    assert [line for lines in parts.values() for line in lines[1:]] == whole[1:]
    again = builders.signed_in(member).get(path)
    assert parts_of(again) == parts


def test_a_part_holds_as_much_as_xero_takes_and_not_a_line_more():
    line = reports_entries.Transaction("I-1", FIRST, "Invoice", [journal_entries.Line(Account.BANK, NOTHING)] * 2)
    assert [len(part) for part in exports.for_xero([line] * 149)] == [149]
    assert [len(part) for part in exports.for_xero([line] * 150)] == [149, 1]
    assert list(exports.for_xero([])) == [[]]


@pytest.mark.django_db
def test_the_plain_text_holds_the_same_money_and_every_transaction_balances(member):
    History(member.practice, 4)
    text = taken(member, f"/money/accounts/books.journal?{PERIOD}")
    blocks = [block for block in text.split("\n\n") if re.match(r"2026-", block)]
    whole = list(queries.transactions(member.practice, FIRST, LAST))
    assert [re.search(r"\((.*?)\)", block)[1] for block in blocks] == [one.key for one in whole]
    for block, one in zip(blocks, whole, strict=True):
        amounts = [Decimal(found) for found in re.findall(r"  GBP (-?\d+\.\d\d)$", block, re.MULTILINE)]
        assert amounts == [line.amount for line in one.lines]
        assert sum(amounts) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["xero.csv?by=each&", "books.journal?"])
def test_no_name_of_a_client_and_no_free_text_is_in_the_export(member, path):
    History(member.practice, 4)
    text = taken(member, f"/money/accounts/{path}{PERIOD}")
    assert "CB7000" in text
    assert "Sample" not in text
    assert "Testa" not in text


@pytest.mark.django_db
def test_the_page_shows_the_period_and_an_empty_one_says_so(member):
    History(member.practice, 4)
    answer = builders.signed_in(member).get(f"/money/accounts?{PERIOD}")
    rows = answer.context["rows"]
    assert sum(row["debit"] for row in rows) == sum(row["credit"] for row in rows) == answer.context["total"] > 0
    assert answer.context["lines"] == len(taken(member, f"/money/accounts/xero.csv?by=each&{PERIOD}").splitlines()) - 1
    assert answer.context["day_lines"] == len(taken(member, f"/money/accounts/xero.csv?{PERIOD}").splitlines()) - 1
    empty = builders.signed_in(member).get("/money/accounts?first_on=2020-01-01&last_on=2020-01-31")
    assert "Nothing happened in these days" in empty.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first_on=2026-02-01&last_on=2026-01-01", "Exchange them"),
        ("first_on=2020-01-01&last_on=2026-01-01", "Take a year at most"),
        ("first_on=x&last_on=2026-01-01", "is not a date"),
        ("first_on=", "Fill this in"),
    ],
)
def test_a_period_that_cannot_be_is_explained_and_gives_no_file(member, query, sentence):
    assert sentence in builders.signed_in(member).get(f"/money/accounts?{query}").content.decode()
    assert builders.signed_in(member).get(f"/money/accounts/xero.csv?{query}").status_code == 404


def codes(**changes):
    given = {name: f"9{place}0" for place, name in enumerate(chart_of_accounts.FIELDS.values())}
    return {**given, "tax_rate": "Exempt Income", **changes}


@pytest.mark.django_db
def test_the_codes_are_the_practices_own_and_the_trail_knows_who_changed_them():
    owner = builders.member(builders.practice())
    other = builders.practice("Beech Rooms")
    answer = builders.signed_in(owner).post("/money/accounts/codes", codes(bank="zz 9"))
    assert answer.status_code == 302
    assert queries.codes_of(owner.practice).bank == "ZZ9"
    assert queries.codes_of(other).bank == "618"
    History(owner.practice, 4)
    text = taken(owner, f"/money/accounts/xero.csv?{PERIOD}")
    assert ",ZZ9,Exempt Income," in text
    entry = AuditEntry.objects.get(practice=owner.practice, action="changed the account codes")
    assert entry.changes["bank"] == ["618", "ZZ9"]
    builders.signed_in(owner).post("/money/accounts/codes", codes(bank="ZZ9"))
    assert AuditEntry.objects.filter(practice=owner.practice, action="changed the account codes").count() == 1
    assert AccountCodes.objects.count() == 1


@pytest.mark.django_db
def test_an_accountant_sees_and_exports_but_changes_no_code(member):
    assert "You can look at these" in builders.signed_in(member).get("/money/accounts/codes").content.decode()
    assert builders.signed_in(member).post("/money/accounts/codes", codes()).status_code == 403
    assert not AccountCodes.objects.exists()


@pytest.mark.django_db
def test_a_code_that_is_missing_or_too_long_is_refused_at_its_field():
    owner = builders.member(builders.practice())
    answer = builders.signed_in(owner).post("/money/accounts/codes", codes(bank="", income="X" * 11))
    text = answer.content.decode()
    assert "Enter the money received." in text
    assert "11 characters" in text
    assert not AccountCodes.objects.exists()


@pytest.mark.django_db
def test_a_code_that_a_spreadsheet_would_run_is_made_harmless():
    owner = builders.member(builders.practice())
    builders.signed_in(owner).post("/money/accounts/codes", codes(bank="=1+1", tax_rate="@SUM(1)"))
    History(owner.practice, 4)
    text = taken(owner, f"/money/accounts/xero.csv?{PERIOD}")
    assert ",'=1+1,'@SUM(1)," in text


@pytest.mark.django_db
def test_nothing_of_another_practice_is_exported(member):
    History(builders.practice("Beech Rooms"), 4)
    assert len(taken(member, f"/money/accounts/xero.csv?{PERIOD}").splitlines()) == 1
