"""Switches that make the house misbehave, for the next call or for all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from healthcode_sandbox.house.ledger import Ledger

KINDS = {
    "drop_before": "Drop the connection before anything is stored",
    "drop_after": "Store, then drop the connection without an answer",
    "bad_gateway": "Answer 502 Bad Gateway, nothing stored",
    "too_many": "Answer 429 Too Many Requests with Retry-After, nothing stored",
    "slow": "Keep the caller waiting, then answer as usual",
    "broken_answer": "Store, then send only the first half of the answer",
    "refuse_credentials": "Refuse every user name, password, key and token",
    "down": "Be down: answer 503 Service Unavailable, nothing stored",
}

SCOPES = {"next": "the next call only", "all": "every call until switched off"}

TARGETS = {"submit": "bills being submitted", "every": "every call of the interface"}

RETRY_AFTER_SECONDS = 5

_KEY = "misbehaviour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One switch that is on."""

    kind: str
    scope: str
    target: str

    @property
    def sentence(self) -> str:
        return f"{KINDS[self.kind]}: for {TARGETS[self.target]}, {SCOPES[self.scope]}."


class Misbehaviour:
    """At most one switch is on; it is kept in the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def current(self) -> Switch | None:
        """Return the switch that is on, or None."""
        text = self._ledger.setting(_KEY)
        return Switch(**json.loads(text)) if text else None

    def switch_on(self, *, kind: str, scope: str = "next", target: str = "submit") -> Switch:
        """Turn a switch on in place of any other. Raises ValueError for an unknown word."""
        if kind not in KINDS or scope not in SCOPES or target not in TARGETS:
            raise ValueError("There is no such switch.")
        switch = Switch(kind=kind, scope=scope, target=target)
        self._ledger.keep_setting(_KEY, json.dumps(asdict(switch)))
        return switch

    def switch_off(self) -> None:
        """Behave again."""
        self._ledger.keep_setting(_KEY, "")

    def take(self, *, submits: bool) -> str:
        """Return the kind that applies to this call, "" for none; a switch for the next call is used up."""
        with self._ledger.transaction():
            switch = self.current()
            if switch is None or (switch.target == "submit" and not submits):
                return ""
            if switch.scope == "next":
                self.switch_off()
            return switch.kind
