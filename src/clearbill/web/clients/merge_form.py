"""What a person chooses where two records of one person differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from clearbill.clients.models import Client
from clearbill.clients.policies import told
from clearbill.invoicing.client_merge import comparison
from clearbill.invoicing.client_merge.comparison import NOTES, Compared, Overlap
from clearbill.invoicing.client_merge.services import ASK, FIRST_COUNTS, SAME, SECOND_COUNTS, MergeChoices

FIRST, SECOND, BOTH = "first", "second", "both"

_SIDES = [(FIRST, "First"), (SECOND, "Second")]

_TURNED = {FIRST_COUNTS: SECOND_COUNTS, SECOND_COUNTS: FIRST_COUNTS}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: where the records differ, each with its radio button, and one to keep both of notes."""

    compared: Compared
    sides: Sequence[tuple[Any, Sequence[str]]] = ()
    both: Any = None
    error: str = ""


class MergeForm(forms.Form):
    """Which record stays, each value that differs, and what becomes of policies of the same days.

    The older record, and the newer value, are chosen where nothing else is.
    """

    stays = forms.ChoiceField(label="Record that stays", choices=_SIDES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, first: Client, second: Client, is_completed: bool = False, **kwargs: Any) -> None:
        """`is_completed`: what was not asked yet when the form was shown is as usual."""
        super().__init__(*args, **kwargs)
        self.first, self.second = first, second
        self.compared = comparison.compare(first, second)
        self.overlaps = comparison.overlaps(first, second)
        fields: dict[str, forms.Field] = self.fields
        self.initial.setdefault("stays", FIRST if first.created_at <= second.created_at else SECOND)
        for one in self.compared:
            if one.differs:
                choices = [*_SIDES, (BOTH, "Keep both")] if one.name == NOTES and one.first and one.second else _SIDES
                usual = BOTH if len(choices) > 2 else SECOND if one.takes_second else FIRST
                fields[_take(one)] = _choice(one.label, choices, usual)
        for pair in self.overlaps:
            fields[_overlap(pair)] = _choice("Policies of the same days", _ways(pair), SAME if pair.is_same else ASK)
        if is_completed:
            initial = {name: field.initial for name, field in fields.items() if field.initial}
            self.data = {**initial, **dict(self.data.items())}

    def rows(self) -> list[Row]:
        """Return the lines of the table, those that differ with their radio buttons."""
        return [self._row(one) for one in self.compared]

    def _row(self, one: Compared) -> Row:
        if not one.differs:
            return Row(one)
        bound = self[_take(one)]
        first, second, *both = bound
        sides = [(first, one.first), (second, one.second)]
        return Row(one, sides, both[0] if both else None, " ".join(str(error) for error in bound.errors))

    def overlap_fields(self) -> list[tuple[Overlap, forms.BoundField]]:
        return [(pair, self[_overlap(pair)]) for pair in self.overlaps]

    def sides(self) -> tuple[Client, Client]:
        """Return the record that stays and the one that goes away; only after the form is valid."""
        return (self.first, self.second) if self.cleaned_data["stays"] == FIRST else (self.second, self.first)

    def choices(self, shown: str) -> MergeChoices:
        """Return what was chosen as the service takes it; only after the form is valid."""
        given, is_turned = self.cleaned_data, self.cleaned_data["stays"] == SECOND
        goes_away = FIRST if is_turned else SECOND
        policies = {pair.name: given[_overlap(pair)] for pair in self.overlaps}
        return MergeChoices(
            taken=frozenset(one.name for one in self.compared if one.differs and given[_take(one)] == goes_away),
            keeps_both_notes=given.get(f"take-{NOTES}") == BOTH,
            policies={name: _TURNED.get(way, way) if is_turned else way for name, way in policies.items()},
            shown=shown,
        )


def _take(one: Compared) -> str:
    return f"take-{one.name}"


def _overlap(pair: Overlap) -> str:
    return f"overlap-{pair.name}"


def _choice(label: str, choices: Sequence[tuple[str, str]], initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, initial=initial, widget=forms.RadioSelect)


def _ways(pair: Overlap) -> list[tuple[str, str]]:
    first, second = (f"{told(one)} of {one.client.number}" for one in (pair.first, pair.second))
    same = [(SAME, "They are one policy that was entered twice")] if pair.is_same else []
    return [
        *same,
        (FIRST_COUNTS, f"{first} is billed, {second} only where no primary one is valid"),
        (SECOND_COUNTS, f"{second} is billed, {first} only where no primary one is valid"),
        (ASK, "Both stay primary: each invoice asks which one is billed"),
    ]
