"""A person who brings lists of codes or of contract prices."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from clearbill.imports import contents, services, slices
from clearbill.imports.kind import ShownRow
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice
from tests import builders


@dataclass
class ListsDesk:
    """Who brings lists of a kind."""

    kind: str
    practice: Practice = field(default_factory=builders.practice)
    membership: Membership = field(init=False)
    now: Any = builders.NOW

    def __post_init__(self) -> None:
        self.membership = builders.member(self.practice)

    @property
    def actor(self) -> Actor:
        self.now += timedelta(minutes=1)
        return Actor(self.practice, self.membership.user, self.now)

    def bring(self, content: str) -> FileImport:
        stream = io.BytesIO(content.encode())
        file, _ = services.bring(self.actor, kind=self.kind, source="", content=stream, name="list.csv")
        return self.fresh(file)

    def answer(self, file: FileImport, **answers: str) -> FileImport:
        services.answer(self.actor, file=file, answers=contents.with_answers(file.answers, answers))
        return self.fresh(file)

    def taken_in(self, content: str, **answers: str) -> FileImport:
        file = self.bring(content)
        if answers:
            file = self.answer(file, **answers)
        services.take_in(self.actor, file=file, only_good=False)
        slices.work_through(file, now=self.now)
        return self.fresh(file)

    def fresh(self, file: FileImport) -> FileImport:
        return FileImport.objects.get(pk=file.pk)

    def asked(self, file: FileImport) -> list[str]:
        return [question["field"] for question in file.found.get("questions", [])]

    def verdicts(self, file: FileImport) -> list[str]:
        return list(ImportRow.objects.filter(file=file).values_list("verdict", flat=True))

    def row(self, file: FileImport, row_no: int) -> ImportRow:
        return ImportRow.objects.get(file=file, row_no=row_no)

    def shown(self, file: FileImport, *row_nos: int) -> list[ShownRow]:
        return KINDS[self.kind].shown_rows(file, [self.row(file, row_no) for row_no in row_nos])
