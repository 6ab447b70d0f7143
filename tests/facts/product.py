"""How Clearbill takes a value of each kind: by client page, claim page and command, where it has all three."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from clearbill.bill import Bill, Diagnosis
from clearbill.bill.insurers import Insurer, by_identifier, by_slug
from clearbill.bill.json_codec import check_json, to_json
from clearbill.bill.rejections import explain
from clearbill.clearinghouse.healthcode.assumed_2026_11.paging import read_issues
from clearbill.clearinghouse.healthcode.connection import guard
from clearbill.web.claims.forms import ClaimForm, DiagnosisForm
from clearbill.web.clients.cover_form import CoverForm
from tests.bill.bills import ON, changed, good
from tests.clearinghouse.examples import a_connection
from tests.facts.table import PublishedFact, Takes

NUMBERS = {
    "registration_number": ("cover.registration_number", "membership_number"),
    "authorisation_code": ("cover.authorisation_code", "authorisation_code"),
}


def insurer_of(fact: PublishedFact) -> Insurer:
    found = by_identifier(fact.about) if fact.about else by_slug(fact.slug)
    assert found is not None, fact
    return found


def bill_of(fact: PublishedFact, **changes: Any) -> Bill:
    insurer = insurer_of(fact)
    start = {"insurer_id": insurer.healthcode_id or "zzz"}
    return changed(good(insurer.slug), start | {path.replace("__", "."): value for path, value in changes.items()})


def problems_at(fact: PublishedFact, bill: Bill, path: str, **how: Any) -> list[str]:
    """Return how serious what the command says at a place of the bill is: "blocks" and "warns"."""
    found = check_json(to_json(bill), on=ON, insurer=insurer_of(fact), **how)
    return [problem.severity for problem in found if problem.path.startswith(path)]


def membership(fact: PublishedFact, value: str) -> bool:
    return every_door(fact, value, "registration_number") == []


def membership_with_a_word(fact: PublishedFact, value: str) -> bool:
    return "blocks" not in every_door(fact, value, "registration_number")


def authorisation(fact: PublishedFact, value: str) -> bool:
    return every_door(fact, value, "authorisation_code") == []


def every_door(fact: PublishedFact, value: str, item: str) -> list[str]:
    """Return what is said of a number as it was typed on each page, and as it stands in a file."""
    path, on_the_client = NUMBERS[item]
    client = CoverForm({"insurer_slug": insurer_of(fact).slug, "membership_number": "1", on_the_client: value})
    claim = ClaimForm({item: value}, bill=bill_of(fact), names={})
    if not client.is_valid() or item in claim.errors:
        return ["blocks"]
    read = (value, client.cleaned_data[on_the_client], claim.cleaned_data[item])
    assert len(set(read[1:])) == 1, read
    return [found for one in read for found in problems_at(fact, changed(bill_of(fact), {path: one}), path)]


def invoice_number(fact: PublishedFact, value: str) -> bool:
    return "blocks" not in problems_at(fact, bill_of(fact, invoice_number=value), "invoice_number")


def diagnosis(fact: PublishedFact, value: str) -> bool:
    typed = DiagnosisForm({"code": value, "scheme": "ICD10"})
    assert typed.is_valid()
    given = tuple(Diagnosis(code=code, is_primary=True) for code in [typed.cleaned_data["code"]] if code)
    return problems_at(fact, bill_of(fact, diagnoses=given), "diagnoses") == []


def demographics(fact: PublishedFact, value: str) -> bool:
    """Whether a difference of this kind is not named as the reason."""
    told = explain(text="Membership No: Patient demographics do not match registration number").message
    return {"family name": "name"}.get(value, value) not in told


def line(fact: PublishedFact, value: str) -> bool:
    bill = bill_of(fact)
    lines = tuple(
        replace(
            one,
            procedure_code=one.procedure_code if "CCSD" in value else "",
            description=one.description if "description" in value else "",
        )
        for one in bill.lines
    )
    return problems_at(fact, replace(bill, lines=lines), "lines") == []


def code_on_a_day(fact: PublishedFact, value: str) -> bool:
    code, day = value.split(" on ")
    on = date.fromisoformat(day)
    one = replace(good("slh").lines[0], procedure_code=code, first_date_of_service=on, last_date_of_service=on, units=1)
    bill = bill_of(fact, lines=(one,))
    found = check_json(to_json(bill), on=on + timedelta(days=1), insurer=insurer_of(fact))
    return not any(problem.path == "lines[0].procedure_code" for problem in found)


def sessions_on_one_day(fact: PublishedFact, value: str) -> bool:
    count, profession = value.split(" by a ")
    one = replace(good().lines[0], description="", service_provider_profession=profession, units=int(count))
    found = check_json(to_json(bill_of(fact, lines=(one,))), on=ON, insurer=insurer_of(fact))
    return not any(problem.path == "lines[0].units" for problem in found)


def months_after_the_treatment(fact: PublishedFact, value: str) -> bool:
    months = ON.month - 1 - int(value) + ON.year * 12
    treated = date(months // 12, months % 12 + 1, ON.day)
    bill = bill_of(fact)
    lines = tuple(replace(one, first_date_of_service=treated, last_date_of_service=treated) for one in bill.lines)
    found = check_json(to_json(replace(bill, lines=lines)), on=ON, insurer=insurer_of(fact))
    return not any("months after the treatment" in problem.message for problem in found)


def payor_of_remittances(fact: PublishedFact, value: str) -> bool:
    insurer = by_identifier(value)
    return insurer is not None and insurer.remittances is not None and insurer.remittances.value == "yes"


def setting(fact: PublishedFact, value: str) -> bool:
    return "blocks" not in problems_at(fact, bill_of(fact, episode__episode_setting=value), "episode.episode_setting")


def message(fact: PublishedFact, value: str) -> bool:
    return explain(text=value).code != "HC-00"


def sign_in(fact: PublishedFact, value: str) -> bool:
    services, metadata = value.split()
    return a_connection("", discovery_url=services).sign_in_address == metadata


def live_host(fact: PublishedFact, value: str) -> bool:
    live = a_connection("", environment="live", live_contract_accepted=True)
    test = a_connection("", allowed_test_hosts=(value,))
    is_taken = guard(live, f"https://{value}/x") == ""
    assert (guard(test, f"https://{value}/x") == "") is not is_taken, "a host is either live or a test one"
    return is_taken


def field_named_by_a_location(fact: PublishedFact, value: str) -> bool:
    issues = read_issues({"issue": [{"severity": "fatal", "code": "value", "location": [value], "expression": []}]})
    return issues[0].field == value


KINDS: Mapping[str, Takes] = {
    "membership": membership,
    "membership, if only with a word": membership_with_a_word,
    "authorisation": authorisation,
    "invoice number": invoice_number,
    "diagnosis": diagnosis,
    "demographics": demographics,
    "line": line,
    "code on a day": code_on_a_day,
    "sessions on one day": sessions_on_one_day,
    "months after the treatment": months_after_the_treatment,
    "payor of remittances": payor_of_remittances,
    "setting": setting,
    "message": message,
    "sign-in": sign_in,
    "live host": live_host,
    "field named by a location": field_named_by_a_location,
}
