"""Code lists, the paging of every list, and what is wrong with a question (assumptions A23 to A25, A27, A35)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.contract import Page
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import ClearingMessage, Code

API_VERSION = "1"

CODE_LISTS = "codes_valueset_namespace"

LARGEST_PAGE = 100


def code_list_path(*, code_set: str, scheme: str) -> str:
    """Return the path of a code list below the address of the lists, such as `/service-type/ISC`."""
    return "".join(f"/{quote(part, safe='')}" for part in (code_set, scheme) if part)


def read_codes(document: dict[str, Any]) -> list[Code]:
    """Return the codes of one page; an entry without a code is passed over. Raises Unreadable."""
    if json_text.text(document, "resourceType") != "ValueSet":
        raise Malformed("the answer is no list of codes")
    return [
        Code(code=json_text.text(entry, "code"), title=json_text.text(entry, "display"))
        for entry in json_text.items(document, "expansion", "contains")
        if json_text.text(entry, "code")
    ]


def page_form(page: int) -> dict[str, str]:
    """Return the fields that ask for one page, counted from 1."""
    return {"page": str(page), "count": str(LARGEST_PAGE)}


def read_page(document: dict[str, Any]) -> Page:
    """Return how the list is paged, as its tags say."""
    tags = {
        json_text.text(tag, "code"): json_text.text(tag, "display") for tag in json_text.items(document, "meta", "tag")
    }
    return Page(count=_number(tags.get("count")), all_entries=_number(tags.get("maxCount") or tags.get("maxRecords")))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def read_issues(document: dict[str, Any]) -> tuple[ClearingMessage, ...]:
    """Return each issue of an `OperationOutcome` in the clearing house's own words."""
    return tuple(
        ClearingMessage(
            level="request",
            field=json_text.text(issue, "expression", 0) or json_text.text(issue, "location", 0),
            error=json_text.text(issue, "details", "coding", 0, "display") or json_text.text(issue, "code"),
            text=json_text.text(issue, "diagnostics") or json_text.text(issue, "details", "text"),
        )
        for issue in json_text.items(document, "issue")
    )
