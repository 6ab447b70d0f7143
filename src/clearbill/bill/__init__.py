"""The heart: what an electronic bill is, what is true of it, and how it lives. Plain Python."""

from clearbill.bill.bill import (
    Bill,
    ClaimForm,
    Cover,
    Diagnosis,
    Episode,
    Line,
    Patient,
    Providers,
    Sender,
    Totals,
)
from clearbill.bill.lifecycle import Event, Status, StepNotAllowed, step
from clearbill.bill.problem import Problem

__all__ = [
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
    "step",
]
