"""What the REST side says no with (A27)."""

from __future__ import annotations

from typing import Any

from healthcode_sandbox import fhir


class Refusal(Exception):
    """A call refused with an HTTP status and an OperationOutcome; the text is a plain sentence."""

    def __init__(self, status: int, *, code: str, text: str, coding: str = "", field: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.coding, self.field = status, code, text, coding, field

    def body(self) -> dict[str, Any]:
        return fhir.outcome(
            severity="error", code=self.code, coding=self.coding, diagnostics=self.text, field=self.field
        )
