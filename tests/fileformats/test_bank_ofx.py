"""Bank statements from OFX, in SGML and in XML."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import UnreadableFile
from tests.fileformats.reading import bank, bank_reading, left_out

SGML = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20261123</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP
<BANKACCTFROM><BANKID>000000<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261123
<STMTTRN>
<TRNTYPE>CREDIT
<DTPOSTED>20261120
<TRNAMT>185.00
<FITID>A1
<NAME>BUPA &amp; CO
<MEMO>PAY900001
</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261121120000[0:GMT]<TRNAMT>-2,5<FITID>A2<NAME>RENT<MEMO></STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>182.50<DTASOF>20261123</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
LINE = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261121120000[0:GMT]<TRNAMT>-2,5<FITID>A2<NAME>RENT<MEMO></STMTTRN>"


def test_the_lines_of_an_sgml_statement_are_read() -> None:
    (first, second), faults = bank(SGML)
    assert not faults
    assert (first.row_no, first.booked_on, first.amount) == (1, date(2026, 11, 20), Decimal("185.00"))
    assert (first.description, first.transaction_type, first.transaction_id) == ("BUPA & CO PAY900001", "CREDIT", "A1")
    assert first.account == "12345678"
    assert (second.amount, second.description) == (Decimal("-2.50"), "RENT")


def test_an_xml_statement_gives_the_same_rows() -> None:
    closed = ("TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "NAME", "MEMO", "CURDEF", "ACCTID")
    body = SGML[SGML.index("<OFX>") :]
    for tag in closed:
        parts = body.split(f"<{tag}>")
        body = parts[0] + "".join(f"<{tag}>{part.replace('<', f'</{tag}><', 1)}" for part in parts[1:])
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"?>\n'
    for content in (head + body, head + "<!-- <STMTTRN> -->" + body):
        assert bank(content) == bank(SGML)


def test_character_data_and_a_bare_less_than_are_text() -> None:
    (row, _), _ = bank(SGML.replace("BUPA &amp; CO", "<![CDATA[A <b> & C]]> < D"))
    assert row.description == "A <b> & C < D PAY900001"


def test_groups_inside_a_line_do_not_overwrite_it() -> None:
    inner = (
        "<PAYEE><NAME>ACME<ADDR1>x</PAYEE><BANKACCTTO><ACCTID>999</BANKACCTTO><ORIGCURRENCY><CURSYM>EUR</ORIGCURRENCY>"
    )
    (row, _), faults = bank(SGML.replace("<NAME>BUPA &amp; CO", inner))
    assert (row.description, row.account, faults) == ("ACME PAY900001", "12345678", [])


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("20261120", date(2026, 11, 20)),
        ("20260610233000", date(2026, 6, 10)),
        ("202606102330", date(2026, 6, 10)),
        ("2026061023", date(2026, 6, 10)),
        ("202606102330[0:GMT]", date(2026, 6, 11)),
        ("20260610233000[0:GMT]", date(2026, 6, 11)),
        ("20261119230000.000[-5:EST]", date(2026, 11, 20)),
        ("20261120000000[+10.00:AEST]", date(2026, 11, 19)),
    ],
)
def test_the_day_of_a_line_is_the_uk_day(written: str, day: date) -> None:
    assert bank(SGML.replace("<DTPOSTED>20261120", f"<DTPOSTED>{written}"))[0][0].booked_on == day


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<DTPOSTED>20261120", "<DTPOSTED>20260229", "booked_on"),
        ("<DTPOSTED>20261120", "<DTPOSTED>21261120", "booked_on"),
        ("<DTPOSTED>20261120", "", "booked_on"),
        ("<TRNAMT>185.00", "<TRNAMT>185.005", "amount"),
        ("<TRNAMT>185.00", "<TRNAMT>1,185", "amount"),
        ("<TRNAMT>185.00", "<TRNAMT>1,85,185.00", "amount"),
        ("<TRNAMT>185.00", "<TRNAMT>=185", "amount"),
        ("<TRNAMT>185.00", "<TRNAMT>999999999", "amount"),
        ("<TRNAMT>185.00", "", "amount"),
        ("<MEMO>PAY", "<CURRENCY><CURRATE>1<CURSYM>EUR</CURRENCY><MEMO>PAY", "currency"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_at_its_field(old: str, new: str, field: str) -> None:
    rows, faults = bank(SGML.replace(old, new))
    assert ([(fault.row_no, fault.field) for fault in faults], len(rows)) == ([(1, field)], 1)


def test_an_account_that_is_not_in_pounds_gives_no_row() -> None:
    rows, faults = bank(SGML.replace("<CURDEF>GBP", "<CURDEF>EUR"))
    assert (rows, {fault.field for fault in faults}) == ([], {"currency"})


@pytest.mark.parametrize("currency", ["<CURDEF>", ""])
def test_an_account_without_a_currency_is_taken_as_one_in_pounds_and_that_is_said(currency: str) -> None:
    content = SGML.replace("<CURDEF>GBP", currency)
    assert bank(content) == bank(SGML)
    assert [["taken as pounds" in note for note in bank_reading(one).notes] for one in (content, SGML)] == [[True], []]


def test_a_file_that_is_only_the_list_of_lines_is_read() -> None:
    content = SGML[SGML.index("<BANKTRANLIST>") : SGML.index("<LEDGERBAL>")]
    for root in ("OFX", ""):
        whole = f"<{root}>{content}</{root}>" if root else content
        rows, faults = bank(f"OFXHEADER:100\n\n{whole}")
        assert ([row.amount for row in rows], faults) == ([Decimal("185.00"), Decimal("-2.50")], [])
        assert bank(f"OFXHEADER:100\n\n{whole[:-20]}")[1]


def test_a_line_that_says_that_it_has_no_amount_is_left_out() -> None:
    content = SGML.replace("<TRNAMT>185.00", "<TRNAMT>null")
    assert (len(bank(content)[0]), left_out(content)) == (1, [(1, "without an amount")])


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1,185.00", "1185.00"),
        ("+1,234,185.5", "1234185.50"),
        ("-1.185,00", "-1185.00"),
        ("185,5", "185.50"),
        ("-185.00", "-185.00"),
    ],
)
def test_the_amount_and_its_sign_stand_as_written(written: str, amount: str) -> None:
    assert bank(SGML.replace("<TRNAMT>185.00", f"<TRNAMT>{written}"))[0][0].amount == Decimal(amount)


def test_the_sign_of_the_amount_says_whether_money_came_in_whatever_the_type_says() -> None:
    rows, faults = bank(SGML.replace("<TRNTYPE>CREDIT", "<TRNTYPE>DEBIT").replace("<TRNAMT>-2,5", "<TRNAMT>2,5"))
    assert ([row.amount for row in rows], faults) == ([Decimal("185.00"), Decimal("2.50")], [])


def test_a_number_of_the_bank_names_a_line_and_one_that_stands_on_several_names_none_but_the_first() -> None:
    twice, faults = bank(SGML.replace("</BANKTRANLIST>", f"{LINE}</BANKTRANLIST>"))
    assert ([row.repeats_row for row in twice], twice[1].key == twice[2].key, faults) == ([0, 0, 2], True, [])
    more = "".join(LINE.replace("-2,5", amount) for amount in ("-3", "-4"))
    rows, faults = bank(SGML.replace("</BANKTRANLIST>", f"{more}</BANKTRANLIST>"))
    assert [row.amount for row in rows[1:]] == [Decimal("-2.50"), Decimal("-3.00"), Decimal("-4.00")]
    assert ([row.transaction_id for row in rows], faults) == (["A1", "A2", "", ""], [])
    assert len({row.key for row in rows}) == 4
    other = bank(SGML.replace("12345678", "87654321"))[0]
    assert not {row.key for row in other} & {row.key for row in rows}


def test_each_line_of_a_file_with_two_accounts_has_its_own() -> None:
    second = SGML[SGML.index("<STMTTRNRS>") : SGML.index("</BANKMSGSRSV1>")].replace("12345678", "87654321")
    rows, faults = bank(SGML.replace("</BANKMSGSRSV1>", f"{second}</BANKMSGSRSV1>"))
    assert ([row.account for row in rows], faults) == (["12345678"] * 2 + ["87654321"] * 2, [])


@pytest.mark.parametrize(
    "name", ["BALANCE BROUGHT FORWARD", "Balance of the day", "OPENING BALANCE", "Closing balance", "Balance b/f"]
)
def test_a_balance_among_the_lines_is_left_out(name: str) -> None:
    line = LINE.replace("RENT", name).replace("A2", "A3")
    rows, faults = bank(SGML.replace("</BANKTRANLIST>", f"{line}</BANKTRANLIST>"))
    assert (len(rows), faults) == (2, [])
    assert left_out(SGML.replace("</BANKTRANLIST>", f"{line}</BANKTRANLIST>")) == [(3, "a balance or a total")]
    assert left_out(SGML.replace("RENT", "NEW BALANCE SHOES LTD")) == []


def test_lines_whose_end_tags_are_left_out_are_read() -> None:
    assert bank(SGML.replace("</STMTTRN>", "")) == bank(SGML)


@pytest.mark.parametrize("root", ['<OFX xmlns="http://ofx.net/types/2003/04">', "<ofx>", "<o:OFX xmlns:o='x'>"])
def test_a_namespace_is_passed_over(root: str) -> None:
    body = SGML[SGML.index("<OFX>") :]
    assert bank(body.replace("<OFX>", root)) == bank(SGML)
    assert bank(body.replace("</", "</o:").replace("<STMTTRN>", "<o:STMTTRN>")) == bank(SGML)


def test_a_file_cut_anywhere_never_gives_half_a_line() -> None:
    whole = bank(SGML)[0]
    for cut in range(SGML.index("<BANKTRANLIST>"), len(SGML) - 2, 3):
        rows, faults = bank(SGML[:cut])
        assert rows == whole[: len(rows)]
        assert faults


@pytest.mark.parametrize("tag", ["<!DOCTYPE x>", "<!ENTITY a 'b'>", '<!DOCTYPE r [<!ENTITY a "x">]>'])
def test_a_document_type_or_an_entity_is_refused(tag: str) -> None:
    with pytest.raises(UnreadableFile, match="document type"):
        bank_reading(f'<?xml version="1.0"?>{tag}{SGML[SGML.index("<OFX>") :]}')
    rows, faults = bank(SGML.replace(LINE, " " * 5000 + tag + LINE))
    assert (len(rows), "document type" in faults[0].sentence) == (1, True)


@pytest.mark.parametrize("content", ["<RemittanceMsg/>", "<x>", "<?xml version='1.0'?><Document/>"])
def test_any_other_document_is_refused(content: str) -> None:
    with pytest.raises(UnreadableFile, match="OFX"):
        bank_reading(content)


def test_a_statement_without_lines_says_so() -> None:
    assert bank("<OFX></OFX>")[1][0].sentence == "The file holds no lines of a statement."


def test_a_tag_that_never_ends_is_told() -> None:
    rows, faults = bank(SGML.replace(LINE, "<" + "x" * 300_000))
    assert (len(rows), "never ends" in faults[0].sentence) == (1, True)
