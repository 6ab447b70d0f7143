"""A first visit that the stand-in's insurer pays as follow-up appears among the underpaid by itself."""

from __future__ import annotations

from clearbill.money.follow_up import underpayment, underpayments
from clearbill.money.follow_up.underpayments import UnderpaymentFilter
from clearbill.people.encryption import encrypt
from clearbill.workspace.contract_prices import services
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import HealthcodeConnection
from tests.journeys.conftest import Journey, journey, sandbox
from tests.journeys.test_remittances import fetch, send
from tests.money.remittances.paying import pounds

__all__ = ["journey", "sandbox"]


def test_a_first_visit_paid_as_follow_up_is_found_and_an_excess_is_not(journey: Journey) -> None:
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    visits = {"ZPHY01": (70, ContractPrice.FIRST), "ZPHY02": (50, ContractPrice.FOLLOW_UP)}
    for code, (amount, visit) in visits.items():
        details = {"insurer_slug": "bupa", "code": code, "amount": pounds(amount), "visit": visit}
        services.add(journey.actor(), details={**details, "valid_from": journey.yesterday})
    cut, excess, full = (journey.scenario(name) for name in ("SIM-SHORT-04", "SIM-SHORT-01", "SIM-PAID"))
    send(journey, cut, excess, full)
    assert underpayments.underpayments(journey.practice, UnderpaymentFilter()).count == 0
    journey.pass_time(days=15)
    fetch(journey)
    (one,) = underpayments.underpayments(journey.practice, UnderpaymentFilter()).rows
    assert (one.number, one.missing, one.pattern) == (cut.number, 20, underpayment.FOLLOW_UP)
    assert one.words.startswith("First visit paid as follow-up, at the price of ZPHY02.")
