"""Totals add up to the penny, whatever is on the lines."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clearbill.invoicing import drafts

pence = st.integers(0, 200_000).map(lambda number: Decimal(number) / 100)


@st.composite
def lines(draw: st.DrawFn) -> drafts.LineAmounts:
    units, unit_price = draw(st.integers(1, 20)), draw(pence)
    discount = draw(st.integers(0, int(units * unit_price * 100)).map(lambda number: Decimal(number) / 100))
    vat_rate = draw(st.sampled_from([Decimal("0"), Decimal("5"), Decimal("20"), Decimal("17.50")]))
    return drafts.of_line(units=units, unit_price=unit_price, discount=discount, vat_rate=vat_rate)


@given(lines())
def test_a_line_adds_up(line: drafts.LineAmounts) -> None:
    assert line.net == line.gross - line.discount + line.vat
    assert line.net >= 0
    assert line.net.as_tuple().exponent == -2


@given(st.lists(lines(), min_size=1, max_size=12), pence)
def test_an_invoice_is_the_sum_of_its_lines_less_what_the_patient_paid(
    rows: list[drafts.LineAmounts], paid: Decimal
) -> None:
    total = drafts.of_invoice(rows, patient_paid=paid)
    assert total.net_total == sum(row.net for row in rows) - paid
    assert total.net_total == total.gross_total - total.discount_total + total.vat_total - total.patient_paid


def test_half_a_penny_of_vat_is_rounded_up() -> None:
    line = drafts.of_line(units=1, unit_price=Decimal("0.10"), discount=Decimal("0"), vat_rate=Decimal("5"))
    assert (line.vat, line.net) == (Decimal("0.01"), Decimal("0.11"))


def test_vat_is_due_on_what_remains_after_the_discount() -> None:
    line = drafts.of_line(units=2, unit_price=Decimal("50"), discount=Decimal("20"), vat_rate=Decimal("20"))
    assert (line.gross, line.vat, line.net) == (Decimal("100.00"), Decimal("16.00"), Decimal("96.00"))
