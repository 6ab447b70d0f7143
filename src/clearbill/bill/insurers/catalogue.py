"""The insurers there are, found by slug, identifier or name."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources

from clearbill.bill.insurers.insurer import Insurer
from clearbill.bill.insurers.loader import read

LIST_READ_ON = date(2026, 11, 23)

"""When the list of insurers that take electronic bills (`Insurer.listed`) was read."""


@cache
def all_insurers() -> tuple[Insurer, ...]:
    """Return every insurer a practice may choose: first those with e-billing, then the others, each by name."""
    return tuple(insurer for insurer in _every_insurer() if not insurer.superseded_by)


def by_slug(slug: str) -> Insurer | None:
    """Return the insurer with this slug, such as "bupa-global", or None."""
    return _slugs().get(slug)


def name_of(slug: str) -> str:
    """Return the name of the insurer with this slug, such as "BUPA Global"; a slug that is not known stays as it is."""
    known = by_slug(slug)
    return known.name if known else slug


def by_identifier(identifier: str) -> Insurer | None:
    """Return the insurer with exactly this identifier at the clearing house, such as "bup", or None."""
    return _identifiers().get(identifier)


def find(identifier: str) -> Insurer | None:
    """Return the insurer meant by an identifier, slug or name in any case, or None."""
    return _names().get(_key(identifier))


@cache
def _every_insurer() -> tuple[Insurer, ...]:
    files = (file for file in (resources.files(__package__) / "data").iterdir() if file.name.endswith(".toml"))
    insurers = (read(file.read_text(encoding="utf-8")) for file in files)
    return tuple(sorted(insurers, key=lambda insurer: (not insurer.listed, insurer.name.casefold())))


@cache
def _slugs() -> dict[str, Insurer]:
    return {insurer.slug: insurer for insurer in _every_insurer()}


@cache
def _identifiers() -> dict[str, Insurer]:
    return {insurer.healthcode_id: insurer for insurer in _every_insurer() if insurer.healthcode_id}


@cache
def _names() -> dict[str, Insurer]:
    names = {}
    for insurer in reversed(_every_insurer()):
        for name in (insurer.name, *insurer.also_called, insurer.slug, insurer.healthcode_id):
            names[_key(name)] = insurer
    names.pop("", None)
    return names


def _key(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
