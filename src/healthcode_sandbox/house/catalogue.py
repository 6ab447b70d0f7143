"""What the house knows before anybody calls: sites, insurers, providers, codes. Read once from the seed files."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An account that may submit, with its public and therefore worthless credentials."""

    id: str
    name: str
    subscribed: bool
    user: str
    password: str
    key_id: str
    key: str
    remittances: str
    insurers: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """A payor and what it wants of a bill."""

    id: str
    name: str
    membership: list[str]
    authorisation: list[str]
    diagnosis_required: bool
    live_file: bool
    enquiry: bool
    remittances: bool
    enquiry_needs_sex: bool = False
    membership_optional: bool = False
    invented_id: bool = False
    invoice_number: str = ""
    diagnoses_refused: list[str] = field(default_factory=list)

    def takes_membership(self, number: str) -> bool:
        """Return whether this insurer gives out such membership numbers."""
        if not number:
            return self.membership_optional
        return len(number) <= 20 and _fits(self.membership, number)

    def takes_authorisation(self, code: str) -> bool:
        """Return whether this insurer gives out such authorisation codes; none at all is taken too."""
        return not code or _fits(self.authorisation, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A number in the provider map. `mapped` false: insurers know the provider, the house does not."""

    number: str
    kind: str
    name: str
    sites: list[str]
    profession: str = ""
    payee: bool = False
    consent: bool = True
    mapped: bool = True
    pending: bool = False
    recognised_by: list[str] = field(default_factory=lambda: ["*"])
    not_recognised_by: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)

    def seeded_recognition(self, insurer: str) -> str:
        """Return "recognised", "pending" or "not recognised" as the seed has it."""
        if self.pending:
            return "pending"
        named = "*" in self.recognised_by or insurer in self.recognised_by
        return "recognised" if named and insurer not in self.not_recognised_by else "not recognised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service code with its usual price and the most an insurer pays for one unit, in pounds."""

    code: str
    title: str
    price: str
    tariff: str
    tariffs: dict[str, str] = field(default_factory=dict)
    not_for: list[str] = field(default_factory=list)
    agreed_fee_for: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=lambda: ["I", "D", "O"])
    procedure_required: bool = False

    def tariff_of(self, insurer: str) -> Decimal:
        """Return the most this insurer pays for one unit, in pounds."""
        return Decimal(self.tariffs.get(insurer, self.tariff))


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One entry of a code list."""

    set: str
    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Why an insurer paid less; `patient_liable` is None where it does not say."""

    code: str
    title: str
    patient_liable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All seed data, by the key they are asked for."""

    sites: dict[str, Site]
    insurers: dict[str, Insurer]
    providers: dict[str, Provider]
    services: dict[str, Service]
    procedures: dict[str, str]
    values: tuple[Value, ...]
    shortfalls: dict[str, Shortfall]
    assumptions: dict[str, str]

    def value_set(self, name: str) -> list[Value] | None:
        """Return the entries of one code list, or None where there is no such list."""
        if name == "service-type/ISC":
            return [Value(set=name, code=service.code, title=service.title) for service in self.services.values()]
        if name == "procedure-code/CCSD":
            return [Value(set=name, code=code, title=title) for code, title in self.procedures.items()]
        return [value for value in self.values if value.set == name] or None


def read_seed(name: str) -> dict[str, Any]:
    """Return one seed file as a dictionary."""
    return tomllib.loads(resources.files("healthcode_sandbox").joinpath("seed", name).read_text("utf-8"))


@cache
def catalogue() -> Catalogue:
    """Return the seed data."""
    sites = [Site(**row) for row in read_seed("sites.toml")["site"]]
    insurers = [Insurer(**row) for row in read_seed("insurers.toml")["insurer"]]
    providers = [Provider(**row) for row in read_seed("providers.toml")["provider"]]
    codes = read_seed("services.toml")
    return Catalogue(
        sites={site.id: site for site in sites},
        insurers={insurer.id: insurer for insurer in insurers},
        providers={provider.number: provider for provider in providers},
        services={row["code"]: Service(**row) for row in codes["service"]},
        procedures={row["code"]: row["title"] for row in codes["procedure"]},
        values=tuple(Value(**row) for row in codes["value"]),
        shortfalls={row["code"]: Shortfall(**row) for row in codes["shortfall"]},
        assumptions=read_seed("assumptions.toml"),
    )


def _fits(patterns: list[str], text: str) -> bool:
    return not patterns or any(re.fullmatch(pattern, text, re.ASCII) for pattern in patterns)
