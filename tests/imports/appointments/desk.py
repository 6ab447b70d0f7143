"""A practice with a practitioner, a service and a client, and a person there who brings lists of appointments."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from clearbill.appointments.models import Appointment
from clearbill.clients.models import Client
from clearbill.imports import contents, services, slices
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice
from clearbill.workspace.models import Practitioner, Service
from tests import builders

HEADER = (
    "Appointment ID,Client ID,First name,Last name,Date of birth,Date,Start time,End time,Practitioner,Service,Status"
)


def line(number: int, **values: str) -> str:
    """One row of a list: a visit of the client of the desk, in the morning of a day to come."""
    given = {
        "client": "P-90001",
        "first": "Testa",
        "last": "Sample",
        "born": "12 Apr 1985",
        "day": f"{10 + number} Dec 2026",
        "starts": "09:30",
        "ends": "10:15",
        "practitioner": "Rosa Therapist",
        "service": "First visit",
        "status": "Booked",
        **values,
    }
    return ",".join([str(number), *given.values()])


def listed(lines: Iterable[str], header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


@dataclass
class DiaryDesk:
    """Who brings files of appointments."""

    practice: Practice = field(default_factory=builders.practice)
    membership: Membership = field(init=False)
    client: Client = field(init=False)
    practitioner: Practitioner = field(init=False)
    service: Service = field(init=False)
    now: Any = builders.NOW

    def __post_init__(self) -> None:
        self.membership = builders.member(self.practice)
        self.client = builders.indexed(builders.client(self.practice, number="P-90001"))
        self.practitioner = builders.practitioner(self.practice)
        self.service = builders.service(self.practice, name="First visit", duration_minutes=45)

    @property
    def actor(self) -> Actor:
        self.now += timedelta(minutes=1)
        return Actor(self.practice, self.membership.user, self.now)

    def bring(self, content: bytes, name: str = "visits.csv", source: str = "", **answers: str) -> FileImport:
        file, _ = services.bring(self.actor, kind="appointments", source=source, content=io.BytesIO(content), name=name)
        if answers:
            given = {field.replace("__", ":"): value for field, value in answers.items()}
            services.answer(self.actor, file=file, answers=contents.with_answers(file.answers, given))
        return self.fresh(file)

    def answer(self, file: FileImport, **answers: str) -> FileImport:
        services.answer(self.actor, file=file, answers=contents.with_answers(file.answers, answers))
        return self.fresh(file)

    def taken_in(self, content: bytes, **answers: str) -> FileImport:
        file = self.bring(content, **answers)
        services.take_in(self.actor, file=file, only_good=True)
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

    def visits(self) -> list[Appointment]:
        return list(Appointment.objects.filter(practice=self.practice).order_by("starts_at"))
