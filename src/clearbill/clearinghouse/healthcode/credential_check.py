"""Try every credential for real, and say in plain words which one the clearing house did not take."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal

from clearbill.clearinghouse.healthcode.bill_service import BillService
from clearbill.clearinghouse.healthcode.connection import Connection
from clearbill.clearinghouse.healthcode.contract import Contract
from clearbill.clearinghouse.healthcode.http import NOT_ANSWERING
from clearbill.clearinghouse.healthcode.rest import Question, RestService
from clearbill.clearinghouse.port import BillKey, ClearingError, ConnectionTest, ConnectionTestStep, CredentialsRefused

Credential = Literal["site_id", "user_id", "api_key", "api_key_id", "address"]

_TAKEN: dict[Credential, str] = {
    "site_id": "Healthcode knows this Site ID.",
    "user_id": "Healthcode knows this User ID at the site.",
    "api_key": "The API key fits the User ID.",
    "api_key_id": "Healthcode took the API Key Id with its API Key.",
}

NOT_TRIED = "The credentials could not be tried."

_EMPTY = {"site_id": "Enter the Site ID.", "user_id": "Enter the User ID.", "api_key": "Enter the API key."}

# What must be right already for Healthcode to speak of a credential. A refused pair says nothing of its user alone.
_PROVEN_BY_REFUSAL: dict[str, tuple[Credential, ...]] = {
    "site_id": (),
    "user_id": ("site_id",),
    "api_key": ("site_id",),
}


def check_credentials(
    connection: Connection, *, bills: BillService, rest: RestService, contract: Contract, at: datetime
) -> ConnectionTest:
    """Return one step per credential tried. Changes nothing at the clearing house and raises nothing for a refusal."""
    steps = _missing(connection) or _try_bills(bills, at=at)
    if connection.api_key_id or connection.rest_api_key:
        steps = (*steps, _try_rest(rest, contract))
    return ConnectionTest(steps=steps)


def _missing(connection: Connection) -> tuple[ConnectionTestStep, ...]:
    given: dict[Credential, str] = {
        "site_id": connection.site_id,
        "user_id": connection.user_id,
        "api_key": connection.api_key,
    }
    return tuple(_step(name, ok=False, sentence=_EMPTY[name]) for name, text in given.items() if not text.strip())


def _try_bills(bills: BillService, *, at: datetime) -> tuple[ConnectionTestStep, ...]:
    """Ask for a bill that never was: only a house that took all three credentials says that it does not know it."""
    try:
        bills.status_of(BillKey(reference=secrets.token_hex(12)), at=at)
    except CredentialsRefused as refusal:
        credential = _as_credential(refusal.credential)
        proven = tuple(_taken(name) for name in _PROVEN_BY_REFUSAL.get(credential, ()))
        return (*proven, _step(credential, ok=False, sentence=refusal.sentence))
    except ClearingError as failure:
        return (_step("address", ok=False, sentence=_without_a_bill(failure.sentence)),)
    return (_taken("site_id"), _taken("user_id"), _taken("api_key"))


def _without_a_bill(sentence: str) -> str:
    """Return what went wrong as it is said where there is no bill: the credentials could not be tried."""
    if "the bill" not in sentence.lower():
        return sentence
    said = NOT_ANSWERING if sentence.startswith(NOT_ANSWERING) else "Healthcode did not answer as it should."
    return f"{said} {NOT_TRIED}"


def _try_rest(rest: RestService, contract: Contract) -> ConnectionTestStep:
    """Ask for a list that every account may read; what stands in it does not matter."""
    path, first_page = contract.CODE_LIST_PATH, contract.page_form(1)
    try:
        rest.ask(Question(operation="tryConnection", key=contract.CODE_LISTS, path=path, query=first_page))
    except CredentialsRefused as refusal:
        return _step(_as_credential(refusal.credential), ok=False, sentence=refusal.sentence)
    except ClearingError as failure:
        return _step("address", ok=False, sentence=failure.sentence)
    return _taken("api_key_id")


def _as_credential(named: str) -> Credential:
    return next((credential for credential in _TAKEN if credential == named), "address")


def _taken(credential: Credential) -> ConnectionTestStep:
    return _step(credential, ok=True, sentence=_TAKEN[credential])


def _step(credential: Credential, *, ok: bool, sentence: str) -> ConnectionTestStep:
    return ConnectionTestStep(credential=credential, ok=ok, sentence=sentence)
