"""The buttons with which a person plays an insurer and the bank, and what other programs may know of payments."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.remittance import Payment
from healthcode_sandbox.page.bank import Bank
from healthcode_sandbox.page.buttons import Answer, bill_facts, bill_named, done, given, pounds
from healthcode_sandbox.page.insurer_desk import InsurerDesk


def add_insurer_buttons(controls: Blueprint, house: House) -> None:
    """Add the buttons that pay, or do not."""
    _add_plain_payments(controls, house)
    _add_unusual_payments(controls, house)


def add_bank(controls: Blueprint, house: House) -> None:
    """Add the bank's switch and the list of payments."""
    bank = Bank(house)

    @controls.get("/payments.json")
    def payments() -> Response:
        paid = house.payments.of_site(site=request.args.get("site", ""))
        return jsonify(payments=[payment_facts(house, payment) for payment in paid])

    @controls.post("/payments/<int:payment_id>/keep-back")
    def keep_back(payment_id: int) -> Answer:
        bank.keep_back(payment_id)
        return done("kept-back")

    @controls.post("/bank/let-arrive")
    def let_arrive() -> Answer:
        bank.let_arrive()
        return done("arrived")


def payment_facts(house: House, payment: Payment) -> dict[str, Any]:
    """Return what other programs may know of a payment: no patient."""
    return {
        "id": payment.id,
        "site": payment.site,
        "insurer": payment.insurer,
        "payee": payment.payee,
        "reference": payment.reference,
        "created_at": payment.created_at.isoformat(),
        "paid_on": payment.paid_on.isoformat(),
        "amount": str(payment.amount),
        "by_post": not house.catalogue.insurers[payment.insurer].remittances,
        "claims": [
            {
                "ch_claim_no": claim.bill.ch_claim_no,
                "invoice_no": claim.invoice_no,
                "claimed": str(claim.claimed),
                "paid": str(claim.paid),
                "previously_paid": str(claim.previously_paid),
                "short": str(claim.short),
                "reason": claim.reason,
            }
            for claim in payment.claims
        ],
    }


def _add_plain_payments(controls: Blueprint, house: House) -> None:
    desk = InsurerDesk(house)

    @controls.post("/bills/<number>/pay")
    def pay(number: str) -> Answer:
        desk.pay(bill_named(house, number))
        return _done(house, "paid", number)

    @controls.post("/bills/<number>/pay-short")
    def pay_short(number: str) -> Answer:
        typed = given()
        amount, reason = pounds(typed.get("amount", "")), _reason(house, typed)
        desk.pay_short(bill_named(house, number), amount=amount, reason=reason)
        return _done(house, "paid-short", number)

    @controls.post("/bills/<number>/decline")
    def decline(number: str) -> Answer:
        desk.decline(bill_named(house, number), reason=_reason(house, given()))
        return _done(house, "declined", number)

    @controls.post("/bills/<number>/pay-in-two")
    def pay_in_two(number: str) -> Answer:
        desk.pay_in_two(bill_named(house, number))
        return _done(house, "paid-in-two", number)

    @controls.post("/bills/<number>/pay-late")
    def pay_late(number: str) -> Answer:
        desk.pay_late(bill_named(house, number), days=_days(given()))
        return _done(house, "late", number)

    @controls.post("/bills/<number>/never-pay")
    def never_pay(number: str) -> Answer:
        desk.never_pay(bill_named(house, number))
        return _done(house, "never", number)


def _add_unusual_payments(controls: Blueprint, house: House) -> None:
    desk = InsurerDesk(house)

    @controls.post("/bills/<number>/pay-more")
    def pay_more(number: str) -> Answer:
        desk.pay_more(bill_named(house, number), more=pounds(given().get("more", "")))
        return _done(house, "paid-more", number)

    @controls.post("/bills/<number>/pay-again")
    def pay_again(number: str) -> Answer:
        desk.pay_again(bill_named(house, number))
        return _done(house, "paid-again", number)

    @controls.post("/bills/<number>/take-back")
    def take_back(number: str) -> Answer:
        typed = given()
        amount, reason = pounds(typed.get("amount", "")), _reason(house, typed)
        desk.take_back(bill_named(house, number), amount=amount, reason=reason)
        return _done(house, "taken-back", number)

    @controls.post("/bills/<number>/correct")
    def correct(number: str) -> Answer:
        typed = given()
        amount, reason = pounds(typed.get("amount", "")), _reason(house, typed)
        desk.correct(bill_named(house, number), amount=amount, reason=reason)
        return _done(house, "corrected", number)

    @controls.post("/bills/<number>/pay-wrongly")
    def pay_wrongly(number: str) -> Answer:
        desk.pay_wrongly(bill_named(house, number), mistake=given().get("mistake", ""))
        return _done(house, "paid-wrongly", number)


def _done(house: House, word: str, number: str) -> Answer:
    return done(word, bill=bill_facts(bill_named(house, number)))


def _reason(house: House, typed: dict[str, str]) -> str:
    if typed.get("reason") not in house.catalogue.shortfalls:
        raise ValueError("Choose a reason from the list.")
    return typed["reason"]


def _days(typed: dict[str, str]) -> int:
    text = typed.get("days", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise ValueError("The days are a whole number, such as 60.")
    return int(text)
