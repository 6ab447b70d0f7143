"""Every way in which an insurer pays, or does not: asked for by the family name, or by a button."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests.sandbox.caller import Caller, bill, line, sim
from tests.sandbox.remittances import claims, deductions, payments, told, total

FULL = Decimal("125.00")
SPELT = {"MISSPELT": "SIM-MISSPILT, Testa", "EXCHANGED": "Testa, SIM-EXCHANGED"}


def paid(caller: Caller) -> list[Decimal]:
    return [total(claim, "benefit") for claim in told(caller)]


@pytest.mark.parametrize("number", range(1, 7))
def test_a_family_name_asks_for_each_reason_to_pay_short(caller: Caller, number: int) -> None:
    caller.submit(sim(f"SHORT-0{number}"))
    caller.move(weeks=3)
    (claim,) = told(caller)
    line_no = 1 if number == 4 else 2
    assert deductions(claim) == [(line_no, f"ZSF0{number}", Decimal("20.00"))]
    assert total(claim, "benefit") == Decimal("105.00")


def test_a_small_bill_is_short_by_half_and_never_declined_for_it(caller: Caller) -> None:
    caller.submit(sim("SHORT-02", lines=[line(NetTotal="15.01")], NetTotal="15.01"))
    caller.move(weeks=3)
    (claim,) = told(caller)
    assert total(claim, "benefit") + deductions(claim)[0][2] == Decimal("15.01")
    assert total(claim, "benefit") == Decimal("7.50")


def test_a_late_insurer_pays_sixty_days_after_collection(caller: Caller) -> None:
    caller.submit(sim("LATE"))
    caller.move(days=59)
    assert payments(caller) == []
    caller.move(days=1)
    assert [payment["paymentDate"] for payment in payments(caller)] == ["2027-01-23"]


@pytest.mark.parametrize("scenario", ["MISSPELT", "EXCHANGED"])
def test_a_remittance_may_spell_the_name_otherwise(caller: Caller, scenario: str) -> None:
    caller.submit(sim(scenario))
    caller.move(weeks=3)
    (claim,) = told(caller)
    assert claim["patient"]["display"] == SPELT[scenario]
    assert claim["request"]["identifier"]["value"] == scenario
    assert len(payments(caller, patientName=SPELT[scenario])) == 1
    assert payments(caller, patientName=f"SIM-{scenario}, Testa") == []


def test_too_much_stands_on_the_last_line(caller: Caller) -> None:
    caller.submit(sim("OVERPAID"))
    caller.move(weeks=3)
    (claim,) = told(caller)
    assert [item["adjudication"][-1]["amount"]["value"] for item in claim["item"]] == [
        Decimal("70.00"),
        Decimal("75.00"),
    ]
    assert total(claim, "benefit") == Decimal("145.00")


def test_a_bill_paid_twice_is_in_two_payments_and_the_second_names_the_first(caller: Caller) -> None:
    caller.submit(sim("TWICE"))
    caller.move(weeks=5)
    assert len({payment["paymentIdentifier"]["value"] for payment in payments(caller)}) == 2
    assert paid(caller) == [FULL, FULL]
    assert total(told(caller)[1], "previouslypaid") == FULL


def test_a_clawback_is_a_payment_of_its_own_below_zero(caller: Caller) -> None:
    caller.submit(sim("CLAWBACK"))
    caller.move(weeks=8)
    first, second = payments(caller)
    assert (first["paymentAmount"]["value"], second["paymentAmount"]["value"]) == (FULL, -FULL)
    assert second["detail"][0]["type"]["coding"][0]["code"] == "adjustment"
    assert first["detail"][0]["type"]["coding"][0]["code"] == "payment"
    assert second["created"] == "2027-01-06T00:00:00Z"
    (claim,) = claims(caller, second)
    assert (total(claim, "submitted"), total(claim, "benefit"), total(claim, "previouslypaid")) == (FULL, -FULL, FULL)
    assert deductions(claim) == [(1, "ZSF05", Decimal("70.00")), (2, "ZSF05", Decimal("55.00"))]
    assert claim["processNote"][0]["text"] == "Treatment is not covered: 125.00 of an earlier payment taken back"


def test_a_clawback_is_taken_off_the_other_payments_of_its_day(caller: Caller) -> None:
    caller.submit(sim("CLAWBACK"))
    caller.move(days=30)
    caller.submit(bill(InvoiceNo="LATER", lines=[line()], NetTotal="70.00"))
    caller.move(weeks=4)
    last = payments(caller)[-1]
    assert last["paymentAmount"]["value"] == Decimal("-55.00")
    assert [part["type"]["coding"][0]["code"] for part in last["detail"]] == ["adjustment", "payment"]


def test_each_line_is_claimed_paid_and_short_without_a_penny_left_over(caller: Caller) -> None:
    for scenario in ("PAID", "SHORT-04", "DENIED", "CLAWBACK", "WRONGINV"):
        caller.submit(sim(scenario))
    caller.move(weeks=8)
    for claim in told(caller):
        short = sum((pounds for _, _, pounds in deductions(claim)), Decimal(0))
        covered = total(claim, "benefit") + total(claim, "previouslypaid") + short
        assert covered == total(claim, "submitted")


def pay(caller: Caller, act: str, **typed: str) -> str:
    number = caller.submit(bill()).ch_claim_no
    caller.press(f"bills/{number}/{act}", **typed).raise_for_status()
    return number


@pytest.mark.parametrize(
    ("act", "typed", "after_days", "amounts"),
    [
        ("pay", {}, 0, ["125.00"]),
        ("pay-short", {"amount": "100", "reason": "ZSF06"}, 0, ["100.00"]),
        ("decline", {"reason": "ZSF02"}, 0, ["0.00"]),
        ("pay-in-two", {}, 6, ["62.50"]),
        ("pay-in-two", {}, 7, ["62.50", "62.50"]),
        ("pay-late", {"days": "60"}, 59, []),
        ("pay-late", {"days": "60"}, 60, ["125.00"]),
        ("never-pay", {}, 80, []),
        ("pay-more", {"more": "0.01"}, 80, ["125.01"]),
        ("pay-wrongly", {"mistake": "invoice"}, 80, ["125.00"]),
    ],
)
def test_a_button_takes_the_place_of_what_the_insurer_does_by_itself(
    caller: Caller, act: str, typed: dict[str, str], after_days: int, amounts: list[str]
) -> None:
    number = pay(caller, act, **typed)
    caller.move(days=after_days)
    assert paid(caller) == [Decimal(amount) for amount in amounts]
    assert caller.status(ch_claim_no=number).status == "Collected"


@pytest.mark.parametrize(
    ("mistake", "invoice", "patient"),
    [
        ("invoice", "CB10042X", "Sample, Testa"),
        ("spelling", "CB10042", "Sampli, Testa"),
        ("order", "CB10042", "Testa, Sample"),
    ],
)
def test_a_button_makes_each_mistake(caller: Caller, mistake: str, invoice: str, patient: str) -> None:
    pay(caller, "pay-wrongly", mistake=mistake)
    (claim,) = told(caller)
    assert (claim["request"]["identifier"]["value"], claim["patient"]["display"]) == (invoice, patient)


def test_what_is_taken_back_comes_off_the_last_lines_and_can_be_paid_again(caller: Caller) -> None:
    number = pay(caller, "pay")
    caller.press(f"bills/{number}/take-back", amount="60.00", reason="ZSF02").raise_for_status()
    assert [-item["adjudication"][-1]["amount"]["value"] for item in told(caller)[1]["item"]] == [5, 55]
    caller.press(f"bills/{number}/pay").raise_for_status()
    assert paid(caller) == [FULL, Decimal("-60.00"), Decimal("60.00")]


def test_a_bill_paid_in_full_can_be_paid_a_second_time(caller: Caller) -> None:
    number = pay(caller, "pay")
    caller.press(f"bills/{number}/pay-again").raise_for_status()
    assert paid(caller) == [FULL, FULL]
    caller.press(f"bills/{number}/take-back", amount="250", reason="ZSF03").raise_for_status()
    assert sum(paid(caller)) == 0


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("take-back", {"amount": "1.00", "reason": "ZSF05"}),
        ("pay-again", {}),
        ("pay-late", {"days": "0"}),
        ("pay-late", {"days": "366"}),
        ("pay-late", {"days": "soon"}),
        ("pay-more", {"more": "0.00"}),
        ("pay-more", {"more": "-5"}),
        ("pay-wrongly", {"mistake": "none"}),
        ("decline", {"reason": "ZSF99"}),
    ],
)
def test_what_cannot_be_done_with_an_open_bill_is_refused_with_a_sentence(
    caller: Caller, act: str, typed: dict[str, str]
) -> None:
    number = caller.submit(bill()).ch_claim_no
    refused = caller.press(f"bills/{number}/{act}", **typed)
    assert refused.status_code in (400, 409)
    assert refused.json()["error"].endswith(".")
    assert caller.payments() == []
    assert caller.status(ch_claim_no=number).status == "Unprocessed"


@pytest.mark.parametrize("act", ["pay", "pay-in-two", "decline", "pay-late", "never-pay", "pay-more", "pay-wrongly"])
def test_a_bill_paid_in_full_is_not_paid_as_though_it_were_open(caller: Caller, act: str) -> None:
    number = pay(caller, "pay")
    typed = {"reason": "ZSF05", "days": "5", "more": "1.00", "mistake": "order"}
    assert caller.press(f"bills/{number}/{act}", **typed).status_code == 409
    assert caller.press(f"bills/{number}/take-back", amount="125.01", reason="ZSF05").status_code == 409
    assert paid(caller) == [FULL]


def test_a_button_pressed_several_times_at_once_pays_once(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    with ThreadPoolExecutor(4) as people:
        codes = [reply.status_code for reply in people.map(lambda _: caller.press(f"bills/{number}/pay"), range(4))]
    assert sorted(codes) == [200, 409, 409, 409]
    assert paid(caller) == [FULL]


def test_a_declined_bill_is_closed(caller: Caller) -> None:
    number = pay(caller, "decline", reason="ZSF05")
    for act in ("pay", "take-back", "pay-again"):
        assert caller.press(f"bills/{number}/{act}", amount="1.00", reason="ZSF05").status_code == 409


def test_a_bill_that_awaits_correction_is_not_paid(caller: Caller) -> None:
    number = caller.submit(bill(Setting="X")).ch_claim_no
    refused = caller.press(f"bills/{number}/never-pay")
    assert refused.json()["error"] == "A bill that awaits correction or is cancelled is not paid."


def test_an_insurer_that_writes_by_post_pays_by_every_button_too(caller: Caller) -> None:
    number = caller.submit(bill(Insurer="hhs", RegistrationNo="W123456789")).ch_claim_no
    caller.press(f"bills/{number}/pay-short", amount="100", reason="ZSF01").raise_for_status()
    (payment,) = caller.payments()
    assert (payment["by_post"], payment["amount"], payment["claims"][0]["short"]) == (True, "100.00", "25.00")
