"""What a report is narrowed to: days, an insurer, a practitioner, as they stand in its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from clearbill.inputs import DayField, insurer_choices
from clearbill.people.models import Practice
from clearbill.practice.models import Practitioner

CLIENT = "client"
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """`insurer` is a slug, "client" for bills to the client, "" for all. A day that is None is no limit."""

    practice: Practice
    today: date
    first_on: date | None = None
    last_on: date | None = None
    insurer: str = ""
    practitioner_id: UUID | None = None

    def where(self, **columns: str) -> str:
        """Return the SQL conditions on the columns that are named here; their values come from `values`.

        A column is one of a `practice`, a `day` (or only one limit of it, `since` or `until`), a `moment`, an `insurer`
        or a `practitioner`.
        """
        wanted: dict[str, list[tuple[str, Any]]] = {
            "practice": [("{} = %(practice)s", self.practice)],
            "day": [("{} >= %(first_on)s", self.first_on), ("{} <= %(last_on)s", self.last_on)],
            "since": [("{} >= %(first_on)s", self.first_on)],
            "until": [("{} <= %(last_on)s", self.last_on)],
            "moment": [("{} >= %(first_at)s", self.first_on), ("{} < %(before)s", self.last_on)],
            "insurer": [("{} = %(insurer)s", self.insurer)],
            "practitioner": [("{} = %(practitioner)s", self.practitioner_id)],
        }
        parts = [
            words.format(column) for kind, column in columns.items() for words, is_given in wanted[kind] if is_given
        ]
        return " AND ".join(parts) or "1 = 1"

    def values(self) -> dict[str, Any]:
        """Return what the conditions compare with."""
        return {
            "practice": self.practice.pk,
            "first_on": self.first_on,
            "last_on": self.last_on,
            "first_at": midnight(self.first_on) if self.first_on else None,
            "before": midnight(self.last_on + timedelta(days=1)) if self.last_on else None,
            "insurer": "" if self.insurer == CLIENT else self.insurer,
            "practitioner": self.practitioner_id,
        }

    def query(self, **changes: Any) -> str:
        """Return a query string for a list elsewhere that is narrowed to the same insurer and practitioner."""
        given = {"insurer": self.insurer, "practitioner": self.practitioner_id, **changes}
        return urlencode({name: value for name, value in given.items() if value})


class FilterForm(forms.Form):
    """The filters over a report. A day that is not in the address at all is the usual one; an empty one is no limit."""

    first_on = DayField(label="From", required=False)
    last_on = DayField(label="To", required=False)
    insurer = forms.ChoiceField(label="Insurer", required=False)
    practitioner = forms.ChoiceField(label="Practitioner", required=False)

    def __init__(self, data: Any, *, practice: Practice, today: date, uses: tuple[str, ...], recent: bool) -> None:
        usual = {"first_on": shown(first_of_months(today, MONTHS)), "last_on": shown(today)} if recent else {}
        super().__init__({**usual, **{name: data[name] for name in self.base_fields if name in data}})
        self._practice, self._today = practice, today
        choices = insurer_choices("Every insurer")
        if CLIENT in uses:
            choices.insert(1, (CLIENT, "The client"))
        self.fields["insurer"].choices = choices  # type: ignore[attr-defined]
        people = Practitioner.objects.filter(practice=practice).values_list("pk", "name")
        self.fields["practitioner"].choices = [  # type: ignore[attr-defined]
            ("", "Every practitioner"),
            *((str(pk), name) for pk, name in people),
        ]
        for name, parts in {"first_on": "days", "last_on": "days", "insurer": "insurer"}.items():
            if parts not in uses:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and first_on > last_on:
            raise ValidationError("The first day lies after the last one. Exchange them.")
        return given

    def words(self) -> str:
        """Return what a printed report is narrowed to, "" for nothing. Call once the form is valid."""
        given = self.cleaned_data
        days = f"{_limit('from', given.get('first_on'))} {_limit('to', given.get('last_on'))}".strip()
        chosen = [
            dict(self.fields[name].choices)[given[name]]  # type: ignore[attr-defined]
            for name in ("insurer", "practitioner")
            if given.get(name)
        ]
        return ", ".join(filter(None, [days, *chosen]))

    def narrowed(self) -> Narrowed:
        """Return what the report is narrowed to. Call once the form is valid."""
        given = self.cleaned_data
        return Narrowed(
            practice=self._practice,
            today=self._today,
            first_on=given.get("first_on"),
            last_on=given.get("last_on"),
            insurer=given.get("insurer") or "",
            practitioner_id=UUID(given["practitioner"]) if given["practitioner"] else None,
        )


def _limit(word: str, day: date | None) -> str:
    return f"{word} {shown(day)}" if day else ""


def midnight(day: date) -> datetime:
    """Return the moment at which the day begins in the UK."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def first_of_months(today: date, months: int) -> date:
    """Return the first day of the month that is the first of so many, this one being the last."""
    past = today.year * 12 + today.month - months
    return date(past // 12, past % 12 + 1, 1)


def last_month(today: date) -> tuple[date, date]:
    """Return the first and the last day of the month before this one."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def shown(day: date) -> str:
    """Return the day as it stands in a field: 23 Nov 2026."""
    return f"{day.day} {day:%b %Y}"
