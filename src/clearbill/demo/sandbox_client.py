"""Talk to the stand-in clearing house as the person at its own page would: look up its people, move its clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

SITE = "HC0TEST"


class StandIn:
    """The controls of a running stand-in at `address`, such as http://127.0.0.1:8010."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=30, headers={"Origin": address})

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def members(self, insurer_id: str) -> list[dict[str, Any]]:
        """Return the invented members of one insurer, under the columns of its member file."""
        answer = self._client.get("/sandbox/members.json", params={"insurer": insurer_id})
        return list(answer.raise_for_status().json()["members"])

    def now(self) -> datetime:
        """Return the stand-in's own time."""
        return datetime.fromisoformat(self._client.get("/sandbox/clock").raise_for_status().json()["now"])

    def move_clock_to(self, moment: datetime) -> None:
        """Move the stand-in's clock on to `moment`; a moment that has passed changes nothing."""
        minutes = (moment - self.now()).total_seconds() / 60
        if minutes > 0:
            self._client.post("/sandbox/clock", json={"minutes": minutes}).raise_for_status()

    def payments(self) -> list[dict[str, Any]]:
        """Return what the insurers have paid to the demo's site, oldest first: id, reference, day, amount, by post."""
        answer = self._client.get("/sandbox/payments.json", params={"site": SITE})
        return list(answer.raise_for_status().json()["payments"])

    def advice_by_post(self, payment_id: int) -> bytes:
        """Return what the insurer sent about a payment, as the table that a practice makes of it."""
        return self._client.get(f"/payments/{payment_id}/remittance.csv").raise_for_status().content

    def keep_back(self, payment_id: int) -> None:
        """Let the bank know nothing of a payment, though the insurer says paid."""
        self._client.post(f"/sandbox/payments/{payment_id}/keep-back").raise_for_status()

    def statement(self) -> bytes:
        """Return the statement of the site's bank account up to its present day, as OFX."""
        return self._client.get(f"/bank/{SITE}/statement-xml.ofx").raise_for_status().content

    def switch(self, kind: str, *, scope: str = "next", target: str = "submit") -> None:
        """Make the stand-in misbehave, for the next call or for all of them."""
        form = {"kind": kind, "scope": scope, "target": target}
        self._client.post("/sandbox/switch", json=form).raise_for_status()

    def say_nothing_clear_about(self, invoice_number: str) -> None:
        """Make the stand-in answer “Unspecified” when it is asked about the bill with this invoice number."""
        bills = self._client.get("/sandbox/bills.json").raise_for_status().json()["bills"]
        number = next(bill["ch_claim_no"] for bill in bills if bill["invoice_no"] == invoice_number)
        self.press(number, "unspecified")

    def press(self, number: str, button: str, **words: str) -> None:
        """Press a button on the page of the bill that has this number of the clearing house."""
        self._client.post(f"/sandbox/bills/{number}/{button}", json=words).raise_for_status()
