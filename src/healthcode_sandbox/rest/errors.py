"""What the REST side says no with (A27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from healthcode_sandbox.rest import fhir


class Refusal(Exception):
    """A call refused with an HTTP status and an OperationOutcome; the text is a plain sentence."""

    def __init__(self, status: int, *, code: str, text: str, coding: str = "", field: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.coding, self.field = status, code, text, coding, field

    def body(self, resource: str) -> dict[str, Any]:
        """Return the OperationOutcome that says so about a kind of resource, such as "Coverage"."""
        return fhir.outcome(
            severity="fatal" if self.status in (401, 403) else "error",
            code=self.code,
            coding=self.coding,
            diagnostics=self.text,
            field=self.field,
            resource=resource,
        )


def needed(form: Mapping[str, str], field: str) -> str:
    """Return what a form gives for `field`, trimmed. Raises Refusal where it gives nothing."""
    given = form.get(field, "").strip()
    if not given:
        raise Refusal(400, code="required", coding="MSG_PARAM_INVALID", text=f"{field} must be given.", field=field)
    return given
