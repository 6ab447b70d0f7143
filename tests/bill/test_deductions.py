"""Why insurers pay less: known by code or by plain words, else to be asked; and who owes it."""

from __future__ import annotations

import pytest

from clearbill.bill import deductions
from clearbill.bill.deductions import BY_KEY, NOBODY, PATIENT, UNCLEAR, liable_party, reason_for


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Policy excess", "excess"),
        ("EXCESS DEDUCTED FROM THIS CLAIM", "excess"),
        ("Member co-payment 10%", "co-payment"),
        ("Co-insurance", "co-payment"),
        ("Benefit limit reached", "limit"),
        ("Out-patient limit exceeded", "limit"),
        ("Benefits exhausted", "limit"),
        ("Fee above the agreed rate", "fee"),
        ("Charges exceed our fee schedule", "fee"),
        ("Amount in excess of the agreed tariff", "unknown"),
        ("Initial visit paid as follow-up", "first-visit"),
        ("Treatment is not covered", "not-covered"),
        ("Pre-existing condition", "not-covered"),
        ("No pre-authorisation", "authorisation"),
        ("Not authorised", "authorisation"),
        ("Duplicate invoice", "duplicate"),
        ("Previously paid", "duplicate"),
        ("Invoice received more than 6 months after treatment", "late"),
        ("Provider not in network", "network"),
        ("Consultant not recognised", "network"),
        ("Policy lapsed", "cover-ended"),
        ("One treatment per day", "codes"),
        ("Adjustment", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_reason_is_known_by_its_words_only_where_they_can_mean_one_thing(words: str, key: str) -> None:
    assert reason_for("bupa", code="", words=words).key == key


def test_a_code_counts_before_the_words_and_an_unknown_one_leaves_them() -> None:
    assert reason_for("bupa", code="ZSF03", words="Policy excess").key == "fee"
    assert reason_for("bupa", code="X99", words="Policy excess").key == "excess"
    assert reason_for("bupa", code="X99", words="See our letter") == deductions.UNKNOWN
    assert deductions.UNKNOWN.owed_by == UNCLEAR


@pytest.mark.parametrize("reason", [*BY_KEY.values(), deductions.UNKNOWN], ids=lambda reason: reason.key)
def test_what_the_insurer_says_of_the_patient_counts_before_the_table(reason: deductions.DeductionReason) -> None:
    assert liable_party(reason, patient_liable=None) == reason.owed_by
    assert liable_party(reason, patient_liable=True) == PATIENT
    assert liable_party(reason, patient_liable=False) not in (PATIENT, UNCLEAR)


@pytest.mark.parametrize("reason", [*BY_KEY.values(), deductions.UNKNOWN], ids=lambda reason: reason.key)
def test_every_reason_says_what_it_means_what_to_do_and_where_that_is_from(reason: deductions.DeductionReason) -> None:
    assert reason.owed_by in deductions.LIABLE_PARTIES
    for said in (reason.plain, reason.next, reason.dispute):
        assert said.endswith(".")
        assert "  " not in said
    assert reason.source


def test_what_nobody_owes_is_said_not_to_be_the_patients() -> None:
    assert all(PATIENT in reason.next for reason in BY_KEY.values() if reason.owed_by == PATIENT)
    assert {reason.key for reason in BY_KEY.values() if reason.owed_by == NOBODY} == {"fee", "duplicate", "late"}
