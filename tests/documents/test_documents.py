"""What stands on the papers, for eyes and for screen readers, whatever was typed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from clearbill import documents
from tests.documents import examples
from tests.documents.examples import SENDER, P, invoice, line, read, report, text

KINDS = ["invoice", "credit note", "receipt", "statement", "letter"]
NASTY = [
    '#import "x.typ"',
    "#panic()",
    "$x^2$ *bold* _it_ @ref <label> `raw`",
    "\\u{41} \\ // off /* on",
    "<script>alert(1)",
    "'\"[]{}()=~-/+|&%^",
    "= Heading",
    "- list",
    "Łukasz Ñandú Ængström",
    "Ελένη Жанна",
    "שלום עולם",
    "محمد علي",
]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return examples.everything()


@pytest.mark.parametrize("kind", KINDS)
def test_every_paper_is_tagged_and_says_what_it_is_to_a_screen_reader(kind: str, made: dict[str, bytes]) -> None:
    document = read(made[kind])
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata is not None
    assert document.metadata.author == "Riverside Clinic"
    assert document.metadata.title.lower().startswith(kind if kind != "letter" else "invoice cb10042: £20.00")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_fonts_that_came_along_are_used(kind: str, made: dict[str, bytes]) -> None:
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for page in read(made[kind]).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all(name.startswith("LibertinusSerif") for name in fonts)


def test_the_same_values_give_the_same_bytes(made: dict[str, bytes]) -> None:
    assert examples.everything() == made


def test_the_layout_asks_for_nothing_from_outside() -> None:
    layout = (files("clearbill.documents") / "page.typ").read_text()
    assert "import" not in layout
    assert "include" not in layout
    assert "image(" not in layout


def test_an_invoice_says_who_asks_whom_for_what_and_how_to_pay(made: dict[str, bytes]) -> None:
    told = text(made["invoice"])
    for words in (
        "Invoice number CB10042",
        "10 Nov 2026",
        "Ms Testa Sample",
        "9 Nov 2026 Physiotherapy ZPHY01 1 £70.00 £70.00",
        "Total £70.00",
        "Sort code 12-34-56",
        "Account number 12345678",
        "Reference CB10042",
        "Exempt from VAT.",
        "Please pay within 14 days.",
        "Page 1 of 1",
    ):
        assert words in told


def test_vat_is_told_by_line_and_by_rate_with_the_practices_number() -> None:
    told = text(examples.invoice_pdf(SENDER, invoice(lines=(line(), report()), total=P("190.00"))))
    for words in (
        "VAT number GB123456789",
        "Exempt £70.00",
        "20 % £100.00",
        "Before VAT £170.00",
        "VAT £20.00",
        "Total £190.00",
        "VAT by rate",
        "20 % £100.00 £20.00",
        "Exempt £70.00 £0.00",
    ):
        assert words in told
    assert "Exempt from VAT." not in told


def standing(**fields: Any) -> str:
    page = documents.invoice_page(SENDER, invoice(paid_before=P("5.00")))
    given = {"as_of": date(2026, 12, 3), "open": P("30.00"), **fields}
    return text(documents.pdf(documents.with_standing(page, documents.Standing(**given))))


def test_a_copy_says_below_the_invoice_what_happened_since_and_what_is_left_to_pay() -> None:
    since = (("Received", P("30.00")), ("Credited", P("10.00")))
    told = standing(since=since)
    assert "Paid before −£5.00 Total £70.00" in told
    assert "On 3 Dec 2026 it stands so: Received −£30.00 Credited −£10.00 To pay £30.00" in told
    assert "Paid too much £3.00" in standing(since=since, open=P("-3.00"))


def test_an_invoice_of_nothing_and_the_copy_of_a_paid_or_void_one_ask_nobody_for_money() -> None:
    assert "Sort code" in standing()
    assert "Sort code" not in text(examples.invoice_pdf(SENDER, invoice(total=P("0.00"))))
    assert "Sort code" not in standing(open=P("0.00"))
    void = standing(is_void=True)
    assert "Void" in void
    assert "Sort code" not in void


@pytest.mark.parametrize("kind", sorted(examples.PAGES))
def test_a_page_that_was_kept_prints_the_same_in_whatever_order_its_keys_come_back(kind: str) -> None:
    page = examples.PAGES[kind]

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in sorted(value, reverse=True)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    kept = json.loads(json.dumps(turned(documents.to_json(page))))
    assert documents.pdf(documents.of_json(kept)) == documents.pdf(page)
    assert documents.to_json(documents.of_json(kept)) == documents.to_json(page)


def test_an_invoice_to_the_insurer_says_who_was_treated() -> None:
    told = text(examples.invoice_pdf(SENDER, invoice(to=("Invented Insurer",), client=examples.TO)))
    assert "Billed to Invented Insurer" in told
    assert "For Ms Testa Sample" in told


def test_many_lines_flow_over_pages_with_their_heading_on_each() -> None:
    lines = tuple(line(description=f"Visit {number}") for number in range(100))
    document = read(examples.invoice_pdf(SENDER, invoice(lines=lines)))
    pages = [page.extract_text() for page in document.pages]
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of 3" in page
        assert "Service" in page
        assert ("Invoice CB10042" in page) == (number > 1)
    assert [
        sum(f"Visit {number}\n" in f"{page}\n" or f"Visit {number} " in page for page in pages) for number in range(100)
    ] == [1] * 100


def test_a_credit_note_names_the_invoice_the_reason_and_its_vat() -> None:
    lines = (documents.CreditedLine(description="Report", vat_rate=P("20"), vat=P("7.00"), amount=P("35.00")),)
    told = text(examples.credit_note_pdf(SENDER, examples.credit_note(lines=lines)))
    for words in ("CN10001", "For invoice CB10042", "Half price.", "Before VAT £35.00 VAT £7.00 Credited £42.00"):
        assert words in told


@pytest.mark.parametrize(
    ("open_amount", "words"),
    [("20.00", "£20.00 open."), ("0.00", "Paid in full."), ("-5.00", "Paid in full, £5.00 too much.")],
)
def test_a_receipt_says_how_the_invoice_stands(open_amount: str, words: str) -> None:
    told = text(examples.receipt_pdf(SENDER, examples.receipt(open=P(open_amount))))
    assert "Received £50.00" in told
    assert f"Invoice CB10042 on 24 Nov 2026: {words}" in told


def test_money_that_went_back_is_a_receipt_for_a_refund() -> None:
    told = text(examples.receipt_pdf(SENDER, examples.receipt(amount=P("-12.50"), open=P("0.00"))))
    assert "Receipt for a refund" in told
    assert "Paid back £12.50" in told


def test_a_statement_runs_from_what_was_open_to_what_is() -> None:
    told = text(examples.statement_pdf(SENDER, examples.statement()))
    for words in (
        "1 Sep 2026 Open before £20.00",
        "Invoice CB10001 £70.00 £90.00",
        "£60.00 £30.00",
        "To pay £30.00",
        "Over 90 days £30.00",
        "Reference P-00042",
    ):
        assert words in told
    assert "0 to 30 days" not in told


def test_a_letter_has_its_subject_facts_tables_and_paragraphs_in_this_order(made: dict[str, bytes]) -> None:
    told = text(made["letter"])
    order = ["Dear Sir", "Invoice CB10042: £20.00", "ZZ00000001", "What was billed", "We do not agree.", "Yours"]
    assert [told.index(words) for words in order] == sorted(told.index(words) for words in order)


@pytest.mark.parametrize("nasty", NASTY)
def test_what_was_typed_is_shown_and_never_obeyed(nasty: str) -> None:
    told = examples.invoice_pdf(SENDER, invoice(to=(nasty,), lines=(line(description=nasty, code=nasty),), note=nasty))
    shown = text(told)
    if nasty.isascii():
        assert shown.count(" ".join(nasty.split())) == 4
    assert "Total £70.00" in shown
    assert b"pdfuaid" in told


def test_markup_in_every_text_of_every_paper_stays_text() -> None:
    nasty = "#panic[x] $a$ *b* @c \\ <d>"
    sender = documents.Sender(
        name=nasty,
        address=(nasty,),
        phone=nasty,
        email=nasty,
        footer=nasty,
        account_name=nasty,
        sort_code=nasty,
        account_number=nasty,
    )
    table = documents.Table(caption=nasty, columns=(nasty, "B"), rows=((nasty, nasty),))
    for made in (
        examples.invoice_pdf(sender, invoice(facts=((nasty, nasty),), number=nasty)),
        examples.credit_note_pdf(sender, examples.credit_note(reason=nasty)),
        examples.receipt_pdf(sender, examples.receipt(reference=nasty)),
        examples.letter_pdf(sender, examples.letter(subject=nasty, tables=(table,), paragraphs=(nasty,))),
    ):
        assert nasty in text(made)


def test_an_endless_name_breaks_and_pushes_nothing_off_the_page() -> None:
    told = examples.invoice_pdf(SENDER, invoice(to=("W" * 500,), lines=(line(description="W" * 200),)))
    assert text(told).replace(" ", "").count("W" * 500) == 1
    for page in read(told).pages:
        page.extract_text(visitor_text=_inside)


def _inside(words: str, _: object, matrix: list[float], *__: object) -> None:
    if words.strip():
        assert 0 <= matrix[4] < 595
        assert 0 <= matrix[5] < 842


def test_newlines_are_kept_and_signs_that_turn_text_around_are_dropped() -> None:
    told = text(examples.invoice_pdf(SENDER, invoice(note="First\nSecond\x00\u202e.£001 yaP")))
    assert "First Second.£001 yaP" in told


@pytest.mark.parametrize("name", ["王小明", "Zoë’s Rooms 🌿", "\ud800"])
def test_a_sign_that_no_font_has_does_not_keep_the_paper_from_being_made(name: str) -> None:
    told = text(examples.invoice_pdf(SENDER, invoice(to=(name,))))
    assert "Total £70.00" in told


def test_what_insurers_are_billed_is_a_table_of_its_own_on_a_statement() -> None:
    billed = documents.WithInsurer(
        on=date(2026, 9, 5), number="CB10002", insurer="Aviva", total=P("140.00"), received=P("35.50"), open=P("104.50")
    )
    told = text(
        examples.statement_pdf(SENDER, examples.statement(with_insurers=(billed, replace(billed, number="CB10003"))))
    )
    assert "Billed to your insurer Date Invoice Insurer Total Received Open" in told
    for number in ("CB10002", "CB10003"):
        assert f"5 Sep 2026 {number} Aviva £140.00 £35.50 £104.50" in told
    assert "they are not part of what you owe" in told
    assert "To pay £30.00" in told, "an insurer's invoice is not asked of the client"
    assert "Billed to your insurer" not in text(examples.statement_pdf(SENDER, examples.statement()))
