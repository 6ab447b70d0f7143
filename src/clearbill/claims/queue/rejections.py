"""The messages of a rejection explained in plain words, with Healthcode's own words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clearbill.bill import insurers
from clearbill.bill.rejections import explain
from clearbill.claims.models import Claim
from clearbill.clearinghouse.port import ClearingMessage


def explain_messages(claim: Claim, messages: Sequence[ClearingMessage], *, sentence: str = "") -> list[dict[str, Any]]:
    """Return one problem per message; where the clearing house gave none, one that says `sentence`."""
    insurer = insurers.by_slug(claim.insurer_slug)
    entries = []
    for message in messages or [ClearingMessage(text=sentence or "Rejected without a message")]:
        problem = explain(
            text=message.text,
            field=message.field,
            error=message.error,
            level=message.level,
            line_no=message.line_no,
            insurer_name=insurer.name if insurer else "",
        )
        entries.append({**problem.as_dict(), "house_words": message.text or f"{message.field}: {message.error}"})
    return entries


def is_only_duplicate(messages: Sequence[ClearingMessage]) -> bool:
    """Return whether the only thing wrong is that the clearing house has this invoice number already."""
    return bool(messages) and all("duplicate invoice" in f"{said.error} {said.text}".lower() for said in messages)
