"""Pages, as plain values, to PDF: tagged, accessible (PDF/UA-1), the same bytes for the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from textwrap import wrap
from typing import Any, Literal

import typst

from clearbill.documents.values import Pairs, Sender, Table

# Signs that show nothing or turn the order of what follows around, so that £10 could be read as £01.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

_ENDLESS = re.compile(r"\S{25,}")

CANNOT_SHOW = "could not be displayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with an address; `label` stands above, "" for none."""

    label: str = ""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A paper, ready to be set. `title` names it in the PDF, `heading` at its top; `mark` is “Void” or ""."""

    title: str
    heading: str = ""
    mark: str = ""
    sender: Sender
    parties: tuple[Party, ...]
    facts: Pairs
    blocks: tuple[dict[str, Any], ...] = field(default=())


def to_json(page: Page) -> dict[str, Any]:
    """Return the page as JSON values, for keeping: every word that stands on it."""
    # `asdict` copies deep and takes four times as long; a page is compared at each look at its invoice.
    parts = {**_values(page), "sender": _values(page.sender), "parties": [_values(party) for party in page.parties]}
    kept: dict[str, Any] = json.loads(json.dumps(parts))
    return kept


def _values(of: Page | Sender | Party) -> dict[str, Any]:
    return {one.name: getattr(of, one.name) for one in fields(of)}


def of_json(kept: Mapping[str, Any]) -> Page:
    """Return the page that was kept as these JSON values; it prints as the first one did."""
    sender = kept["sender"]
    return Page(
        title=kept["title"],
        heading=kept["heading"],
        mark=kept["mark"],
        sender=Sender(**{**sender, "address": tuple(sender["address"])}),
        parties=tuple(Party(label=party["label"], lines=tuple(party["lines"])) for party in kept["parties"]),
        facts=_pairs(kept["facts"]),
        blocks=tuple(kept["blocks"]),
    )


def _pairs(kept: Iterable[Sequence[str]]) -> Pairs:
    return tuple((name, value) for name, value in kept)


def pdf(page: Page) -> bytes:
    """Return the page as PDF. A sign that none of the fonts has shows as an empty box; the PDF is then not PDF/UA."""
    # A database may give the keys of what was kept in another order.
    inputs = {"paper": json.dumps(_plain(_shown(page)), sort_keys=True)}
    try:
        return _compile(inputs, "ua-1")
    except typst.TypstError as exc:
        if CANNOT_SHOW not in str(exc):
            raise
        return _compile(inputs, None)


def _compile(inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
    return compiled(_template(), inputs, standard)


def compiled(template: bytes, inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
    """Return what typst makes of a template; it raises its own error where it cannot."""
    # The fonts are those that typst carries, so that a paper looks the same on every machine. The template asks for no
    # package, so nothing is ever fetched.
    return typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        font_paths=[],
        sys_inputs=inputs,
        pdf_standards=standard,
    )


@cache
def _template() -> bytes:
    return (files("clearbill.documents") / "page.typ").read_bytes()


def _shown(page: Page) -> dict[str, Any]:
    sender = page.sender
    contact = [f"Phone {sender.phone}"] if sender.phone else []
    vat = [f"VAT number {sender.vat_number}"] if sender.vat_number else []
    mail = [sender.email] if sender.email else []
    return {
        "title": page.title,
        "heading": page.heading,
        "mark": page.mark,
        "sender": {"name": sender.name, "lines": [*sender.address, *contact, *mail, *vat]},
        "parties": [asdict(party) for party in page.parties],
        "facts": page.facts,
        "blocks": page.blocks,
        "footer": sender.footer.splitlines() or [sender.name],
    }


def _plain(value: Any) -> Any:
    """Return the values without signs that cannot be shown, and with places where an endless word may break."""
    if isinstance(value, str):
        return _ENDLESS.sub(lambda found: "\u200b".join(wrap(found[0], 8)), _INVISIBLE.sub("", value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def table(of: Table, *, wide: str) -> dict[str, Any]:
    """Return a table as a block of a page; the column named `wide` takes the room that is left."""
    columns = [
        {"name": name, "right": place > 0 and name in of.figures, "wide": name == wide}
        for place, name in enumerate(of.columns)
    ]
    return {"kind": "table", "caption": of.caption, "columns": columns, "rows": of.rows, "has_sum": of.has_sum}


def sums(*rows: tuple[str, str, str]) -> dict[str, Any]:
    """Return figures under each other: words, pounds, and "", "strong" or "grand"."""
    return {"kind": "sums", "rows": rows}


def words(*paragraphs: str) -> dict[str, Any]:
    """Return paragraphs as a block; those that are empty are left out."""
    return {"kind": "text", "paragraphs": [paragraph for paragraph in paragraphs if paragraph.strip()]}


def how_to_pay(sender: Sender, reference: str) -> tuple[dict[str, Any], ...]:
    """Return the box with the account to pay to, or nothing where the practice has entered none."""
    if not (sender.sort_code and sender.account_number):
        return ()
    facts = [
        ("Account name", sender.account_name or sender.name),
        ("Sort code", sender.sort_code),
        ("Account number", sender.account_number),
        ("Reference", reference),
    ]
    return ({"kind": "box", "heading": "How to pay", "facts": facts},)
