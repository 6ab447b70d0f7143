"""What the forms of a page would send: each one as it stands, and filled in; with each of its buttons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree, html

from golden_files.crawl import TYPED, within

Fields = tuple[tuple[str, str], ...]
Pairs = list[tuple[str, str]]
FORGERY = "csrfmiddlewaretoken"
DAY = "2026-11-23"
"""What is typed into an empty field of a day."""
FILLED = {"date": DAY, "time": "15:00", "datetime-local": f"{DAY}T15:00", "number": "10", "email": "mar@example.org"}
FILLED |= {"tel": "020 7946 0100", "url": "https://www.example.org/", "checkbox": "", "radio": ""}
_NOT_TYPED = {"hidden", "submit", "button", "image", "reset", "file", "checkbox", "radio"}


@dataclass(frozen=True, slots=True)
class Action:
    """Something to post: where to, what, whether htmx would do it, and how it came about."""

    address: str
    fields: Fields
    is_part: bool
    how: str


def actions(markup: str, address: str) -> Iterator[Action]:
    """Yield what could be posted from a page."""
    try:
        page = html.document_fromstring(markup)
    except etree.ParserError:
        return
    for form in page.forms:
        if form.method == "POST":
            yield from _of_form(form, address)
    for node in page.xpath("//*[@hx-post and not(self::form) and not(self::button)]"):
        fields = [(one.name, one.get("value") or "") for one in node.xpath(".//input[@name]")]
        fields += list(json.loads(node.get("hx-vals") or "{}").items())
        for target in within(node.get("hx-post"), address):
            yield Action(target, tuple(fields), True, "loaded")


def searched(address: str) -> Action:
    """Return what a script would post to an address that answers what is typed."""
    return Action(address, (("q", TYPED), ("words", TYPED)), False, "searched")


def _of_form(form: html.FormElement, address: str) -> Iterator[Action]:
    as_it_stands = [pair for pair in form.form_values() if pair[0] != FORGERY]
    filled = _filled(form, as_it_stands)
    for button in form.xpath(".//button[not(@type='button')] | .//input[@type='submit']") or [None]:
        pressed: Pairs = []
        to, is_part, word = form.get("hx-post") or form.action or address, "hx-post" in form.attrib, ""
        if button is not None:
            to = button.get("hx-post") or button.get("formaction") or to
            is_part = is_part or "hx-post" in button.attrib
            if button.get("name"):
                word = f"{button.get('name')}={button.get('value') or ''}"
                pressed = [(button.get("name"), button.get("value") or "")]
        for target in within(to, address):
            yield Action(target, tuple(as_it_stands + pressed), is_part, f"as it stands {word}".strip())
            if filled != as_it_stands:
                yield Action(target, tuple(filled + pressed), is_part, f"filled in {word}".strip())


def _filled(form: html.FormElement, stands: Pairs) -> Pairs:
    """Return the fields with something in every empty one, and every box ticked."""
    values = [pair for pair in stands if pair[1]]
    given = {name for name, _ in values}
    for one in form.inputs:
        kind = one.get("type") or "text"
        if not one.name or one.name == FORGERY:
            continue
        if kind == "checkbox" and (one.name, one.get("value") or "on") not in values:
            values.append((one.name, one.get("value") or "on"))
        elif one.name not in given and (value := _value(one, kind)):
            given.add(one.name)
            values.append((one.name, value))
    return values


def _value(one: html.HtmlElement, kind: str) -> str:
    if isinstance(one, html.SelectElement):
        return next((value for value in one.value_options if value), "")
    if isinstance(one, html.TextareaElement):
        return "A note."
    if kind == "radio":
        return one.get("value") or "on"
    if kind in _NOT_TYPED:
        return ""
    if one.get("inputmode") in {"decimal", "numeric"}:
        return "10.00"
    return FILLED.get(kind, TYPED)
