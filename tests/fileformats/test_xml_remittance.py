"""The remittance file of the clearing house, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import UnreadableFile
from tests.fileformats.reading import paid, paid_reading

FILE = """<RemittanceMsg Status="Test"><MsgId>R-1</MsgId><MsgIssueDate>20261124021000</MsgIssueDate>
<Insurer>bup</Insurer><ProviderNo>TP000001</ProviderNo><New/>
<Payment><PaymentReference>PAY900001</PaymentReference><PaymentDate>20261125</PaymentDate>
<Line><CHClaimNo>9000000123</CHClaimNo><PayorClaimNo>ZC-5550001</PayorClaimNo><InvoiceNo>CB10042</InvoiceNo>
<ClaimAmt>125.00</ClaimAmt><PaidAmt>105.00</PaidAmt><PrevPaidAmt>5</PrevPaidAmt><ShortAmt>20.00</ShortAmt>
<RegistrationNo>ZZ00000001</RegistrationNo><PatientName><FamilyName>Sample</FamilyName><GivenName>Testa</GivenName>
</PatientName></Line>
<Line><InvoiceNo>CB10043</InvoiceNo><PaidAmt>80.50</PaidAmt></Line></Payment></RemittanceMsg>"""


def test_every_line_is_read_with_its_payment() -> None:
    (first, second), faults = paid(FILE)
    assert not faults
    assert (first.message_id, first.payment_reference, first.payee_number) == ("R-1", "PAY900001", "TP000001")
    assert (first.insurer, first.paid_on, first.issued_on) == ("bup", date(2026, 11, 25), date(2026, 11, 24))
    assert (first.invoice_number, first.clearing_claim_number) == ("CB10042", "9000000123")
    assert (first.payor_claim_number, first.membership_number) == ("ZC-5550001", "ZZ00000001")
    assert (first.amount_claimed, first.amount_paid) == (Decimal("125.00"), Decimal("105.00"))
    assert (first.previously_paid, first.shortfall) == (Decimal("5.00"), Decimal("20.00"))
    assert first.patient_name == "Sample, Testa"
    assert (second.invoice_number, second.amount_paid, second.amount_claimed) == ("CB10043", Decimal("80.50"), None)


def test_the_marker_of_a_test_message_is_told() -> None:
    assert paid_reading(FILE).is_test
    assert not paid_reading(FILE.replace(' Status="Test"', "")).is_test


def test_each_payment_of_a_file_keeps_its_own_head() -> None:
    more = (
        "<Payment><PaymentReference>PAY2</PaymentReference><Line><InvoiceNo>A1</InvoiceNo><PaidAmt>1</PaidAmt></Line>"
    )
    rows, _ = paid(FILE.replace("</RemittanceMsg>", f"{more}</Payment></RemittanceMsg>"))
    assert [(row.payment_reference, row.paid_on) for row in rows][1:] == [
        ("PAY900001", date(2026, 11, 25)),
        ("PAY2", None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("105.00", "one hundred", "amount_paid"),
        ("105.00", "105.005", "amount_paid"),
        ("105.00", "1E+99999999", "amount_paid"),
        ("105.00", "Infinity", "amount_paid"),
        ("<PaidAmt>105.00</PaidAmt>", "", "amount_paid"),
        ("125.00", "x", "amount_claimed"),
        ("20261125", "11/05/2026", "paid_on"),
        ("20261125", "20260229", "paid_on"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_at_its_field(old: str, new: str, field: str) -> None:
    _, faults = paid(FILE.replace(old, new))
    assert (faults[0].row_no, faults[0].field) == (1, field)


def test_of_payments_without_reference_and_date_only_the_first_can_be_asked_for() -> None:
    nameless = FILE.replace("PAY900001", "").replace("20261125", "")
    rows, faults = paid(nameless)
    assert ([row.payment_reference for row in rows], faults) == (["", ""], [])
    more = "<Payment><Line><InvoiceNo>A1</InvoiceNo><PaidAmt>1</PaidAmt></Line></Payment>"
    rows, faults = paid(nameless.replace("</RemittanceMsg>", f"{more}</RemittanceMsg>"))
    assert [row.invoice_number for row in rows] == ["CB10042", "CB10043"]
    assert [(fault.row_no, fault.field) for fault in faults] == [(3, "payment_reference")]


def test_truncated_xml_gives_the_rows_before_the_break_and_then_the_fault() -> None:
    rows, faults = paid(FILE[: FILE.index("<Line><InvoiceNo>CB10043") + 40])
    assert [row.invoice_number for row in rows] == ["CB10042"]
    assert [(fault.row_no, "breaks off" in fault.sentence) for fault in faults] == [(2, True)]


def test_a_file_cut_anywhere_never_gives_half_a_line() -> None:
    whole = paid(FILE)[0]
    for cut in range(FILE.index("<Payment>"), len(FILE) - 1, 3):
        rows, faults = paid(FILE[:cut])
        assert rows == whole[: len(rows)]
        assert faults


BILLION = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "start",
    [
        "<!DOCTYPE RemittanceMsg>",
        BILLION,
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
        f"<!-- {'x' * 200_000} -->{BILLION}",
    ],
)
def test_a_document_type_is_refused_before_anything_in_it_is_read(start: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(UnreadableFile, match="DOCTYPE"):
            paid_reading((start + FILE.replace("Sample", "&c;")).encode(encoding))


def test_an_entity_ends_the_reading_with_a_sentence() -> None:
    rows, faults = paid(FILE.replace("CB10043", "&file;"))
    assert [row.invoice_number for row in rows] == ["CB10042"]
    assert "entity" in faults[0].sentence


@pytest.mark.parametrize("content", ["<Other><Payment/></Other>", "<", "<a", "< >", "<?xml?><x/>"])
def test_any_other_document_is_refused(content: str) -> None:
    with pytest.raises(UnreadableFile):
        paid_reading(content)


def test_a_file_without_lines_says_so() -> None:
    rows, faults = paid("<RemittanceMsg><MsgId>1</MsgId></RemittanceMsg>")
    assert not rows
    assert faults[0].sentence == "The file holds no lines of a payment."


def test_namespaces_and_other_encodings_are_taken_and_strange_ones_refused() -> None:
    spaced = FILE.replace("<RemittanceMsg", '<RemittanceMsg xmlns="urn:x"').replace("Sample", "Séance")
    for encoding in ("utf-16", "windows-1252"):
        content = f'<?xml version="1.0" encoding="{encoding}"?>{spaced}'.encode(encoding)
        assert paid(content)[0][0].patient_name == "Séance, Testa"
    with pytest.raises(UnreadableFile, match="encoding"):
        paid_reading(f'<?xml version="1.0" encoding="UTF-7"?>{FILE}')


def test_deep_nesting_and_endless_text_break_nothing() -> None:
    deep = FILE.replace("<New/>", "<a>" * 500_000)
    assert "nested deeper" in paid(deep)[1][0].sentence
    rows, faults = paid(FILE.replace("CB10042", "9" * 3_000_000))
    assert [fault.field for fault in faults] == ["invoice_number"]
    assert len(faults[0].shown) <= 40
    assert len(rows) == 1


def test_no_name_of_a_patient_stands_in_a_fault() -> None:
    broken = FILE.replace("105.00", "Sample Testa").replace("<InvoiceNo>CB10042", "<InvoiceNo>Sample" + " Testa" * 30)
    _, faults = paid(broken)
    assert len(faults) == 2
    assert not any(name in f"{fault}" for fault in faults for name in ("Sample", "Testa"))
