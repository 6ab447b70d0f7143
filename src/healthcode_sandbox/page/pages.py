"""The page on which a person plays the house and the insurers. Plain HTML: it works without scripts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, render_template, request

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.clock import shown_time
from healthcode_sandbox.house.house import RECOGNITIONS, House
from healthcode_sandbox.house.insurer_behaviour import LATE_AFTER_DAYS, USUALLY_TOO_MUCH
from healthcode_sandbox.house.misbehaviour import KINDS, SCOPES, TARGETS
from healthcode_sandbox.page.controls import REJECTIONS
from healthcode_sandbox.page.insurer_desk import MISTAKES, InsurerDesk
from healthcode_sandbox.page.payment_pages import add_bank_pages, add_payment_pages, page_number

BILLS_PER_PAGE, MEMBERS_PER_PAGE = 25, 60

DONE = {
    "clock": "The clock has moved on.",
    "collected": "The insurer has collected the bill.",
    "rejected": "The bill awaits correction.",
    "cancelled": "The bill is cancelled.",
    "unspecified": "Asked about the bill, the house now gives no clear status.",
    "paid": "The bill is paid in full; the remittance can be fetched now.",
    "paid-in-two": "Half is paid; the rest follows in a week by the house’s clock.",
    "late": "The bill will be paid, but late.",
    "never": "The insurer will not pay this bill by itself.",
    "paid-more": "The bill is paid, and too much of it; the remittance can be fetched now.",
    "paid-again": "The bill is paid a second time; the remittance can be fetched now.",
    "paid-wrongly": "The bill is paid with a mistake in the remittance, which can be fetched now.",
    "corrected": "The insurer has corrected its payment; the remittance can be fetched again now.",
    "taken-back": "The insurer has taken money back; the remittance can be fetched now.",
    "kept-back": "The insurer says paid, and the bank has not seen it.",
    "arrived": "The payment has arrived at the bank.",
    "paid-short": "The bill is paid short; the remittance can be fetched now.",
    "declined": "The bill is declined; the remittance can be fetched now.",
    "switched-on": "The switch is on.",
    "switched-off": "The switch is off.",
    "recognition": "The recognition has changed.",
    "reset": "Everything is forgotten, and the clock shows real time.",
}

CHIPS = {"Collected": "ok", "AwaitingCorrection": "bad", "AwaitingCollection": "info", "Cancelled": "idle"}

NAMES = {
    "In-process": "In process",
    "AwaitingCollection": "Awaiting collection",
    "AwaitingCorrection": "Awaiting correction",
}

MARKS = {"Collected": "✓", "AwaitingCorrection": "!", "AwaitingCollection": "…", "Cancelled": "×"}


def blueprint(house: House) -> Blueprint:
    """Return the page of a house."""
    page = Blueprint("page", __name__)
    _add_bills(page, house)
    _add_lists(page, house)
    _add_codes(page, house)
    add_payment_pages(page, house)
    add_bank_pages(page, house)

    page.add_app_template_filter(shown_time, "moment")
    page.add_app_template_filter(shown_day, "day")
    page.add_app_template_filter(shown_pounds, "pounds")

    @page.app_template_filter("status_name")
    def status_name(status: str) -> str:
        return NAMES.get(status, status)

    @page.app_context_processor
    def every_page() -> dict[str, Any]:
        return {
            "now": house.clock.now(),
            "switch": house.misbehaviour.current(),
            "done": DONE.get(request.args.get("done", ""), ""),
            "chips": CHIPS,
            "marks": MARKS,
        }

    return page


def _add_bills(page: Blueprint, house: House) -> None:
    @page.get("/")
    def bills() -> str:
        house.payments.settle()
        text, number = request.args.get("q", "").strip()[:100], page_number()
        found, every = house.books.newest(text=text, limit=BILLS_PER_PAGE, offset=(number - 1) * BILLS_PER_PAGE)
        return render_template(
            "bills.html", bills=found, every=every, q=text, number=number, pages=-(-every // BILLS_PER_PAGE)
        )

    @page.get("/bills/<number>")
    def bill(number: str) -> str:
        house.payments.settle()
        found = house.books.by_number(number)
        if found is None:
            abort(404)
        return render_template("bill.html", bill=found, **_about(house, found))

    @page.get("/reset")
    def reset() -> str:
        return render_template("reset.html")


def _about(house: House, bill: KeptBill) -> dict[str, Any]:
    return {
        "insurer": house.catalogue.insurers.get(bill.insurer),
        "open_amount": house.payments.open_amount(bill),
        "paid_amount": house.payments.paid_amount(bill),
        "acts": InsurerDesk(house).possible(bill),
        "will_pay": house.payments.will_pay(bill),
        "upcoming": house.payments.upcoming(bill),
        "mistakes": MISTAKES,
        "late_days": LATE_AFTER_DAYS,
        "too_much": USUALLY_TOO_MUCH,
        "payments": house.payments.of_bill(bill),
        "messages": house.books.messages_of(bill),
        "rejections": REJECTIONS,
        "shortfalls": house.catalogue.shortfalls.values(),
    }


def _add_lists(page: Blueprint, house: House) -> None:
    seeded = house.catalogue

    @page.get("/controls")
    def controls() -> str:
        return render_template("controls.html", kinds=KINDS, scopes=SCOPES, targets=TARGETS)

    @page.get("/members")
    def members() -> str:
        insurer, text, number = request.args.get("insurer", ""), request.args.get("q", "").strip()[:100], page_number()
        found = house.register.search(insurer=insurer, text=text)
        first = (number - 1) * MEMBERS_PER_PAGE
        return render_template(
            "members.html",
            members=found[first : first + MEMBERS_PER_PAGE],
            every=len(found),
            insurer=insurer,
            q=text,
            number=number,
            pages=-(-len(found) // MEMBERS_PER_PAGE),
            insurers=seeded.insurers,
        )

    @page.get("/providers")
    def providers() -> str:
        table = {
            provider.number: {insurer: house.recognition(provider, insurer) for insurer in seeded.insurers}
            for provider in seeded.providers.values()
        }
        return render_template(
            "providers.html",
            providers=seeded.providers.values(),
            insurers=seeded.insurers,
            table=table,
            states=RECOGNITIONS,
        )


def _add_codes(page: Blueprint, house: House) -> None:
    seeded = house.catalogue

    @page.get("/services")
    def services() -> str:
        return render_template(
            "services.html",
            services=seeded.services.values(),
            procedures=seeded.procedures,
            shortfalls=seeded.shortfalls.values(),
        )

    @page.get("/assumptions")
    def assumptions() -> str:
        return render_template("assumptions.html", assumptions=seeded.assumptions, sites=seeded.sites.values())


def shown_day(day: date) -> str:
    """Return a day as people in the United Kingdom read it: 23 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def shown_pounds(amount: Decimal) -> str:
    """Return an amount as people read it: £1,035.00, or −£20.00 below zero."""
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"
