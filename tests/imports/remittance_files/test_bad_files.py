"""Files that are damaged, foreign or ill-meant: a sentence or a report row by row; nothing, or just the good rows."""

from __future__ import annotations

import gzip
import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client as Browser

from clearbill.fileformats import LARGEST_BYTES
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from clearbill.people.actor import Actor
from tests import builders
from tests.claims.desk import Desk
from tests.imports.remittance_files.importing_files import answer, bring, csv_file, page, report, row, take_in, text
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db
XML = (
    "<RemittanceMsg><MsgId>R-1</MsgId><Insurer>bup</Insurer><Payment><PaymentReference>P1</PaymentReference>"
    "<Line><InvoiceNo>{number}</InvoiceNo><PaidAmt>{paid}</PaidAmt></Line></Payment></RemittanceMsg>"
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def nothing_came() -> bool:
    return not (Remittance.objects.exists() or ClaimPayment.objects.exists() or LedgerEntry.objects.exists())


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252"), ("utf-8", "UTF-8")],
)
def test_every_usual_encoding_is_read_and_told(desk: Desk, browser: Browser, encoding: str, told: str) -> None:
    claim = collected(desk)
    rows = csv_file(row(claim, paid="£70.00"), row(claim, number="ZZ1", paid="£1.00")).decode()
    said = bring(browser, rows.replace("bup\r\n", "bup\r\n").encode(encoding))
    assert f"Encoding {told}" in said
    assert "2 good, 0 wrong" in said
    assert "1 bill put to claims, 1 waits" in take_in(browser)


def test_a_number_in_a_wrong_encoding_is_wrong_and_no_guess(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, csv_file(row(claim), row(claim, number="Zo\ufffd1")))
    assert "1 good, 1 wrong" in said
    assert "a character that could not be read" in said


def test_semicolons_are_columns_too(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, csv_file(row(claim)).replace(b",", b";"))
    assert "1 good, 0 wrong" in said
    assert "parted by semicolons" in said


def test_swapped_columns_are_told_at_their_cells(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    header = "Invoice No,Payment Date,Amount Paid,Payment Reference,Insurer"
    said = bring(browser, csv_file(f"{claim.number},70.00,13/11/2026,P1,bup", header=header))
    assert "0 good, 1 wrong" in said
    assert "This is a date, not an amount. Perhaps two columns are swapped." in said
    assert "This is an amount or a number, not a date." in said
    assert "Take in the" not in said
    take_in(browser)
    assert nothing_came()


def test_a_shifted_row_is_left_out_and_the_others_are_taken_in(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, csv_file(row(claim), f"{row(claim, number='ZZ1')},one,two"))
    assert "1 good, 1 wrong" in said
    assert "Its cells may be shifted." in said
    take_in(browser)
    assert list(ClaimPayment.objects.values_list("invoice_number", flat=True)) == [claim.number]


def test_a_formula_is_shown_as_text_and_written_so_that_no_program_runs_it(desk: Desk, browser: Browser) -> None:
    evil = "=cmd|' /C calc'!A0"
    claim = collected(desk)
    header = "Invoice No,Amount Paid,Payment Reference,Patient,Insurer"
    rows = [f"{evil},70.00,P1,Sample,bup", f"CB1,{evil},P1,Sample,bup", f"{claim.number},70.00,P1,+44 calc,bup"]
    said = bring(browser, csv_file(*rows, header=header))
    assert "2 good, 1 wrong" in said
    assert "This is a formula or a text, not an amount." in said
    assert evil in page(browser, "?show=good")
    cells = [cell for line in report(browser).splitlines() for cell in line.split(",")]
    assert f"'{evil}" in cells
    assert "'+44 calc" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    take_in(browser)
    assert evil in text(browser.get(f"/money/payments/{Remittance.objects.get().pk}"))


def test_a_minus_is_money_taken_back_and_never_more_than_was_paid(desk: Desk, browser: Browser) -> None:
    claim, other = collected(desk), collected(desk)
    bring(browser, csv_file(row(claim), row(other)))
    take_in(browser)
    rows = [row(claim, paid="(20.00)", reference="P2"), row(other, paid="-90.00", reference="P2")]
    assert "2 good, 0 wrong" in bring(browser, csv_file(*rows))
    assert "1 bill put to claims, 1 waits" in take_in(browser)
    assert LedgerEntry.objects.filter(amount=-20).count() == 1
    assert ClaimPayment.objects.get(paid=-90).why == "taken back"


def test_amounts_that_no_payment_has_are_wrong(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(
        browser,
        csv_file(
            row(claim, paid="99999999999.00"),
            row(claim, paid="1e9"),
            row(claim, number="ZZ1", paid="99999999.99"),
            row(claim, number="ZZ2", paid="0.01"),
        ),
    )
    assert "1 good, 3 wrong" in said
    assert "The amount is too large." in said
    assert "With this row the payment comes to more than £99,999,999.99" in said
    assert "0 bills put to claims, 1 waits for you" in take_in(browser)


@pytest.mark.parametrize("day", ["13/11/2126", "13/11/1926", "31/02/2026"])
def test_days_of_another_century_are_wrong(desk: Desk, browser: Browser, day: str) -> None:
    said = bring(browser, csv_file(row(collected(desk), day=day)))
    assert "0 good, 1 wrong" in said
    assert "The day of the payment" in said


def test_a_number_that_is_too_long_to_keep_is_wrong_and_not_cut_off(desk: Desk, browser: Browser) -> None:
    said = bring(browser, csv_file(row(collected(desk), number="C" * 41)))
    assert "This has 41 characters; 40 at most can be kept." in said


def packed(content: bytes, name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bomb.zip", packed(bytes(20_000_000), "payments.csv"), "This is a packed file (zip)."),
        ("bomb.csv", gzip.compress(bytes(20_000_000)), "This is a packed file (gzip)."),
        ("book.xlsx", packed(b"x", "xl/workbook.xml"), "The workbook is damaged"),
        (
            "letter.pdf",
            b"%PDF-1.7 and more",
            "This is a PDF, which only people can read for certain. Bring the same as XML, CSV or Excel.",
        ),
        ("nothing.csv", b"  \r\n ", "The file is empty."),
        ("empty.csv", b"", "The file is empty."),
        ("words.txt", b"Dear Sir, we have paid you. Yours", "The file leaves something open"),
        ("page.html", b"<!doctype html><title>Sign in</title>", "This is a web page."),
        ("noise.csv", bytes(range(1, 256)) * 40, "The file leaves something open"),
        ("head.csv", b"Invoice,Paid,Payment ref,Insurer\r\n", "The file holds no rows below its header."),
        ("other.xml", b"<Invoice><Line/></Invoice>", "This is XML, but no remittance"),
    ],
)
def test_a_file_that_is_no_remittance_gets_a_sentence(
    browser: Browser, name: str, content: bytes, sentence: str
) -> None:
    assert sentence in bring(browser, content, name)
    take_in(browser)
    assert nothing_came()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('<!DOCTYPE r [<!ENTITY a "b">]>' + XML.format(number="&a;", paid="70.00"), "carries a document type"),
        (
            '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + XML.format(number="&a;", paid="70.00"),
            "carries a document type",
        ),
        (XML.format(number="&unknown;", paid="70.00"), "uses an entity that is not part of XML"),
        (XML.format(number="CB1", paid="70.00")[:-40], "The XML breaks off"),
    ],
)
def test_xml_with_entities_or_without_an_end_is_read_no_further(browser: Browser, content: str, sentence: str) -> None:
    said = bring(browser, content.encode(), "payment.xml")
    assert sentence in said
    assert "passwd" not in said
    assert "root:" not in said


def test_the_rows_before_a_break_can_be_taken_in(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    content = XML.format(number=claim.number, paid="70.00").replace("</Payment>", "<Line><InvoiceNo>ZZ1</Invo")
    said = bring(browser, content.encode(), "payment.xml")
    assert "1 good, 1 wrong" in said
    assert "1 bill put to claims" in take_in(browser)


class Sized(TemporaryUploadedFile):
    """A file on disk of this many bytes, most of them a hole."""

    def __init__(self, folder: Path, size: int, beginning: bytes) -> None:
        super().__init__("large.csv", "text/csv", size, None)
        self.file.write(beginning)  # type: ignore[union-attr]
        self.file.truncate(size)  # type: ignore[union-attr]
        self.file.seek(0)  # type: ignore[union-attr]


def test_a_file_above_50_mb_gets_a_sentence_at_its_field(tmp_path: Path, browser: Browser) -> None:
    file = Sized(tmp_path, LARGEST_BYTES + 1, b"Invoice,Paid\r\n")
    said = text(browser.post("/money/import", {"file": file}))
    assert "The file is larger than 50 MB. Split it and bring the parts one after another." in said
    assert not Document.objects.exists()


@pytest.mark.slow
def test_a_file_of_50_mb_is_kept_and_read_in_bounded_memory(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    from clearbill.imports.remittance_files import services as uploads

    line = (row(collected(desk), number="Z" * 10) + "," + "x" * 400 + "\r\n").encode()
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(csv_file(header=csv_file().decode().strip() + ",Anything"))
        while file.tell() < LARGEST_BYTES - 2 * len(line):
            file.write(line)
    tracemalloc.start()
    with path.open("rb") as file:
        kept = uploads.store_file(Actor(desk.practice, desk.owner.user, desk.now), content=file, name="large.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (question,) = kept.found["questions"]
    assert (question["field"], re.match(r"1\d\d,\d{3} rows repeat", question["sentence"]) is not None) == (
        "repeated",
        True,
    )
    assert kept.document.parts.count() == -(-path.stat().st_size // (256 * 1024)) - 1
    assert peak < 24_000_000


def test_answers_that_make_no_sense_are_refused_with_a_sentence(desk: Desk, browser: Browser) -> None:
    bring(
        browser,
        csv_file(f"{collected(desk).number},1.00,70.00,P1,bup", header="Invoice,Paid,Amount paid,Payment ref,Insurer"),
    )
    assert "Choose one from the list" in answer(browser, amount_paid="7")
    assert "thing to fix" in answer(browser)
