"""Looking people up in the insurers' member files."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from healthcode_sandbox.house.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a bill or an enquiry says the patient is; "" and None where it does not say."""

    family_name: str
    given_name: str
    birth_on: date | None
    postcode: str
    sex: str = ""
    membership_id: str = ""
    group_policy_id: str = ""

    def may_be(self, member: Member) -> bool:
        """Return whether the member may be this person: names without accents, signs and case, dates exactly.

        An initial is enough for the given name; who has one name has none. Postcode, sex, membership and group count
        only where they are given.
        """
        return (
            plain(self.family_name) == plain(member.family_name)
            and _same_given_name(plain(self.given_name), plain(member.given_name))
            and self.birth_on == member.birth_on
            and plain(self.postcode) in ("", plain(member.postcode))
            and self.sex in ("", member.birth_sex)
            and plain(self.membership_id) in ("", plain(member.membership_id))
            and plain(self.group_policy_id) in ("", plain(member.group_policy_id))
        )


class Register:
    """All member files together."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = tuple(members)
        self._by_number: dict[tuple[str, str], list[Member]] = defaultdict(list)
        self._by_insurer: dict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            self._by_number[member.insurer, plain(member.membership_id)].append(member)
            self._by_insurer[member.insurer].append(member)

    def of_insurer(self, insurer: str) -> list[Member]:
        """Return everybody in one insurer's member file."""
        return self._by_insurer.get(insurer, [])

    def holding(self, *, insurer: str, membership_id: str) -> list[Member]:
        """Return everybody under one membership number: the holder and dependants."""
        return self._by_number.get((insurer, plain(membership_id)), [])

    def like(self, *, insurer: str, person: Person) -> list[Member]:
        """Return the members of an insurer who may be this person."""
        return [member for member in self.of_insurer(insurer) if person.may_be(member)]

    def search(self, *, insurer: str, text: str) -> list[Member]:
        """Return members whose name, number or postcode holds `text`, of one insurer or of all where it is ""."""
        wanted = plain(text)
        people = self.of_insurer(insurer) if insurer else self.members
        return [
            member
            for member in people
            if wanted in plain(f"{member.given_name}{member.family_name}|{member.membership_id}|{member.postcode}")
        ]


def plain(text: str) -> str:
    """Return `text` without accents, blanks, hyphens, apostrophes and case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w|]", "", "".join(sign for sign in decomposed if not unicodedata.combining(sign)))


def _same_given_name(said: str, held: str) -> bool:
    return said == held or (len(said) == 1 and held.startswith(said))
