"""How the stand-in takes a value of each kind: asked over HTTP, as any practice system asks it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from tests.facts.table import PublishedFact, Takes
from tests.sandbox.caller import Caller, bill
from tests.sandbox.remittances import SUMMARIES

FIND = "/policies/coverage/_search"
CODES = "/ref/valueset/service-type/ISC"

# A number of the right form with each insurer that the table asks about something else of.
MEMBERS = {
    "bup": "ZZ00000001",
    "ppp": "ZZ0000001A",
    "nuh": "ZZ0001",
    "slh": "90000001",
    "zah": "7000001",
    "zaw": "P000000001",
}
TESTA = {
    "firstName": "Testa",
    "lastName": "Sample",
    "dateOfbirth": "1985-04-12",
    "postCode": "ZZ1 1ZZ",
    "sex": "Female",
}
DIFFERENCES = {
    "postcode": {"PostCode": "ZZ9 9ZZ"},
    "family name": {"FamilyName": "Simple"},
    "date of birth": {"DateOfBirth": "19850413"},
}
OUT_OF_FILE = "SIM-PAID"
"""The patient's name with which no member file is looked into."""

_numbers = itertools.count(1)


class StandIn:
    """A running stand-in. What no practice system can ask it is None."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def passes(self, fact: PublishedFact, problem: str, **changes: Any) -> bool | None:
        """Return whether a bill with these changes comes back without this problem."""
        insurer = fact.about or fact.stand_in
        if not insurer:
            return None
        given = {"Insurer": insurer, "RegistrationNo": MEMBERS.get(insurer, ""), "InvoiceNo": f"F{next(_numbers)}"}
        return not any(problem in text for text in self.caller.submit(bill(**(given | changes))).texts)

    def answers(self, path: str, form: dict[str, str]) -> bool:
        return self.caller.ask(path, form).status_code == 200

    def membership(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "RegistrationNo", FamilyName=OUT_OF_FILE, RegistrationNo=as_sent(value))

    def authorisation(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "AuthCode", AuthCode=as_sent(value))

    def invoice_number(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "Invalid Format", InvoiceNo=value)

    def diagnosis(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "Diagnosis", Diagnosis=[value] if value else [])

    def demographics(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "demographics", **DIFFERENCES[value])

    def setting(self, fact: PublishedFact, value: str) -> bool | None:
        return self.passes(fact, "Setting", Setting=value)

    def payor_of_remittances(self, fact: PublishedFact, value: str) -> bool:
        listed = self.caller.http.get("/sandbox/insurers.json").json()["insurers"]
        return next(bool(one["remittances"]) for one in listed if one["id"] == value)

    def amount_filter(self, fact: PublishedFact, value: str) -> bool:
        return self.answers(SUMMARIES, {"insurerIdentifier": "bup", "paymentAmount": value})

    def count_of_a_list(self, fact: PublishedFact, value: str) -> bool:
        body = self.caller.ask(CODES).json()
        tags = {tag["code"]: tag["display"] for tag in body["meta"]["tag"]}
        return bool(tags["count"] == value and len(body["expansion"]["contains"]) == int(tags["maxCount"]))

    def field_named_by_a_location(self, fact: PublishedFact, value: str) -> bool | None:
        asked = TESTA | {"insurerIdentifier": "bup", "dateOfbirth": "x"}
        issue = self.caller.ask(FIND, asked).json()["issue"][0]
        return False if value in issue["location"] and value not in issue["expression"] else None

    def clearing_number(self, fact: PublishedFact, value: str) -> bool:
        given = self.caller.submit(bill(InvoiceNo=f"F{next(_numbers)}")).ch_claim_no
        return re.fullmatch(rf"{value}\d{{7}}", given) is not None

    def member_enquiry(self, fact: PublishedFact, value: str) -> bool:
        asked = TESTA | {"insurerIdentifier": fact.about}
        if value.startswith("without "):
            asked.pop(value.removeprefix("without "))
        else:
            asked["firstName"] = "T"
        return self.answers(FIND, asked)


def as_sent(value: str) -> str:
    """Return a number as any practice system sends it: capitals, plain hyphens, no blanks."""
    return re.sub("[–‐]", "-", "".join(value.split()).upper())


def kinds_of(caller: Caller) -> Mapping[str, Takes]:
    """Return how the running stand-in takes a value, by kind."""
    house = StandIn(caller)
    return {
        "membership": house.membership,
        "membership, if only with a word": house.membership,
        "authorisation": house.authorisation,
        "invoice number": house.invoice_number,
        "diagnosis": house.diagnosis,
        "demographics": house.demographics,
        "setting": house.setting,
        "payor of remittances": house.payor_of_remittances,
        "amount filter": house.amount_filter,
        "count of a list": house.count_of_a_list,
        "field named by a location": house.field_named_by_a_location,
        "clearing number of 2026-11-23": house.clearing_number,
        "member enquiry": house.member_enquiry,
    }
