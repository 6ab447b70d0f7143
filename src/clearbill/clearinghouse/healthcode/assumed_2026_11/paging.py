"""The paging of every list, where a code list is, and what is wrong with a question (assumptions A23 to A25, A27)."""

from __future__ import annotations

import re
from typing import Any

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.assumed_2026_11.members import item_of
from clearbill.clearinghouse.healthcode.contract import Page
from clearbill.clearinghouse.port import ClearingMessage, Reason

API_VERSION = "1"

CODE_LISTS = "codes_valueset_namespace"

CODE_LIST_PATH = "/service-type/ISC"

LARGEST_PAGE = 100


def page_form(page: int) -> dict[str, str]:
    """Return the fields that ask for one page, counted from 1."""
    return {"page": str(page), "count": str(LARGEST_PAGE)}


def read_page(document: dict[str, Any]) -> Page:
    """Return how the list is paged, as its tags say."""
    tags = {
        json_text.text(tag, "code"): json_text.text(tag, "display") for tag in json_text.items(document, "meta", "tag")
    }
    return Page(count=_number(tags.get("count")), all_entries=_number(tags.get("maxCount") or tags.get("maxRecords")))


_RESOURCE = re.compile(r"[A-Z][A-Za-z]+")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


_REASONS: dict[str, Reason] = {"required": "missing", "not-supported": "not supported"}


def read_issues(document: dict[str, Any]) -> tuple[ClearingMessage, ...]:
    """Return each issue of an `OperationOutcome` in the clearing house's own words, with the field it names.

    `location` names a field only in some answers; in the published sample it names the kind of resource, and none.
    """
    return tuple(
        ClearingMessage(
            level="request",
            field=(field := json_text.text(issue, "expression", 0) or _field_of(json_text.text(issue, "location", 0))),
            item=item_of(field),
            reason=_REASONS.get(json_text.text(issue, "code"), ""),
            error=json_text.text(issue, "details", "coding", 0, "display") or json_text.text(issue, "code"),
            text=json_text.text(issue, "diagnostics") or json_text.text(issue, "details", "text"),
        )
        for issue in json_text.items(document, "issue")
    )


def _field_of(location: str) -> str:
    return "" if _RESOURCE.fullmatch(location) else location
