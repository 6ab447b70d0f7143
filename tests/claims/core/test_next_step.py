"""What a claim waits for, in one sentence."""

from __future__ import annotations

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.core.next_step import LONGEST, next_step
from clearbill.claims.models import Claim


def sentence(message: str) -> str:
    return next_step(Claim(status=Status.REJECTED, insurer_slug="bupa"), [{"message": message}]).sentence


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Healthcode says: “Quux: Flux capacitor mismatch 42”.", "Healthcode says: “Quux: Flux capacitor mismatch 42”"),
        ("The cover had ended: look at the card.", "The cover had ended"),
        ("Healthcode refused the bill without saying why.", "Healthcode refused the bill without saying why"),
    ],
)
def test_a_quotation_is_not_cut_off_at_its_beginning(message: str, said: str) -> None:
    assert sentence(message) == said


def test_a_long_quotation_is_shortened_within_its_marks() -> None:
    said = sentence(f"Healthcode says: “{'word ' * 80}”.")
    assert len(said) <= LONGEST
    assert said.endswith("…”")
