"""Everything that is true of a bill that passes: RULES lists every rule, `check` runs them all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from clearbill.bill import dates
from clearbill.bill.bill import Bill
from clearbill.bill.checks import (
    amounts,
    claim_form,
    cover,
    diagnosis,
    duplicates,
    episode,
    head,
    insurer,
    lines,
    patient,
    providers,
    text,
    totals,
)
from clearbill.bill.checks.rule import Context, Fault, Rule
from clearbill.bill.insurers import Insurer
from clearbill.bill.problem import Problem

__all__ = ["RULES", "Fault", "Rule", "check"]

_insurer_rules = insurer.RULES

RULES: tuple[Rule, ...] = (
    *_insurer_rules,
    *head.RULES,
    *patient.RULES,
    *cover.RULES,
    *claim_form.RULES,
    *providers.RULES,
    *episode.RULES,
    *diagnosis.RULES,
    *lines.RULES,
    *amounts.RULES,
    *totals.RULES,
    *duplicates.RULES,
    *text.RULES,
)

"""Every rule, in the order of the bill."""

_TESTS = tuple((rule, rule.test) for rule in RULES)


def check(
    bill: Bill, *, on: date | None = None, insurer: Insurer | None = None, earlier: Iterable[Bill] = ()
) -> list[Problem]:
    """Return everything that is wrong with `bill`, in the order of the bill; an empty list where nothing is.

    `on` is the day it is checked for (today in the UK where not given). `insurer` is found by the bill's identifier;
    give it where the practice has an identifier of its own for an insurer. `earlier` are the bills of the same
    practice that still stand, for duplicates. Never raises for a bill whose items have their types.
    """
    context = Context.of(bill, on=on or dates.today(), insurer=insurer, earlier=earlier)
    return [rule.problem(fault) for rule, test in _TESTS for fault in test(bill, context)]
