"""A practice, and a person there who brings lists of clients."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from clearbill.clients.models import Client
from clearbill.imports import services, slices
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice
from tests import builders

HEADER = "Client ID,First name,Last name,Date of birth,E-mail,Phone,Insurer,Membership number"


def line(number: int, **values: str) -> str:
    """One row of a list: an invented client with this number, told apart from the others by it."""
    given = {
        "first": f"Testa{_letters(number)}",
        "last": "Sample",
        "born": "12 Apr 1985",
        "email": f"testa{number}@example.org",
        "phone": f"020 7946 {number:04}",
        "insurer": "BUPA",
        "member": f"ZZ{number:08}",
        **values,
    }
    return ",".join([str(number), *given.values()])


def listed(lines: Iterable[str], header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@dataclass
class ImportDesk:
    """Who brings files."""

    practice: Practice = field(default_factory=builders.practice)
    membership: Membership = field(init=False)
    now: Any = builders.NOW

    def __post_init__(self) -> None:
        self.membership = builders.member(self.practice)

    @property
    def actor(self) -> Actor:
        self.now += timedelta(minutes=1)
        return Actor(self.practice, self.membership.user, self.now)

    def bring(self, content: bytes, name: str = "clients.csv", source: str = "") -> FileImport:
        file, _ = services.bring(self.actor, kind="clients", source=source, content=io.BytesIO(content), name=name)
        return self.fresh(file)

    def taken_in(self, content: bytes, *, only_good: bool = True) -> FileImport:
        file = self.bring(content)
        services.take_in(self.actor, file=file, only_good=only_good)
        return self.fresh(file)

    def work(self) -> int:
        """Let the worker do what there is, and return how many steps that took."""
        steps = 0
        while slices.work_next(now=self.now):
            steps += 1
        return steps

    def fresh(self, file: FileImport) -> FileImport:
        return FileImport.objects.select_related("practice").get(pk=file.pk)

    def verdicts(self, file: FileImport) -> list[str]:
        return list(file.rows.values_list("verdict", flat=True))

    def row(self, file: FileImport, row_no: int) -> ImportRow:
        return ImportRow.objects.get(file=file, row_no=row_no)

    def client(self, number: int) -> Client:
        return Client.objects.get(practice=self.practice, email=f"testa{number}@example.org")
