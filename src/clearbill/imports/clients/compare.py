"""Hold a row of a file against what is here and against what was imported last: what is new, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

TOGETHER = (
    ("address_1", "address_2", "address_3", "address_4", "postcode"),
    ("insurer_slug", "membership_number"),
)
"""Fields that are one thing: half of one address and half of another are none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a row would change here, and where both sides changed: field to ours and theirs.

    `here` is what stands here in the place of what would change.
    """

    changes: dict[str, str] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not self.changes and not self.conflicts

    def settled(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return all that is to be written: of the conflicts only those for which “theirs” was chosen.

        What is one thing is chosen by its first field.
        """
        taken = {name: theirs for name, (_, theirs) in self.conflicts.items() if chosen.get(first_of(name)) == "theirs"}
        return self.changes | taken


def first_of(name: str) -> str:
    """Return the first of the fields that are one thing with this one; itself where it stands alone."""
    return next((names[0] for names in TOGETHER if name in names), name)


def things(values: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the fields of the values in their order, those together that are one thing."""
    told: set[str] = set()
    for name in values:
        if (first := first_of(name)) not in told:
            told.add(first)
            yield tuple(one for one in values if first_of(one) == first)


def compare(last: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Difference:
    """Return the difference. `last` is what was imported last, {} for a record that no file told of before.

    What did not change there since stays as it is here. What is empty here is filled. What changed there, and here is
    as it was imported, follows. All else is a conflict.
    """
    found = Difference()
    for names in things(theirs):
        here, there = [ours[name] for name in names], [theirs[name] for name in names]
        before = [last.get(name, "") for name in names]
        if there in (here, before):
            continue
        differing = [name for name in names if ours[name] != theirs[name]]
        if here == before:
            found.changes.update({name: theirs[name] for name in differing})
            found.here.update({name: ours[name] for name in differing})
        else:
            found.conflicts.update({name: (ours[name], theirs[name]) for name in differing})
    return found
