"""What a new password must be: long, not a common one, not known from a breach, not made of the words around it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from clearbill.people.models import Membership, User

PRODUCT = "Clearbill"

SHORTEST_WORD = 4

LEAST_OF_ITS_OWN = 8
"""So many letters and digits must be left of a password once the words around it are taken out."""

_COMMON = CommonPasswordValidator()

_HEX_DIGITS = 40


def check(password: str, *, person: User, practice_name: str = "") -> None:
    """Raise ValidationError, with a sentence for each, for whatever speaks against the password for this person.

    `practice_name` is that of a practice which is still to be made.
    """
    found: list[ValidationError] = []
    try:
        validate_password(password, person)
    except ValidationError as refused:
        found.append(refused)
    if not found:
        found += [ValidationError(sentence) for sentence in _faults(password, person, practice_name)]
    if found:
        raise ValidationError(found)


def _faults(password: str, person: User, practice_name: str) -> Iterator[str]:
    if re.sub(r"[^a-z]", "", password.lower()) in _COMMON.passwords:
        yield "This is a common password with signs around it. Choose words that nobody would try."
    if len(_without(password, _words_around(person, practice_name))) < LEAST_OF_ITS_OWN:
        yield f"Do not make it of the name of {PRODUCT}, of your practice or of yourself."
    if settings.BREACHED_PASSWORDS and is_in(settings.BREACHED_PASSWORDS, password):
        yield "This password is known from a breach of another service. Choose one that you have used nowhere."


def _words_around(person: User, practice_name: str) -> set[str]:
    names = [PRODUCT, practice_name, person.full_name, *re.split(r"[@.]", person.email)]
    if not person._state.adding:
        members = Membership.objects.filter(user=person).select_related("practice")
        names += [member.practice.name for member in members]
    words = {_bare(word) for name in names for word in name.split()}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _without(password: str, words: Iterable[str]) -> str:
    left = _bare(password)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def is_in(file: Path, password: str) -> bool:
    """Return whether the file of breached passwords names this one: its lines are SHA-1 digests in their order."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            line = _line_after(lines, middle)
            if line and line[:_HEX_DIGITS].upper() < digest:
                low = middle + 1
            else:
                high = middle
        return _line_after(lines, low)[:_HEX_DIGITS].upper() == digest


def _line_after(lines: IO[bytes], place: int) -> bytes:
    """Return the first line that begins after this place, the first of all for 0; "" behind the last one."""
    lines.seek(place)
    if place:
        lines.readline()
    return lines.readline()
