"""Ask the insurer's member list whether it knows the client: one short question over the practice's connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from clearbill.bill import insurers
from clearbill.clearinghouse.port import (
    BillRejected,
    ClearingError,
    ClearingHouse,
    MemberAnswer,
    MemberEnquiry,
)
from clearbill.clients.models import Client, Policy
from clearbill.people.encryption import DecryptionFailed
from clearbill.people.models import Practice
from clearbill.workspace import connection, provider_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheck:
    """What came of the question, with one sentence; `answer` is there for a match.

    `fields` are those of the enquiry that Healthcode missed or did not take, as ENQUIRY_FIELDS names them; `is_asked`
    says that the question went out.
    """

    outcome: Literal["match", "no_match", "processing", "failed", "not_connected"]
    sentence: str
    answer: MemberAnswer | None = None
    fields: tuple[str, ...] = ()
    is_asked: bool = False


ENQUIRY_FIELDS = {
    "first_name": "first name",
    "last_name": "last name",
    "sex": "sex",
    "birth_date": "date of birth",
    "postcode": "postcode",
    "membership_number": "Membership Number",
    "group_number": "group number",
}

"""What is asked with, by its name at the client or cover, in words."""

_BY_HAND = "Compare the details with the insurance card instead."


def can_ask(practice: Practice) -> bool:
    """Return whether the practice's connection has the second pair of keys, which the member list needs."""
    known = connection.stored_connection(practice)
    return known is not None and bool(known.api_key_id and known.rest_api_key_encrypted)


def ask_member_list(
    *, practice: Practice, client: Client, policy: Policy, on: date, house: ClearingHouse | None = None
) -> MemberCheck:
    """Ask about one client. Never raises for anything the clearing house does: the finding says it in a sentence."""
    name, known = insurers.name_of(policy.insurer_slug), insurers.by_slug(policy.insurer_slug)
    if known and known.member_enquiry and known.member_enquiry.value == "no":
        return MemberCheck(outcome="failed", sentence=f"{name} answers no member enquiries. {_BY_HAND}")
    insurer_id = provider_numbers.insurer_id(practice, policy.insurer_slug)
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
        answer = house.find_member(_enquiry(client, policy, insurer_id, on))
    except BillRejected as refusal:
        return _not_taken(refusal, name)
    except ClearingError as exc:
        return MemberCheck(outcome="failed", sentence=exc.sentence, is_asked=True)
    finally:
        house.close()
    return _finding(answer, name)


def _house(practice: Practice) -> ClearingHouse | None:
    known = connection.stored_connection(practice)
    return connection.client_of(known) if known and known.api_key_id and known.rest_api_key_encrypted else None


def _enquiry(client: Client, policy: Policy, insurer_id: str, on: date) -> MemberEnquiry:
    return MemberEnquiry(
        insurer_id=insurer_id,
        first_name=client.first_name,
        last_name=client.last_name,
        sex=client.sex,
        birth_date=client.birth_date,
        postcode=client.postcode,
        membership_number="".join(policy.membership_number.split()),
        active_on=on,
    )


def _not_taken(refusal: BillRejected, name: str) -> MemberCheck:
    """Say which field Healthcode missed, which it did not take, or that the insurer answers no enquiries."""
    said = [message for message in refusal.messages if message.field]
    if any(message.reason == "not supported" for message in said):
        sentence = f"{name} answers no member enquiries through Healthcode. {_BY_HAND}"
        return MemberCheck(outcome="failed", sentence=sentence, is_asked=True)
    missed = [message.item for message in said if message.reason == "missing" and message.item in ENQUIRY_FIELDS]
    wrong = [message for message in said if message.item not in missed]
    parts = []
    if missed:
        parts.append(f"Healthcode needs the client’s {_listed(missed)} for this question to {name}.")
    parts += [f"Healthcode did not take the {ENQUIRY_FIELDS.get(one.item, one.field)}: “{one.text}”." for one in wrong]
    parts += [f"Healthcode says: “{message.text}”." for message in refusal.messages if not message.field]
    if not parts:
        return MemberCheck(outcome="failed", sentence=refusal.sentence, is_asked=True)
    parts.append("Correct it on the client, then ask again.")
    fields = tuple(one for one in (*missed, *(message.item for message in wrong)) if one in ENQUIRY_FIELDS)
    return MemberCheck(outcome="failed", sentence=" ".join(parts), fields=fields, is_asked=True)


def _listed(fields: Sequence[str]) -> str:
    words = [ENQUIRY_FIELDS[name] for name in fields]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _finding(answer: MemberAnswer, name: str) -> MemberCheck:
    if answer.outcome == "match":
        return MemberCheck(is_asked=True, outcome="match", sentence=f"{name} knows this member.", answer=answer)
    if answer.outcome == "no_match":
        return MemberCheck(
            is_asked=True,
            outcome="no_match",
            sentence=f"{name} found no member with these details. Compare name, date of birth, postcode and membership "
            "number with the insurance card.",
        )
    if answer.outcome == "processing":
        pause = f" in {answer.retry_after_seconds} seconds" if answer.retry_after_seconds else " in a moment"
        return MemberCheck(is_asked=True, outcome="processing", sentence=f"{name} is still looking. Ask again{pause}.")
    return MemberCheck(
        is_asked=True, outcome="failed", sentence=answer.message or f"{name}’s member list could not answer."
    )
