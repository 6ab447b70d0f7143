"""The insurers' member files: several hundred invented people, the same every time."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from healthcode_sandbox.house.catalogue import catalogue, read_seed

PEOPLE_PER_INSURER = 60

_SEED = 20261123

_FIRST_BIRTH, _LAST_BIRTH = date(1940, 1, 1), date(2018, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person in a member file, with the columns that Healthcode's file specification names.

    `says` holds what the patient tells the practice where it differs from the file (so that a bill made from it
    does not match); it is empty for nearly everybody.
    """

    insurer: str
    membership_id: str
    group_policy_id: str
    scheme: str
    family_name: str
    given_name: str
    other_initials: str
    title: str
    birth_sex: str
    birth_on: date
    address: tuple[str, str, str, str]
    postcode: str
    cover_start_on: date
    cover_end_on: date
    lapsed: bool = False
    says: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the member under the file's column names, dates as YYYY-MM-DD."""
        lines = {f"AddressLine{number}": line for number, line in enumerate(self.address, start=1)}
        return {
            "Insurer": self.insurer,
            "MembershipID": self.membership_id,
            "GroupPolicyID": self.group_policy_id,
            "Scheme": self.scheme,
            "FamilyName": self.family_name,
            "GivenName": self.given_name,
            "OtherInitials": self.other_initials,
            "Title": self.title,
            "BirthSex": self.birth_sex,
            "DateofBirth": self.birth_on.isoformat(),
            **lines,
            "Postcode": self.postcode,
            "Country": "GB",
            "CoverStartDate": self.cover_start_on.isoformat(),
            "CoverEndDate": self.cover_end_on.isoformat(),
            "Lapsed": self.lapsed,
            "PatientSays": dict(self.says),
        }


@cache
def generate_members() -> tuple[Member, ...]:
    """Return every member of every insurer; the same people in every run."""
    people = [*_well_known()]
    for insurer in catalogue().insurers:
        people += _people_of(insurer)
    return tuple(people)


def _people_of(insurer: str) -> list[Member]:
    dice = random.Random(f"{_SEED}-{insurer}")  # nosec B311: invented people, nothing secret
    words = read_seed("names.toml")
    used: set[str] = {member.membership_id for member in _well_known() if member.insurer == insurer}
    people: list[Member] = []
    while len(people) < PEOPLE_PER_INSURER:
        number = _NUMBERS[insurer](dice)
        if number not in used:
            used.add(number)
            people += _household(dice, words, insurer, number)[: PEOPLE_PER_INSURER - len(people)]
    return people


def _household(dice: random.Random, words: dict[str, Any], insurer: str, number: str) -> list[Member]:
    """Return the policy holder and now and then a dependant, who shares number, name and address."""
    family, scheme = dice.choice(words["family"]), dice.choice(words["schemes"])
    house = dice.randint(1, 180)
    street, town = dice.choice(words["streets"]), dice.choice(words["towns"])
    flat = dice.choice(["", "", "", f"Flat {dice.randint(1, 20)}"])
    first, second = (flat, f"{house} {street}") if flat else (f"{house} {street}", "")
    postcode = f"ZZ{dice.randint(1, 19)} {dice.randint(1, 9)}{_letters(dice, 2)}"
    group = f"ZG{dice.randint(1, 40):04d}" if "Corporate" in scheme else ""
    trap = dice.random()
    people = []
    for _ in range(2 if dice.random() < 0.12 else 1):
        sex = dice.choice("FM")
        given = dice.choice(words["female" if sex == "F" else "male"])
        birth = _FIRST_BIRTH + timedelta(days=dice.randint(0, (_LAST_BIRTH - _FIRST_BIRTH).days))
        lapsed = trap < 0.05
        says = (("DateofBirth", (birth + timedelta(days=31)).isoformat()),) if 0.05 <= trap < 0.09 else ()
        people.append(
            Member(
                insurer=insurer,
                membership_id=number,
                group_policy_id=group,
                scheme=scheme,
                family_name=family,
                given_name=given,
                other_initials=dice.choice(["", "", _letters(dice, 1)]),
                title=dice.choice(["Ms", "Mrs", "Dr"] if sex == "F" else ["Mr", "Mr", "Dr"]),
                birth_sex=sex,
                birth_on=birth,
                address=(first, second, town, ""),
                postcode=postcode,
                cover_start_on=date(2019, 1, 1) + timedelta(days=dice.randint(0, 1500)),
                cover_end_on=date(2025, 12, 31) if lapsed else date(2099, 12, 31),
                lapsed=lapsed,
                says=says,
            )
        )
    return people


def _well_known() -> tuple[Member, ...]:
    """Return the one person of every documentation example, who has cover with each live member file."""
    numbers = {"bup": "ZZ00000001", "ppp": "ZZ0000001A", "nuh": "ZZ0001", "slh": "90000001"}
    return tuple(
        Member(
            insurer=insurer,
            membership_id=number,
            group_policy_id="ZG0001",
            scheme="Invented Corporate Plan",
            family_name="Sample",
            given_name="Testa",
            other_initials="Quill",
            title="Ms",
            birth_sex="F",
            birth_on=date(1985, 4, 12),
            address=("1 Invented Street", "Nowhere", "", ""),
            postcode="ZZ1 1ZZ",
            cover_start_on=date(2020, 4, 1),
            cover_end_on=date(2099, 3, 31),
        )
        for insurer, number in numbers.items()
    )


def _letters(dice: random.Random, count: int) -> str:
    return "".join(dice.choices(string.ascii_uppercase, k=count))


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choices(string.digits, k=count))


def _mixed(dice: random.Random, count: int) -> str:
    return "".join(dice.choices(string.ascii_uppercase + string.digits, k=count))


_NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "bup": lambda dice: _mixed(dice, 10),
    "bui": lambda dice: "BI-" + "-".join(_digits(dice, 4) for _ in range(3)),
    "ppp": lambda dice: _letters(dice, 2) + _digits(dice, 7) + _letters(dice, 1),
    "nuh": lambda dice: _mixed(dice, 6),
    "slh": lambda dice: dice.choice("3456789") + _digits(dice, 7),
    "cin": lambda dice: _digits(dice, 9),
    "tih": lambda dice: "T" + _digits(dice, 7),
    "wpa": lambda dice: _mixed(dice, 9),
    "pzo": lambda dice: "PZ" + _digits(dice, 6),
    "efs": lambda dice: _letters(dice, 2) + _digits(dice, 8),
    "hhs": lambda dice: "W" + _mixed(dice, 9),
    "zah": lambda dice: _digits(dice, 7),
    "zaw": lambda dice: "P" + _digits(dice, 7),
    "zwt": lambda dice: "WT" + _digits(dice, 6),
}
