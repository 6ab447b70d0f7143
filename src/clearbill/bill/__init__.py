"""The heart: what an electronic bill is, what is true of it, and how it lives. Plain Python.

from clearbill.bill import check, from_json
bill, unread = from_json(data)
for problem in [*unread, *check(bill)]:
    print(problem.path, problem.message, problem.fix)
"""

from __future__ import annotations

from clearbill.bill.bill import Bill, ClaimForm, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender, Totals
from clearbill.bill.checks import RULES, check
from clearbill.bill.json_codec import check_json, from_json, to_json
from clearbill.bill.lifecycle import Event, Status, StepNotAllowed, step
from clearbill.bill.problem import Problem
from clearbill.bill.rejections import explain

__all__ = [
    "RULES",
    "Bill",
    "ClaimForm",
    "Cover",
    "Diagnosis",
    "Episode",
    "Event",
    "Line",
    "Patient",
    "Problem",
    "Providers",
    "Sender",
    "Status",
    "StepNotAllowed",
    "Totals",
    "check",
    "check_json",
    "explain",
    "from_json",
    "step",
    "to_json",
]
