"""The page on which a person plays the house and the insurers. Plain HTML: it works without scripts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request

from healthcode_sandbox.clock import shown_time
from healthcode_sandbox.controls import REJECTIONS
from healthcode_sandbox.house import RECOGNITIONS, House
from healthcode_sandbox.misbehaviour import KINDS, SCOPES, TARGETS
from healthcode_sandbox.progress import KeptBill

BILLS_PER_PAGE, MEMBERS_PER_PAGE = 25, 60
DONE = {
    "clock": "The clock has moved on.",
    "collected": "The insurer has collected the bill.",
    "rejected": "The bill awaits correction.",
    "cancelled": "The bill is cancelled.",
    "unspecified": "Asked about the bill, the house now gives no clear status.",
    "paid": "The bill is paid in full; the remittance can be fetched now.",
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

    page.add_app_template_filter(shown_time, "moment")

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
        text, number = request.args.get("q", "").strip()[:100], _page_number()
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
    insurer = house.catalogue.insurers.get(bill.insurer)
    open_amount = house.payments.open_amount(bill)
    payable = insurer is not None and insurer.remittances and bill.is_good
    return {
        "insurer": insurer,
        "open_amount": open_amount,
        "may_pay": payable and open_amount > 0 and not house.payments.is_closed(bill),
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
        insurer, text, number = request.args.get("insurer", ""), request.args.get("q", "").strip()[:100], _page_number()
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


def _page_number() -> int:
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0 else 1
