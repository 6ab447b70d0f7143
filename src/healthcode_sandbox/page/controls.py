"""Everything under /sandbox/: seed data as JSON for other programs, and the buttons of the page.

A button answers a browser with a redirect and any other caller with JSON. There is no sign-in here: the address is
this computer's own. A form sent by a page of another origin is refused by its Origin or Referer header.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from flask import Blueprint, Response, jsonify, request

from healthcode_sandbox.house.bill_status import Fault, next_collection
from healthcode_sandbox.house.bills import NotPossible
from healthcode_sandbox.house.house import House
from healthcode_sandbox.page.buttons import Answer, bill_facts, bill_named, done, given, is_from_here, sorry
from healthcode_sandbox.page.insurer_controls import add_bank, add_insurer_buttons

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
    add_insurer_buttons(controls, house)
    add_bank(controls, house)
    _add_switches(controls, house)

    @controls.before_request
    def same_origin() -> Answer | None:
        if request.method == "POST" and not is_from_here():
            return sorry("This form was sent by another page, so nothing was done.", status=403)
        return None

    @controls.errorhandler(NotPossible)
    def not_possible(fault: NotPossible) -> Answer:
        return sorry(str(fault), status=409)

    @controls.errorhandler(ValueError)
    def not_understood(fault: ValueError) -> Answer:
        return sorry(str(fault), status=400)

    @controls.errorhandler(LookupError)
    def not_there(fault: LookupError) -> Answer:
        return sorry("There is no such bill, payment, provider or insurer.", status=404)

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
        typed = given()
        if typed.get("to") == "22:00":
            now = house.clock.now()
            by = next_collection(now) - now + timedelta(seconds=1)
        else:
            by = timedelta(**{unit: _how_many(typed, unit) for unit in ("minutes", "hours", "days", "weeks")})
        moved = house.clock.move(by)
        return done("clock", now=moved.isoformat())


def _add_bill_buttons(controls: Blueprint, house: House) -> None:
    @controls.post("/bills/<number>/collect")
    def collect(number: str) -> Answer:
        house.books.collect(bill_named(house, number))
        return done("collected", bill=bill_facts(bill_named(house, number)))

    @controls.post("/bills/<number>/reject")
    def reject(number: str) -> Answer:
        house.books.reject(bill_named(house, number), _chosen_fault(given()))
        return done("rejected", bill=bill_facts(bill_named(house, number)))

    @controls.post("/bills/<number>/cancel")
    def cancel(number: str) -> Answer:
        house.books.cancel(bill_named(house, number))
        return done("cancelled", bill=bill_facts(bill_named(house, number)))

    @controls.post("/bills/<number>/unspecified")
    def unspecified(number: str) -> Answer:
        house.books.say_nothing_clear(bill_named(house, number))
        return done("unspecified", bill=bill_facts(bill_named(house, number)))


def _add_switches(controls: Blueprint, house: House) -> None:
    @controls.post("/switch")
    def switch() -> Answer:
        typed = given()
        if typed.get("kind") == "off":
            house.misbehaviour.switch_off()
            return done("switched-off")
        house.misbehaviour.switch_on(
            kind=typed.get("kind", ""), scope=typed.get("scope") or "next", target=typed.get("target") or "submit"
        )
        return done("switched-on")

    @controls.post("/recognition")
    def recognition() -> Answer:
        typed = given()
        provider = house.catalogue.providers[typed.get("provider", "")]
        insurer = house.catalogue.insurers[typed.get("insurer", "")]
        house.recognise(provider, insurer, typed.get("state", ""))
        return done("recognition")

    @controls.post("/reset")
    def reset() -> Answer:
        if given().get("sure") != "yes":
            raise ValueError("Nothing was reset: it must be confirmed with sure=yes.")
        house.reset()
        return done("reset")


def _chosen_fault(typed: dict[str, str]) -> Fault:
    field, _, message = typed.get("fault", "").partition("|")
    field = typed.get("field", "").strip() or field
    message = typed.get("message", "").strip() or message
    if not field or not message or len(field) > _LONGEST_TEXT or len(message) > _LONGEST_TEXT:
        raise ValueError("Choose a message, or write both field and message (up to 200 characters).")
    line = typed.get("line_no", "").strip()
    if line and not (line.isascii() and line.isdigit() and 0 < int(line[:6]) < 1000 and len(line) < 4):
        raise ValueError("The line is a number from 1, or empty for the bill as a whole.")
    return Fault(field=field, message=message, line_no=int(line) if line else None)


def _how_many(typed: dict[str, str], unit: str) -> float:
    try:
        number = float(typed.get(unit) or 0)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100_000:
        raise ValueError("The clock only moves on: minutes, hours, days and weeks are numbers from 0.")
    return number
