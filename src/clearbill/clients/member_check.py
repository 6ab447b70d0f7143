"""Ask the insurer's member list whether it knows the client: one short question over the practice's connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from clearbill.bill import insurers
from clearbill.clearinghouse.port import ClearingError, ClearingHouse, MemberAnswer, MemberEnquiry
from clearbill.clients.models import Client, Cover
from clearbill.people.encryption import DecryptionFailed
from clearbill.people.models import Practice
from clearbill.workspace import connection, provider_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheck:
    """What came of the question, with one sentence; `answer` is there for a match."""

    outcome: Literal["match", "no_match", "processing", "failed", "not_connected"]
    sentence: str
    answer: MemberAnswer | None = None


def can_ask(practice: Practice) -> bool:
    """Return whether the practice's connection has the second pair of keys, which the member list needs."""
    known = connection.stored_connection(practice)
    return known is not None and bool(known.api_key_id and known.rest_api_key_encrypted)


def ask_member_list(
    *, practice: Practice, client: Client, cover: Cover, on: date, house: ClearingHouse | None = None
) -> MemberCheck:
    """Ask about one client. Never raises for anything the clearing house does: the finding says it in a sentence."""
    name = insurers.name_of(cover.insurer_slug)
    insurer_id = provider_numbers.insurer_id(practice, cover.insurer_slug)
    if not insurer_id:
        return MemberCheck(
            outcome="failed", sentence=f"Healthcode’s identifier of {name} is not known. Enter it under Insurers."
        )
    try:
        house = house or _house(practice)
    except DecryptionFailed as exc:
        return MemberCheck(outcome="not_connected", sentence=str(exc))
    if house is None:
        return MemberCheck(
            outcome="not_connected",
            sentence="The member list needs the API Key Id and API Key (REST) of the connection.",
        )
    try:
        answer = house.find_member(_enquiry(client, cover, insurer_id, on))
    except ClearingError as exc:
        return MemberCheck(outcome="failed", sentence=exc.sentence)
    finally:
        house.close()
    return _finding(answer, name)


def _house(practice: Practice) -> ClearingHouse | None:
    known = connection.stored_connection(practice)
    return connection.client_of(known) if known and known.api_key_id and known.rest_api_key_encrypted else None


def _enquiry(client: Client, cover: Cover, insurer_id: str, on: date) -> MemberEnquiry:
    return MemberEnquiry(
        insurer_id=insurer_id,
        first_name=client.first_name,
        last_name=client.last_name,
        sex=client.sex,
        birth_date=client.birth_date,
        postcode=client.postcode,
        membership_number="".join(cover.membership_number.split()),
        active_on=on,
    )


def _finding(answer: MemberAnswer, name: str) -> MemberCheck:
    if answer.outcome == "match":
        return MemberCheck(outcome="match", sentence=f"{name} knows this member.", answer=answer)
    if answer.outcome == "no_match":
        return MemberCheck(
            outcome="no_match",
            sentence=f"{name} found no member with these details. Compare name, date of birth, postcode and membership "
            "number with the insurance card.",
        )
    if answer.outcome == "processing":
        pause = f" in {answer.retry_after_seconds} seconds" if answer.retry_after_seconds else " in a moment"
        return MemberCheck(outcome="processing", sentence=f"{name} is still looking. Ask again{pause}.")
    return MemberCheck(outcome="failed", sentence=answer.message or f"{name}’s member list could not answer.")
