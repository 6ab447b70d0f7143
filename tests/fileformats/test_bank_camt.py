"""Bank statements from CAMT.053 and CAMT.052 of ISO 20022."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import UnreadableFile
from tests.fileformats.reading import bank, bank_reading, left_out


def entry(
    amount: str = "185.00",
    direction: str = "CRDT",
    *,
    day: str = "<BookgDt><Dt>2026-11-20</Dt></BookgDt>",
    status: str = "<Sts>BOOK</Sts>",
    payments: str = "",
    more: str = "",
    currency: str = ' Ccy="GBP"',
) -> str:
    return (
        f"<Ntry><Amt{currency}>{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{status}{day}"
        f"<NtryDtls>{payments}</NtryDtls>{more}</Ntry>"
    )


def payment(name: str = "BUPA INS", text: str = "PAY900001", reference: str = "NOTPROVIDED", role: str = "Dbtr") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy='GBP'>1.00</Amt>"
        f"<RltdPties><{role}><Nm>{name}</Nm></{role}></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def statement(*entries: str, account: str = "<IBAN>GB00TEST00000012345678</IBAN>") -> str:
    balance = "<Bal><Amt Ccy='GBP'>9.99</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    return f"<Stmt><Id>1</Id><Acct><Id>{account}</Id><Ccy>GBP</Ccy></Acct>{balance}{''.join(entries)}</Stmt>"


def document(*statements: str, root: str = "BkToCstmrStmt", version: str = "053.001.02") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}">'
        f"<{root}><GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}</{root}></Document>"
    )


CAMT = document(
    statement(
        entry(payments=payment(reference="E2E-1")),
        entry(
            "42.50",
            "DBIT",
            payments=payment("RENT LTD", "November", role="Cdtr"),
            more="<AddtlNtryInf>BP</AddtlNtryInf>",
        ),
    )
)


def test_an_entry_says_who_paid_what_for_and_in_which_account() -> None:
    (first, second), faults = bank(CAMT)
    assert not faults
    assert (first.row_no, first.booked_on, first.amount) == (1, date(2026, 11, 20), Decimal("185.00"))
    assert (first.description, first.reference) == ("BUPA INS PAY900001", "E2E-1")
    assert first.account == "GB00TEST00000012345678"
    assert (second.amount, second.description, second.reference) == (Decimal("-42.50"), "RENT LTD November BP", "")


def test_a_report_within_the_day_is_read_the_same() -> None:
    report = CAMT.replace("BkToCstmrStmt", "BkToCstmrAcctRpt").replace("Stmt>", "Rpt>").replace("camt.053", "camt.052")
    assert bank(report) == bank(CAMT)


def test_names_status_and_account_of_later_versions_are_read() -> None:
    content = (
        CAMT.replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>")
        .replace("<Nm>", "<Pty><Nm>")
        .replace("</Nm>", "</Nm></Pty>")
        .replace("053.001.02", "053.001.08")
    )
    assert bank(content) == bank(CAMT)
    other = bank(document(statement(entry(), account="<Othr><Id>12345678</Id></Othr>")))[0][0]
    assert other.account == "12345678"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("<BookgDt><DtTm>2026-06-10T23:30:00Z</DtTm></BookgDt>", date(2026, 6, 11)),
        ("<BookgDt><DtTm>2026-06-10T23:30:00</DtTm></BookgDt>", date(2026, 6, 10)),
        ("<BookgDt><Dt>2026-06-10+01:00</Dt></BookgDt>", date(2026, 6, 10)),
        ("<BookgDt><Dt>2026-06-10</Dt></BookgDt><ValDt><Dt>2026-06-12</Dt></ValDt>", date(2026, 6, 10)),
        ("<ValDt><Dt>2026-06-12</Dt></ValDt>", date(2026, 6, 12)),
    ],
)
def test_the_day_is_the_uk_day_of_the_booking(day: str, expected: date) -> None:
    assert bank(document(statement(entry(day=day))))[0][0].booked_on == expected


@pytest.mark.parametrize(("status", "words"), [("PDNG", "pending"), ("INFO", "for information"), ("XYZ", "not booked")])
def test_an_entry_that_is_not_booked_is_left_out(status: str, words: str) -> None:
    content = document(statement(entry(status=f"<Sts>{status}</Sts>"), entry("2.00")))
    assert [row.amount for row in bank(content)[0]] == [Decimal("2.00")]
    assert [(row_no, words in reason) for row_no, reason in left_out(content)] == [(1, True)]


def test_a_reversal_goes_the_way_that_the_entry_says() -> None:
    row = bank(document(statement(entry(direction="DBIT", more="<RvslInd>true</RvslInd>"))))[0][0]
    assert (row.amount, row.transaction_type) == (Decimal("-185.00"), "reversal")


def test_an_entry_of_several_payments_is_one_line_with_its_own_amount() -> None:
    several = payment("A SAMPLE", "CB1", "E1") + payment("B SAMPLE", "CB2", "E2") + payment("A SAMPLE", "CB3", "E3")
    (row,), faults = bank(document(statement(entry("300.00", payments=several))))
    assert (row.amount, row.description, row.reference) == (
        Decimal("300.00"),
        "A SAMPLE B SAMPLE CB1 CB2 CB3",
        "",
    )
    assert not faults
    many = "".join(payment(f"SAMPLE {no}", "x" * 140) for no in range(500))
    assert len(bank(document(statement(entry(payments=many))))[0]) == 1


def test_references_by_field_are_read_and_the_banks_own_words_stand_where_nobody_said_anything() -> None:
    structured = (
        "<TxDtls><RmtInf><Strd><RfrdDocInf><Nb>CB1042</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd>"
        "</RmtInf></TxDtls>"
    )
    assert bank(document(statement(entry(payments=structured))))[0][0].description == "CB1042 RF18"
    told = entry(more="<AddtlNtryInf>CREDIT FROM BUPA</AddtlNtryInf>")
    assert bank(document(statement(told)))[0][0].description == "CREDIT FROM BUPA"


def test_each_statement_of_a_file_has_its_own_account() -> None:
    second = statement(entry("1.00"), account="<Othr><Id>87654321</Id></Othr>")
    rows, _ = bank(document(statement(entry()), second))
    assert [row.account for row in rows] == ["GB00TEST00000012345678", "87654321"]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (entry(currency=' Ccy="EUR"'), "currency"),
        (entry("185.005"), "amount"),
        (entry("1,185.00"), "amount"),
        (entry(""), "amount"),
        (entry(direction="SIDEWAYS"), "direction"),
        (entry(day=""), "booked_on"),
        (entry(day="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"), "booked_on"),
        (entry(day="<BookgDt><Dt>2126-02-03</Dt></BookgDt>"), "booked_on"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_at_its_field(broken: str, field: str) -> None:
    rows, faults = bank(document(statement(broken, entry())))
    assert ([(fault.row_no, fault.field) for fault in faults], len(rows)) == ([(1, field)], 1)


def test_a_file_cut_anywhere_never_gives_half_an_entry() -> None:
    whole = bank(CAMT)[0]
    for cut in range(CAMT.index("<Stmt>"), len(CAMT) - 1, 7):
        rows, faults = bank(CAMT[:cut])
        assert rows == whole[: len(rows)]
        assert faults


def test_a_document_type_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="DOCTYPE"):
        bank_reading(CAMT.replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document', 1))


def test_a_statement_without_entries_says_so() -> None:
    assert bank(document(statement()))[1][0].sentence == "The file holds no lines of a statement."
