"""Find member: is this person in the insurer's member file?"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from healthcode_sandbox.house.bill_status import NO_MATCH
from healthcode_sandbox.house.catalogue import Insurer, Site
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.member_register import Person
from healthcode_sandbox.house.members import Member
from healthcode_sandbox.rest import fhir
from healthcode_sandbox.rest.errors import Refusal, needed

PROCESSING_TIMES = 2

_SEXES = {"male": "M", "female": "F", "other": "O", "unknown": "U", "m": "M", "f": "F", "o": "O", "u": "U"}

_ALWAYS = ("firstName", "lastName", "dateOfbirth", "postCode")  # A29


def answer_enquiry(house: House, site: Site, form: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Return the body and HTTP status of an answer. Raises Refusal for a bad question."""
    asked = {name: text.strip() for name, text in form.items()}
    insurer = _insurer(house, site, asked)
    person, active_on = _person(asked, insurer), _date(asked, "policyActiveOn")
    if person.family_name.upper() == "SIM-PROCESSING":
        return _slow_insurer(house, site, asked, person, insurer)
    found = house.register.like(insurer=insurer.id, person=person)
    if active_on:
        found = [member for member in found if member.cover_start_on <= active_on <= member.cover_end_on]
    if len(found) != 1:
        return _no_match(), 200
    today = active_on or house.clock.today().date()
    active = found[0].cover_start_on <= today <= found[0].cover_end_on
    return fhir.coverage(found[0], insurer, active=active), 200


def _insurer(house: House, site: Site, asked: dict[str, str]) -> Insurer:
    named = needed(asked, "insurerIdentifier")
    insurer = house.catalogue.insurers.get(named)
    if insurer is None or insurer.id not in site.insurers:
        raise Refusal(400, code="value", text="The insurer is not known.", field="insurerIdentifier")
    if not insurer.enquiry:
        raise Refusal(400, code="not-supported", text="The insurer answers no enquiries.", field="insurerIdentifier")
    return insurer


def _person(asked: dict[str, str], insurer: Insurer) -> Person:
    for name in (*_ALWAYS, *(("sex",) if insurer.enquiry_needs_sex else ())):
        needed(asked, name)
    sex = asked.get("sex", "").lower()
    if sex and sex not in _SEXES:
        raise Refusal(400, code="value", text="sex must be Male, Female, Other or Unknown.", field="sex")
    return Person(
        family_name=asked["lastName"],
        given_name=asked["firstName"],
        birth_on=_date(asked, "dateOfbirth"),
        postcode=asked["postCode"],
        sex=_SEXES.get(sex, ""),
        membership_id=asked.get("membershipNumber", ""),
        group_policy_id=asked.get("groupId", ""),
    )


def _date(asked: dict[str, str], name: str) -> date | None:
    text = asked.get(name, "")
    if not text:
        return None
    try:
        if len(text) != 10:
            raise ValueError(name)
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            400, code="value", coding="MSG_DATE_FORMAT", text=f"{name} must be yyyy-mm-dd", field=name
        ) from None


def _slow_insurer(
    house: House, site: Site, asked: dict[str, str], person: Person, insurer: Insurer
) -> tuple[dict[str, Any], int]:
    """Answer "processing" twice to the same question, and then with a member made from it."""
    question = hashlib.sha256(json.dumps(sorted(asked.items())).encode()).hexdigest()
    with house.ledger.transaction():
        row = house.ledger.row("select times from enquiries where site = ? and question = ?", (site.id, question))
        times = row["times"] if row else 0
        house.ledger.write(
            "insert or replace into enquiries (site, question, times) values (?, ?, ?)", (site.id, question, times + 1)
        )
    if times < PROCESSING_TIMES:
        text = "The insurer has not answered yet; repeat the enquiry"
        return fhir.outcome(severity="information", code="informational", diagnostics=text, tag="Processing"), 202
    return fhir.coverage(_made_up(person, insurer), insurer, active=True), 200


def _made_up(person: Person, insurer: Insurer) -> Member:
    return Member(
        insurer=insurer.id,
        membership_id=person.membership_id or "ZZSIM00001",
        group_policy_id=person.group_policy_id,
        scheme="Invented Corporate Plan",
        family_name=person.family_name,
        given_name=person.given_name,
        other_initials="",
        title="",
        birth_sex=person.sex or "U",
        birth_on=person.birth_on or date(1985, 4, 12),
        address=("1 Invented Street", "Nowhere", "", ""),
        postcode=person.postcode,
        cover_start_on=date(2020, 4, 1),
        cover_end_on=date(2099, 3, 31),
    )


def _no_match() -> dict[str, Any]:
    return fhir.outcome(
        severity="information", code="not-found", coding="MSG_NO_MATCH", diagnostics=NO_MATCH, tag="NoMatch"
    )
