"""Two hundred clients, taken from the stand-in's own member files so that its answers arise from the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from clearbill.clients import diagnosis
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy
from clearbill.db.number_sequences import next_number
from clearbill.demo.sandbox_client import StandIn
from clearbill.demo.workspace import INVENTED_IDS, Cast
from clearbill.workspace import provider_numbers

# How many clients have cover with each insurer; the rest of the two hundred pay for themselves.
INSURED = {
    "bupa": 46,
    "axa-health": 34,
    "aviva": 28,
    "vitalityhealth": 26,
    "wpa": 12,
    "bupa-global": 7,
    "healix": 7,
    "cigna": 6,
    "the-exeter": 6,
    "alliance-health-corporate": 5,
    "allianz-worldwide-care": 5,
    "willis-towers-watson": 4,
    "trust-in-health": 4,
    "patientzone": 2,
}

UNINSURED = 8

# What brings people to each practitioner: ICD-10 codes of the WHO list; the titles come from its package.
CONDITIONS = {
    "rosa": ("M54.5", "M75.0", "S93.4", "M25.5", "M54.2"),
    "idris": ("M54.4", "M76.6", "S83.5", "M79.6", "M54.5"),
    "bronagh": ("M77.1", "G56.0", "M75.1", "S13.4", "M54.6"),
    "maren": ("F41.1", "F32.1", "F43.2", "F40.1"),
    "tobias": ("F43.1", "F33.1", "F42.2", "F41.0"),
    "helena": ("M17.1", "M23.2", "S83.2", "M16.1"),
    "anil": ("M76.5", "M75.4", "S86.0", "M22.4"),
}

SHARES = ("rosa", "rosa", "idris", "idris", "bronagh", "maren", "tobias", "helena", "anil")


@dataclass(slots=True)
class Person:
    """A client and who treats them."""

    client: Client
    practitioner: str
    insurer_slug: str


# What some still have to pay of their policy's excess, by their number.
EXCESSES = {1: Decimal("100.00"), 4: Decimal("0.00")}


def make(cast: Cast, stand_in: StandIn, dice: Random) -> list[Person]:
    """Make the clients; all of them are known to the stand-in but for those who pay for themselves."""
    people: list[Person] = []
    for slug, wanted in INSURED.items():
        identifier = INVENTED_IDS.get(slug) or provider_numbers.insurer_id(cast.practice, slug)
        members = [one for one in stand_in.members(identifier) if _is_adult_with_cover(one)]
        people += [_person(cast, member, slug, dice) for member in members[:wanted]]
    spare = [one for one in stand_in.members("wpa") if _is_adult_with_cover(one)][-UNINSURED:]
    people += [_person(cast, member, "", dice) for member in spare]
    return people


def _is_adult_with_cover(member: dict[str, Any]) -> bool:
    return not member["Lapsed"] and member["DateofBirth"] < "2006-01-01"


def _person(cast: Cast, member: dict[str, Any], slug: str, dice: Random) -> Person:
    key = dice.choice(SHARES)
    said = {**member, **member["PatientSays"]}
    client = Client.objects.create(
        practice=cast.practice,
        number=f"P-{next_number(cast.practice, 'client'):05}",
        title=said["Title"],
        first_name=said["GivenName"],
        other_names=said["OtherInitials"],
        last_name=said["FamilyName"],
        birth_date=date.fromisoformat(said["DateofBirth"]),
        sex=said["BirthSex"],
        phone=f"020 7946 0{dice.randint(200, 999)}",
        address_1=said["AddressLine1"] or said["AddressLine2"],
        address_2=said["AddressLine2"] if said["AddressLine1"] else "",
        address_3=said["AddressLine3"],
        postcode=said["Postcode"],
    )
    if slug:
        _cover(client, said, slug, dice)
    _diagnosis(client, dice.choice(CONDITIONS[key]))
    return Person(client, key, slug)


def _cover(client: Client, member: dict[str, Any], slug: str, dice: Random) -> None:
    policy = Policy.objects.create(
        client=client,
        insurer_slug=slug,
        membership_number=member["MembershipID"],
        scheme=member["Scheme"],
        group_number=member["GroupPolicyID"],
        valid_to=date.fromisoformat(member["CoverEndDate"]),
        excess_left=EXCESSES.get(int(client.number[2:]) % 7),
    )
    code, sessions = _authorisation(slug, dice), dice.choice([None, 6, 8, 10])
    if code or sessions:
        Authorisation.objects.create(policy=policy, code=code, sessions=sessions)


def _authorisation(slug: str, dice: Random) -> str:
    """Return a code in the insurer's form; now and then none, as in life."""
    if dice.random() < 0.15:
        return ""
    number = dice.randint(10_000, 99_999)
    forms = {
        "aviva": f"{dice.randint(100_000, 999_999)}/{dice.randint(10, 99)}",
        "alliance-health-corporate": f"ZZA{number}",
        "allianz-worldwide-care": f"ZZ-{number}",
    }
    return forms.get(slug, f"ZZ{number}")


def _diagnosis(client: Client, code: str) -> None:
    ClientDiagnosis.objects.create(client=client, position=1, code=code, title=diagnosis.title_of(code) or "")
