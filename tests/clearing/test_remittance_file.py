"""The remittance file that a practice fetches by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clearbill.clearing.healthcode.assumed_2026_11 import read_remittance_file
from clearbill.clearing.healthcode.xml import Unreadable

FILE = """<RemittanceMsg Status="Test"><MsgId>R-1</MsgId><MsgIssueDate>20261124021000</MsgIssueDate>
<Insurer>bup</Insurer><ProviderNo>TP000001</ProviderNo><New/>
<Payment><PaymentReference>PAY900001</PaymentReference><PaymentDate>20261125</PaymentDate>
<Line><CHClaimNo>9000000123</CHClaimNo><PayorClaimNo>ZC-5550001</PayorClaimNo><InvoiceNo>CB10042</InvoiceNo>
<ClaimAmt>125.00</ClaimAmt><PaidAmt>105.00</PaidAmt><PrevPaidAmt>5</PrevPaidAmt><ShortAmt>20.00</ShortAmt>
<RegistrationNo>ZZ00000001</RegistrationNo><PatientName><FamilyName>Sample</FamilyName><GivenName>Testa</GivenName>
</PatientName></Line>
<Line><InvoiceNo>CB10043</InvoiceNo><PaidAmt>80.50</PaidAmt></Line></Payment></RemittanceMsg>"""


def test_payments_and_their_bills_are_read() -> None:
    (payment,) = read_remittance_file(FILE.encode())
    summary, (first, second) = payment.summary, payment.claims
    assert (summary.remittance_id, summary.payment_reference, summary.payee_number) == ("R-1", "PAY900001", "TP000001")
    assert (summary.paid_on, summary.amount) == (date(2026, 11, 25), Decimal("185.50"))
    assert summary.created_at == datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
    assert summary.invoice_numbers == ("CB10042", "CB10043")
    assert (first.claimed, first.paid, first.previously_paid) == (Decimal(125), Decimal(105), Decimal(5))
    assert (first.patient_name, first.membership_number) == ("Sample, Testa", "ZZ00000001")
    assert second.claimed == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("105.00", "one hundred"),
        ("105.00", "105.005"),
        ("105.00", "1E+99999999"),
        ("105.00", "Infinity"),
        ("20261125", "25/11/2026"),
        ("PAY900001", ""),
        ("RemittanceMsg", "Other"),
        ("<RemittanceMsg", "<!DOCTYPE x><RemittanceMsg"),
        ("</Payment>", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(old: str, new: str) -> None:
    with pytest.raises(Unreadable):
        read_remittance_file(FILE.replace(old, new).encode())
