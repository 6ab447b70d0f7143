"""A long file takes no more memory than a short one."""

from __future__ import annotations

import csv
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from typing import IO

import pytest

from clearbill.fileformats import Answers, RowFault
from tests.fileformats.reading import HEADER, READERS, TODAY
from tests.fileformats.workbooks import xlsx


def paid_csv(rows: int) -> Iterator[str]:
    yield f"{HEADER}\n"
    for no in range(rows):
        yield f"CB{no:06},{no % 500}.50,PAY{no // 100},{no % 28 + 1:02}/10/2026,Sample {no}\n"


def paid_xml(rows: int) -> Iterator[str]:
    yield "<RemittanceMsg><MsgId>R</MsgId><Insurer>bup</Insurer><Payment><PaymentReference>P</PaymentReference>"
    for no in range(rows):
        yield (
            f"<Line><CHClaimNo>{no}</CHClaimNo><InvoiceNo>CB{no:06}</InvoiceNo><ClaimAmt>600.00</ClaimAmt>"
            f"<PaidAmt>{no % 500}.50</PaidAmt><PatientName><FamilyName>Sample{no}</FamilyName></PatientName></Line>\n"
        )
    yield "</Payment></RemittanceMsg>"


def bank_csv(rows: int) -> Iterator[str]:
    yield "Date,Description,Amount,Balance\n"
    balance = 1000
    for no in range(rows):
        amount = no % 300 - 140
        balance += amount
        yield f"{no * 28 // rows + 1:02}/10/2026,LINE {no},{amount}.00,{balance}.00\n"


def bank_ofx(rows: int) -> Iterator[str]:
    yield "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>GBP<BANKTRANLIST>\n"
    for no in range(rows):
        yield f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>20261001<TRNAMT>{no % 500}.25<FITID>{no}<NAME>LINE {no}</STMTTRN>\n"
    yield "</BANKTRANLIST></STMTRS></OFX>"


def bank_qif(rows: int) -> Iterator[str]:
    yield "!Type:Bank\n"
    for no in range(rows):
        yield f"D{no * 28 // rows + 1:02}/10/2026\nT{no % 500}.25\nPLINE {no}\n^\n"


def bank_camt(rows: int) -> Iterator[str]:
    yield "<Document><BkToCstmrStmt><Stmt><Acct><Ccy>GBP</Ccy></Acct>"
    for no in range(rows):
        yield (
            f"<Ntry><Amt Ccy='GBP'>{no % 500}.25</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt>"
            f"<Dt>2026-10-01</Dt></BookgDt><AddtlNtryInf>LINE {no}</AddtlNtryInf></Ntry>"
        )
    yield "</Stmt></BkToCstmrStmt></Document>"


def in_a_workbook(lines: Callable[[int], Iterator[str]]) -> Callable[[int], Iterator[bytes]]:
    return lambda rows: iter([xlsx({"Sheet": list(csv.reader(lines(rows)))})])


WRITERS: dict[str, Callable[[int], Iterator[str | bytes]]] = {
    "remittance CSV": paid_csv,
    "remittance XML": paid_xml,
    "remittance Excel": in_a_workbook(paid_csv),
    "bank CSV": bank_csv,
    "bank Excel": in_a_workbook(bank_csv),
    "bank OFX": bank_ofx,
    "bank QIF": bank_qif,
    "bank CAMT.053": bank_camt,
}
"""What writes a file of each kind with so many rows."""


def written(parts: Iterator[str | bytes]) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    for part in parts:
        file.write(part.encode() if isinstance(part, str) else part)
    file.seek(0)
    return file


def writer_of(kind: str) -> Callable[[int], Iterator[str | bytes]]:
    assert kind in WRITERS, f"Nobody knows how much memory {kind} takes: add what writes a file of it to WRITERS."
    return WRITERS[kind]


def peak_bytes(kind: str, rows: int) -> int:
    with written(writer_of(kind)(rows)) as file:
        tracemalloc.start()
        try:
            good = sum(not isinstance(row, RowFault) for row in READERS[kind](file, today=TODAY, answers=Answers()))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert good == rows
    return peak


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    peak_bytes(kind, 500)  # What is loaded and compiled once.
    assert peak_bytes(kind, 20_000) < 1.2 * peak_bytes(kind, 4_000)


@pytest.mark.parametrize("kind", READERS)
def test_every_format_has_a_file_of_any_length(kind: str) -> None:
    with written(writer_of(kind)(30)) as file:
        assert sum(not isinstance(row, RowFault) for row in READERS[kind](file, today=TODAY, answers=Answers())) == 30
