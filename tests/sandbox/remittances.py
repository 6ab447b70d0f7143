"""Remittances as a practice system fetches them, with their amounts exact."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from healthcode_sandbox.house.house import House
from tests.sandbox.caller import Caller

SUMMARIES, DETAILS = "/claims/paymentreconciliation/_search", "/claims/claimresponse/_search"


def subscribe(house: House, tier: str, *, site: str = "HC0TEST") -> None:
    """Give a site the search of this tier: “basic” or “pro”."""
    house.catalogue.sites[site] = replace(house.catalogue.sites[site], remittances=tier)


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def payments(caller: Caller, **form: str) -> list[dict[str, Any]]:
    body = read(caller.ask(SUMMARIES, {"insurerIdentifier": "bup", **form}).raise_for_status().text)
    return [entry["resource"] for entry in body["entry"]]


def claims(caller: Caller, payment: dict[str, Any]) -> list[dict[str, Any]]:
    form = {"insurerIdentifier": "bup", "paymentReference": payment["paymentIdentifier"]["value"], "count": "100"}
    return [entry["resource"] for entry in read(caller.ask(DETAILS, form).raise_for_status().text)["entry"]]


def total(claim: dict[str, Any], kind: str) -> Decimal:
    found = [part["amount"]["value"] for part in claim["total"] if part["category"]["coding"][0]["code"] == kind]
    return Decimal(found[0]) if found else Decimal(0)


def told(caller: Caller) -> list[dict[str, Any]]:
    """Return what every payment says of each bill, oldest first."""
    return [claim for payment in payments(caller) for claim in claims(caller, payment)]


def deductions(claim: dict[str, Any]) -> list[tuple[int, str, Decimal]]:
    """Return line, reason and pounds of everything deducted."""
    return [
        (item["itemSequence"], part["reason"]["coding"][0]["code"], part["amount"]["value"])
        for item in claim["item"]
        for part in item["adjudication"]
        if "reason" in part
    ]
