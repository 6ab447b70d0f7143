"""What every button shares: reading what was given with it, and answering a browser or another program."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, redirect, render_template, request

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.received_bill import read_amount

Answer = Response | tuple[str, int]


def given() -> dict[str, str]:
    """Return the values of a form or of a JSON body as texts. Raises ValueError for another body."""
    if request.is_json:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise ValueError("The body is not a JSON object.")
        return {str(name): str(value) for name, value in body.items()}
    return request.form.to_dict()


def pounds(text: str) -> Decimal:
    """Return an amount as people type it, such as £1,035 or 35.00. Raises ValueError."""
    bare = text.strip().removeprefix("£").replace(",", "")
    amount = read_amount(bare if "." in bare else f"{bare}.00")
    if amount is None:
        raise ValueError("Write the amount in pounds like 35.00.")
    return amount


def bill_named(house: House, number: str) -> KeptBill:
    """Return the bill with a clearing number. Raises LookupError."""
    bill = house.books.by_number(number)
    if bill is None:
        raise LookupError(number)
    return bill


def bill_facts(bill: KeptBill) -> dict[str, Any]:
    """Return what other programs may know of a bill: no patient."""
    return {
        "ch_claim_no": bill.ch_claim_no,
        "site": bill.site,
        "insurer": bill.insurer,
        "payee": bill.payee,
        "invoice_no": bill.invoice_no,
        "received_at": bill.received_at.isoformat(),
        "status": bill.status,
        "status_at": bill.status_at.isoformat(),
        "net_total": bill.facts["net_total"],
        "errors": [fault.sentence for fault in bill.faults],
    }


def is_from_here() -> bool:
    """Return whether a form was sent by a page of this address, or by no page at all."""
    said = request.headers.get("Origin") or request.headers.get("Referer")
    return said is None or urlsplit(said).netloc == request.host


def done(word: str, **facts: Any) -> Answer:
    """Return to the page that holds the button, or answer another program with JSON."""
    if not _is_browser():
        return jsonify(done=word, **facts)
    back = urlsplit(request.form.get("back", "/"))
    path = back.path if back.path.startswith("/") and not back.path.startswith("//") else "/"
    return redirect(f"{path}?done={word}", 303)  # type: ignore[return-value]


def sorry(sentence: str, *, status: int) -> Answer:
    """Say in a plain sentence why nothing was done."""
    if not _is_browser():
        reply = jsonify(error=sentence)
        reply.status_code = status
        return reply
    return render_template("problem.html", sentence=sentence), status


def _is_browser() -> bool:
    return "text/html" in request.headers.get("Accept", "")
