"""Read XML from a stranger: no entities, no DTD, no network, no giant documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree

LARGEST_BYTES = 5 * 1024 * 1024

_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class Malformed(ValueError):
    """The document is not what it should be. The text names the fault and never quotes the content."""


@cache
def _parser() -> etree.XMLParser:
    """Return the one parser; making it takes longer than reading a bill."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def read(data: bytes) -> etree._Element:
    """Return the root of the document, without comments. Raises Malformed."""
    if len(data) > LARGEST_BYTES:
        raise Malformed("the document is larger than 5 MB")
    if _DOCTYPE.search(data):
        raise Malformed("the document carries a DOCTYPE")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("the document is not well-formed XML") from None
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise Malformed("the document carries a DOCTYPE")
    return root


def read_text(text: str) -> etree._Element:
    """Return the root of a document that travelled as text inside another one. Raises Malformed."""
    # The text is already decoded, so an encoding named in its declaration no longer holds.
    return read(_DECLARATION.sub("", text, count=1).strip().encode("utf-8", "replace"))


def name_of(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(parent: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Yield the direct children of that name, whatever their namespace; none where there is no parent."""
    if parent is not None:
        yield from parent.iterchildren(f"{{*}}{name}")


def child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """Return the first direct child of that name, or None."""
    return next(children(parent, name), None)


def anywhere(root: etree._Element, name: str) -> etree._Element | None:
    """Return the first element of that name at any depth, or None."""
    return next(root.iter(f"{{*}}{name}"), None)


def text_of(element: etree._Element | None) -> str:
    """Return all text inside the element without blanks around it; "" where there is no element."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def text_at(parent: etree._Element | None, name: str) -> str:
    """Return the text of the first direct child of that name, or ""."""
    return text_of(child(parent, name))
