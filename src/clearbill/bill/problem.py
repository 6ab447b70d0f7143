"""What is wrong with a bill, as data a receptionist can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["blocks", "warns"]

Who = Literal["practice", "healthcode", "insurer", "software"]

WHO = {
    "practice": "Your move",
    "healthcode": "Healthcode’s move",
    "insurer": "The insurer’s move",
    "software": "Clearbill’s move",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault: where it is, what it is in plain words, who moves first, and how to fix it.

    `path` names the field, such as `cover.registration_number` or `lines[0].net_amount`; "" is the bill as a whole.
    `severity` is "blocks" where the bill would certainly come back, "warns" where it only may.
    """

    code: str
    path: str
    message: str
    severity: Severity
    who: Who
    fix: str

    @property
    def blocks(self) -> bool:
        return self.severity == "blocks"

    @property
    def whose_move(self) -> str:
        return WHO[self.who]

    def as_dict(self) -> dict[str, str]:
        return {
            "code": self.code,
            "path": self.path,
            "message": self.message,
            "severity": self.severity,
            "who": self.who,
            "fix": self.fix,
        }


class Refused(Exception):
    """What a person asked for cannot be done now; nothing was changed. The message is a sentence for them.

    `field` is the form field that it is about, "" for none; `problems` say what is wrong with a bill.
    """

    def __init__(self, sentence: str, field: str = "", *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.problems = tuple(problems)
