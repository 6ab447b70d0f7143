"""What the text of a bank line says."""

from __future__ import annotations

from datetime import date

import pytest

from clearbill.bill.dates import working_days
from clearbill.money.bank import narrative


@pytest.mark.parametrize(
    "text",
    ["BUPA PAY900001", "bupa pay900001", "BUPA PAY 900 001", "PAY-900001/BUPA", "Bupa  ref:PAY900001 thank you"],
)
def test_a_reference_is_found_however_it_is_spelt(text: str) -> None:
    assert narrative.contains_reference(text, "PAY900001")
    assert narrative.contains_reference(text, "pay 900001")


@pytest.mark.parametrize("text", ["BUPA PAY9000012", "XPAY900001", "BUPA PAY90000", "BUPA", ""])
def test_another_reference_is_not_taken_for_it(text: str) -> None:
    assert not narrative.contains_reference(text, "PAY900001")


def test_a_long_reference_is_found_where_bacs_has_cut_it_at_18_characters() -> None:
    assert narrative.contains_reference("AXA PPP 2026/11/18-REMIT-7", "2026/11/18-REMIT-70001-A")
    assert not narrative.contains_reference("AXA PPP 2026/11/18-REMIT", "2026/11/18-REMIT-70001-A")


@pytest.mark.parametrize("reference", ["", "12", "1234", "PAYMENT", "-"])
def test_what_is_short_or_has_no_figure_proves_nothing(reference: str) -> None:
    assert not narrative.contains_reference(f"BUPA {reference} PAYMENT 1234 12", reference)


def test_another_payment_in_the_text_is_noticed_by_its_shape() -> None:
    assert narrative.contains_other_reference("BUPA PAY900777", "PAY900001")
    assert not narrative.contains_other_reference("BUPA PAY900001", "PAY900001")
    assert not narrative.contains_other_reference("BUPA INV 17", "PAY900001")


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("BUPA PAY900001", ("bupa",)),
        ("Bupa Global 17", ("bupa-global",)),
        ("AXA PPP HEALTHCARE BGC", ("axa-health",)),
        ("AXA GLOBAL 1", ("axa-global-healthcare",)),
        ("VITALITY HEALTH", ("vitalityhealth",)),
        ("W P A", ()),
        ("SAXAPHONE LESSONS", ()),
        ("Invented Lettings RENT", ()),
    ],
)
def test_insurers_are_known_by_their_longest_name(text: str, slugs: tuple[str, ...]) -> None:
    assert narrative.insurers_in(text) == slugs


def test_every_word_with_a_figure_may_be_the_number_of_an_invoice() -> None:
    found = narrative.invoice_numbers_in("J SAMPLE inv CB1001 CB 1002 ref-CB1003")
    assert {"CB1001", "CB1002", "CB1003"} <= found
    assert "SAMPLE" not in found


def test_the_words_of_a_line_leave_figures_out() -> None:
    assert narrative.words("Card takings 2711") == narrative.words("CARD TAKINGS 0412") == "card takings"


def test_weekends_are_no_working_days() -> None:
    friday = date(2026, 11, 20)
    assert working_days(friday, friday) == 0
    assert working_days(friday, date(2026, 11, 22)) == 0
    assert working_days(friday, date(2026, 11, 23)) == 1
    assert working_days(friday, date(2026, 11, 27)) == 5
    assert working_days(date(2026, 11, 21), date(2026, 12, 5)) == 10
    assert working_days(friday, date(2026, 11, 1)) == 0
