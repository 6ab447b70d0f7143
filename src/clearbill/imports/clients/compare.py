"""Hold a row of a file against what is here and against what was imported last: what is new, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Difference:
    """What a row would change here, and where both sides changed: field to ours and theirs."""

    changes: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not self.changes and not self.conflicts

    def settled(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return all that is to be written: of the conflicts only those for which “theirs” was chosen."""
        taken = {name: theirs for name, (_, theirs) in self.conflicts.items() if chosen.get(name) == "theirs"}
        return self.changes | taken


def compare(last: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Difference:
    """Return the difference. `last` is what was imported last, {} for a record that no file told of before.

    What did not change there since stays as it is here. What is empty here is filled. What changed there, and here is
    as it was imported, follows. All else is a conflict.
    """
    found = Difference()
    for name, their_value in theirs.items():
        our_value = ours[name]
        if their_value in (our_value, last.get(name)) or (name not in last and not their_value):
            continue
        if our_value == last.get(name, ""):
            found.changes[name] = their_value
        else:
            found.conflicts[name] = (our_value, their_value)
    return found
