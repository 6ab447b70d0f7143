"""What templates share: money, chips, fields, problems. Builtin: no page has to load it."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.db.models import QuerySet
from django.forms import BaseFormSet, BoundField, ChoiceField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from clearbill.bill import dates, insurers, money
from clearbill.bill.lifecycle import Status
from clearbill.bill.text import enumerated
from clearbill.documents import signs
from clearbill.web.components.list_files import FORMS

register = template.Library()

# Icon and colour of each status; the word itself is always shown.
_CHIPS: dict[str, tuple[str, str]] = {
    Status.CREATED: ("dot", ""),
    Status.SUBMITTED: ("up", "info"),
    Status.UNKNOWN: ("question", "odd"),
    Status.AWAITING_COLLECTION: ("clock", "info"),
    Status.COLLECTED: ("tick", "ok"),
    Status.REJECTED: ("cross", "bad"),
    Status.PART_PAID: ("half", "warn"),
    Status.PAID: ("tick", "ok"),
    Status.DECLINED: ("minus", "bad"),
    Status.CANCELLED: ("minus", ""),
    "To settle": ("question", "warn"),
    "Short": ("half", "warn"),
    "Paid too much": ("up", "odd"),
    "Set aside": ("minus", ""),
    "To decide": ("question", "warn"),
    "Waiting": ("clock", "info"),
    "Disputed": ("up", "info"),
    "Decided": ("tick", "ok"),
    "To put right": ("cross", "warn"),
    "Matched": ("tick", "ok"),
    "In the bank": ("tick", "ok"),
    "Not in the bank": ("clock", "warn"),
    "Not explained": ("question", "warn"),
    "Credited": ("minus", ""),
    "Booked": ("clock", "info"),
    "Completed": ("tick", "ok"),
    "Did not attend": ("cross", "warn"),
    "Proved": ("tick", "ok"),
    "Ready": ("dot", "info"),
    "Missing": ("cross", "bad"),
    "Connected": ("tick", "ok"),
    "Not connected": ("minus", ""),
    "Refused": ("cross", "bad"),
    "Not answering": ("clock", "warn"),
    "Active": ("tick", "ok"),
    "Invited": ("clock", "info"),
    "Inactive": ("minus", ""),
    "Void": ("minus", ""),
}

_PATHS = {
    "dot": '<circle cx="6" cy="6" r="3"/>',
    "up": '<path d="M6 9.5v-7M3 5.2l3-2.9 3 2.9"/>',
    "question": '<path d="M4 4.4a2 2 0 1 1 2.8 1.9c-.6.3-.8.6-.8 1.2"/><path d="M6 9.7v.1"/>',
    "clock": '<circle cx="6" cy="6" r="4.2"/><path d="M6 3.7V6l1.6 1"/>',
    "tick": '<path d="M2.6 6.4 5 8.7l4.4-5"/>',
    "cross": '<path d="M3 3l6 6M9 3l-6 6"/>',
    "half": '<circle cx="6" cy="6" r="4.2"/><path d="M6 1.8v8.4"/>',
    "minus": '<path d="M3 6h6"/>',
    "plus": '<path d="M6 2.5v7M2.5 6h7"/>',
    "find": '<circle cx="5.2" cy="5.2" r="3.4"/><path d="M7.8 7.8 10.4 10.4"/>',
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a small line icon, hidden from screen readers."""
    return mark_safe(  # nosec B703 B308 (our own constants)
        '<svg viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{_PATHS[name]}</svg>'
    )


@register.simple_tag
@lru_cache(maxsize=256)
def chip(word: str, kind: str = "") -> SafeString:
    """Return a status: icon, word and colour. `kind` overrides the colour (ok, warn, bad, info, odd)."""
    name, colour = _CHIPS.get(word, ("dot", ""))
    return format_html('<span class="chip {}">{}{}</span>', kind or colour, icon(name), word)


@register.filter
def pounds(amount: Decimal | None) -> str:
    """Show an amount as £1,234.50."""
    return money.show(Decimal(amount)) if amount is not None and amount != "" else ""


@register.filter
def day(value: date | datetime | str | None) -> str:
    """Show a date as 23 Nov 2026, in UK time."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return dates.show(dates.uk_day(value) if isinstance(value, datetime) else value)


@register.filter
def month(value: date) -> str:
    """Show the month of a date as Nov 2026."""
    return dates.show_month(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Show a time as 23 Nov 2026 14:05, in UK time."""
    return dates.show_moment(value, " ") if value else ""


@register.filter
def until(starts_at: datetime, ends_at: datetime) -> str:
    """Show from when to when as 14:05 to 14:50, in UK time."""
    return dates.show_times(starts_at, ends_at)


@register.filter
def clock(value: datetime | None) -> str:
    """Show the time of day as 14:05, in UK time."""
    return dates.show_time(value) if value else ""


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "", kind: str = "") -> dict[str, Any]:
    """Show one form field: label, hint, what is wrong with it, and the input, tied together for screen readers."""
    is_withheld = getattr(bound.field, "is_withheld", False)
    shown_hint = bound.help_text if is_withheld else hint or bound.help_text
    described = [f"{bound.auto_id}-{part}" for part, there in (("hint", shown_hint), ("why", bound.errors)) if there]
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
        # Whoever may not change it can still put it back.
        attributes |= {"readonly": False} if is_withheld else {}
    return {
        "bound": bound,
        "hint": shown_hint,
        "widget": bound.as_widget(attrs={**bound.field.widget.attrs, **attributes}),
        "is_shown": not is_withheld or bound.errors or bound.value(),
        "fixed_choice": _chosen(bound) if is_withheld and isinstance(bound.field, ChoiceField) else "",
        "is_tick": getattr(bound.field.widget, "input_type", "") == "checkbox",
        "kind": kind,
        "when_needed": getattr(bound.field, "when_needed", "optional"),
    }


def _chosen(bound: BoundField) -> str:
    """Return the words of the chosen one of a field whose choice stays, "" where the field is wrong."""
    choices = bound.field.choices  # type: ignore[attr-defined]
    return "" if bound.errors else str(dict(choices).get(bound.value(), ""))


@register.inclusion_tag("components/form_rows.html")
def form_rows(form: Any) -> dict[str, Any]:
    """Show the fields of a form of settings in the rows of its layout."""
    return {"rows": form.shown_rows()}


@register.inclusion_tag("components/form_errors.html")
def form_errors(*forms: Any, **numbered: Any) -> dict[str, Any]:
    """Show the one summary of everything wrong on the page, each entry a link to its field. Nothing when all is well.

    Forms that are repeated are given by the noun that numbers them, such as `Line=lines`.
    """
    entries = [entry for form in forms for entry in _wrong(form)]
    for noun, repeated in numbered.items():
        if isinstance(repeated, BaseFormSet) and repeated.is_bound:
            entries += [("", str(error)) for error in repeated.non_form_errors()]
        for place, form in enumerate(repeated, 1):
            entries += _wrong(form, f"{noun} {place}")
    return {"entries": entries}


def _wrong(form: Any, name: str = "") -> list[tuple[str, str]]:
    """Return what is wrong with a form, each with the id of its field; the whole of a named form is its first field."""
    if not form or not form.is_bound:
        return []
    where = f"{name}, " if name else ""
    first = next((bound.auto_id for bound in form if not bound.is_hidden), "") if name else ""
    whole = [(first, f"{name}: {error}" if name else error) for error in form.non_field_errors()]
    return whole + [(bound.auto_id, f"{where}{bound.label}: {error}") for bound in form for error in bound.errors]


@register.simple_tag(takes_context=True)
def form_token(context: dict[str, Any]) -> SafeString:
    """Return what every form that is sent carries: the token against forgery, and whom the form is shown to."""
    owner = context.get("shown_to")
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', str(context["csrf_token"]))
    return token + format_html('<input type="hidden" name="shown_to" value="{}">', owner) if owner else token


@register.simple_tag(takes_context=True)
def form_headers(context: dict[str, Any]) -> str:
    """Return the same as headers, in JSON, for what scripts send; escaped, as it stands in an attribute."""
    owner = context.get("shown_to")
    headers = {"X-CSRFToken": str(context["csrf_token"]), **({"X-Shown-To": str(owner)} if owner else {})}
    return json.dumps(headers)


@register.inclusion_tag("components/edit_version.html")
def edit_version(edit: Any) -> dict[str, Any]:
    """Show, in the form, which version of the thing it shows, and what somebody else changed meanwhile."""
    return {"edit": edit}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return this page's query string with some values changed; None or "" takes one away."""
    values = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = value
    return f"?{values.urlencode()}" if values else "?"


@register.inclusion_tag("components/export_menu.html", takes_context=True)
def export_menu(context: dict[str, Any], *, form: str = "") -> dict[str, Any]:
    """Return the menu that hands out a list as a file; see the template."""
    return {"request": context["request"], "form": form, "file_forms": FORMS}


@register.filter
def after_dash(words: str) -> str:
    """Return the words as they follow others in a title; "" for none."""
    return f" - {words}" if words else ""


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """Return mapping[key], or None."""
    return mapping.get(key) if mapping else None


@register.filter
def insurer_name(slug: str) -> str:
    """Return the insurer's name for its slug; “The client” for none."""
    return insurers.name_of(slug) or "The client"


_PRINTED = ("name", "address_1", "address_2", "address_3", "address_4", "footer", "description", "note")


@register.inclusion_tag("components/unprintable.html")
def unprintable(*things: Any) -> dict[str, str]:
    """Say which signs of these clients, practices, lines and texts no paper can show; nothing where all can be."""
    rows = [row for thing in things for row in (thing if isinstance(thing, list | tuple | QuerySet) else [thing])]
    texts = [
        text
        for row in rows
        for text in ([row] if isinstance(row, str) else [getattr(row, name, "") for name in _PRINTED])
        if isinstance(text, str)
    ]
    return {"signs": enumerated([f"“{sign}”" for sign in signs.unprintable(*texts)])}
