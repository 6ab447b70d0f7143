"""Everything under /sandbox/: seed data as JSON for other programs, and the buttons of the page.

A button answers a browser with a redirect and any other caller with JSON. There is no sign-in here: the address is
this computer's own. A form sent by a page of another origin is refused by its Origin or Referer header.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request

from healthcode_sandbox.bill import read_amount
from healthcode_sandbox.books import NotPossible
from healthcode_sandbox.clock import next_collection
from healthcode_sandbox.house import House
from healthcode_sandbox.progress import KeptBill
from healthcode_sandbox.wire import Fault

Answer = Response | tuple[str, int]
_LONGEST_TEXT = 200
REJECTIONS = (
    ("RegistrationNo", "No matching membership details can be found"),
    ("Membership No", "Patient demographics do not match registration number"),
    ("AuthCode", "Invalid Format"),
    ("Diagnosis", "Not Valid for Insurer"),
    ("Payee No", "Invalid Code"),
    ("Specialist", "Invalid Code"),
    ("ProviderNo", "Invalid Code"),
    ("ProcCode", "Invalid Code"),
    ("ServiceCode", "Code not valid for insurer"),
    ("ServiceCode", "Insurer requires agreed fee for service"),
    ("ValidToDate", "May not be before the latest date of service"),
    ("NetTotal", "Net total exceeds insurer tariff"),
)


def blueprint(house: House) -> Blueprint:
    """Return the controls of a house."""
    controls = Blueprint("controls", __name__, url_prefix="/sandbox")
    _add_seed_data(controls, house)
    _add_clock(controls, house)
    _add_bill_buttons(controls, house)
    _add_insurer_buttons(controls, house)
    _add_switches(controls, house)

    @controls.before_request
    def same_origin() -> Answer | None:
        if request.method == "POST" and not _is_from_here():
            return _sorry("This form was sent by another page, so nothing was done.", status=403)
        return None

    @controls.errorhandler(NotPossible)
    def not_possible(fault: NotPossible) -> Answer:
        return _sorry(str(fault), status=409)

    @controls.errorhandler(ValueError)
    def not_understood(fault: ValueError) -> Answer:
        return _sorry(str(fault), status=400)

    @controls.errorhandler(LookupError)
    def not_there(fault: LookupError) -> Answer:
        return _sorry("There is no such bill, provider or insurer.", status=404)

    return controls


def _add_seed_data(controls: Blueprint, house: House) -> None:
    @controls.get("/members.json")
    def members() -> Response:
        named = request.args.get("insurer", "")
        people = house.register.of_insurer(named) if named else house.register.members
        return jsonify(members=[member.as_dict() for member in people])

    @controls.get("/providers.json")
    def providers() -> Response:
        return jsonify(
            providers=[
                asdict(provider)
                | {
                    "recognition": {
                        insurer: house.recognition(provider, insurer) for insurer in house.catalogue.insurers
                    }
                }
                for provider in house.catalogue.providers.values()
            ]
        )

    @controls.get("/services.json")
    def services() -> Response:
        seeded = house.catalogue
        procedures = [{"code": code, "title": title} for code, title in seeded.procedures.items()]
        return jsonify(
            services=[asdict(service) for service in seeded.services.values()],
            procedures=procedures,
            shortfalls=[asdict(shortfall) for shortfall in seeded.shortfalls.values()],
        )

    @controls.get("/insurers.json")
    def insurers() -> Response:
        return jsonify(insurers=[asdict(insurer) for insurer in house.catalogue.insurers.values()])

    @controls.get("/bills.json")
    def bills() -> Response:
        return jsonify(bills=[bill_facts(bill) for bill in house.books.all_of(site=request.args.get("site", ""))])


def _add_clock(controls: Blueprint, house: House) -> None:
    @controls.get("/clock")
    def clock() -> Response:
        return jsonify(now=house.clock.now().isoformat())

    @controls.post("/clock")
    def move() -> Answer:
        given = _given()
        if given.get("to") == "22:00":
            now = house.clock.now()
            by = next_collection(now) - now + timedelta(seconds=1)
        else:
            by = timedelta(**{unit: _how_many(given, unit) for unit in ("minutes", "hours", "days", "weeks")})
        moved = house.clock.move(by)
        return _done("clock", now=moved.isoformat())


def _add_bill_buttons(controls: Blueprint, house: House) -> None:
    @controls.post("/bills/<number>/collect")
    def collect(number: str) -> Answer:
        house.books.collect(_bill(house, number))
        return _done("collected", bill=bill_facts(_bill(house, number)))

    @controls.post("/bills/<number>/reject")
    def reject(number: str) -> Answer:
        house.books.reject(_bill(house, number), _chosen_fault(_given()))
        return _done("rejected", bill=bill_facts(_bill(house, number)))

    @controls.post("/bills/<number>/cancel")
    def cancel(number: str) -> Answer:
        house.books.cancel(_bill(house, number))
        return _done("cancelled", bill=bill_facts(_bill(house, number)))

    @controls.post("/bills/<number>/unspecified")
    def unspecified(number: str) -> Answer:
        house.books.say_nothing_clear(_bill(house, number))
        return _done("unspecified", bill=bill_facts(_bill(house, number)))


def _add_insurer_buttons(controls: Blueprint, house: House) -> None:
    @controls.post("/bills/<number>/pay")
    def pay(number: str) -> Answer:
        house.payments.by_hand(_bill(house, number), amount=None, reason="")
        return _done("paid", bill=bill_facts(_bill(house, number)))

    @controls.post("/bills/<number>/pay-short")
    def pay_short(number: str) -> Answer:
        given = _given()
        amount = read_amount(_two_decimals(given.get("amount", "")))
        if amount is None:
            raise ValueError("Write the amount in pounds like 35.00.")
        house.payments.by_hand(_bill(house, number), amount=amount, reason=_reason(house, given))
        return _done("paid-short", bill=bill_facts(_bill(house, number)))

    @controls.post("/bills/<number>/decline")
    def decline(number: str) -> Answer:
        house.payments.by_hand(_bill(house, number), amount=Decimal("0.00"), reason=_reason(house, _given()))
        return _done("declined", bill=bill_facts(_bill(house, number)))


def _add_switches(controls: Blueprint, house: House) -> None:
    @controls.post("/switch")
    def switch() -> Answer:
        given = _given()
        if given.get("kind") == "off":
            house.misbehaviour.switch_off()
            return _done("switched-off")
        house.misbehaviour.switch_on(
            kind=given.get("kind", ""), scope=given.get("scope") or "next", target=given.get("target") or "submit"
        )
        return _done("switched-on")

    @controls.post("/recognition")
    def recognition() -> Answer:
        given = _given()
        provider = house.catalogue.providers[given.get("provider", "")]
        insurer = house.catalogue.insurers[given.get("insurer", "")]
        house.recognise(provider, insurer, given.get("state", ""))
        return _done("recognition")

    @controls.post("/reset")
    def reset() -> Answer:
        if _given().get("sure") != "yes":
            raise ValueError("Nothing was reset: it must be confirmed with sure=yes.")
        house.reset()
        return _done("reset")


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


def _bill(house: House, number: str) -> KeptBill:
    bill = house.books.by_number(number)
    if bill is None:
        raise LookupError(number)
    return bill


def _chosen_fault(given: dict[str, str]) -> Fault:
    field, _, message = given.get("fault", "").partition("|")
    field = given.get("field", "").strip() or field
    message = given.get("message", "").strip() or message
    if not field or not message or len(field) > _LONGEST_TEXT or len(message) > _LONGEST_TEXT:
        raise ValueError("Choose a message, or write both field and message (up to 200 characters).")
    line = given.get("line_no", "").strip()
    if line and not (line.isascii() and line.isdigit() and 0 < int(line[:6]) < 1000 and len(line) < 4):
        raise ValueError("The line is a number from 1, or empty for the bill as a whole.")
    return Fault(field=field, message=message, line_no=int(line) if line else None)


def _reason(house: House, given: dict[str, str]) -> str:
    if given.get("reason") not in house.catalogue.shortfalls:
        raise ValueError("Choose a reason from the list.")
    return given["reason"]


def _how_many(given: dict[str, str], unit: str) -> float:
    try:
        number = float(given.get(unit) or 0)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100_000:
        raise ValueError("The clock only moves on: minutes, hours, days and weeks are numbers from 0.")
    return number


def _two_decimals(text: str) -> str:
    bare = text.strip().removeprefix("£").replace(",", "")
    return bare if "." in bare else f"{bare}.00"


def _given() -> dict[str, str]:
    """Return the values of a form or of a JSON body as texts."""
    if request.is_json:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise ValueError("The body is not a JSON object.")
        return {str(name): str(value) for name, value in body.items()}
    return request.form.to_dict()


def _is_from_here() -> bool:
    said = request.headers.get("Origin") or request.headers.get("Referer")
    return said is None or urlsplit(said).netloc == request.host


def _is_browser() -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _done(word: str, **facts: Any) -> Answer:
    if not _is_browser():
        return jsonify(done=word, **facts)
    back = urlsplit(request.form.get("back", "/"))
    path = back.path if back.path.startswith("/") and not back.path.startswith("//") else "/"
    return redirect(f"{path}?done={word}", 303)  # type: ignore[return-value]


def _sorry(sentence: str, *, status: int) -> Answer:
    if not _is_browser():
        reply = jsonify(error=sentence)
        reply.status_code = status
        return reply
    return render_template("problem.html", sentence=sentence), status
