"""Why a claim cannot be changed or submitted now, as a sentence for the person."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.bill import Problem


class ClaimRefused(Exception):
    """The practice's wish cannot be done now; the message is a sentence for the person. `problems` say what to mend."""

    def __init__(self, sentence: str, *, problems: Sequence[Problem] = (), needs_connection: bool = False) -> None:
        super().__init__(sentence)
        self.problems = tuple(problems)
        self.needs_connection = needs_connection
