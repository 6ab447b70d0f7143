"""Stored XML set out line by line for people; anything else as it is."""

from __future__ import annotations

from lxml import etree

LARGEST = 200_000


def pretty(raw: bytes | memoryview[int]) -> str:
    """Return the bytes as text a person can read; XML is indented, and what is inside it as text is too."""
    text = bytes(raw)
    if not text:
        return ""
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        return text.decode("utf-8", "replace")[:LARGEST]
    for element in root.iter(etree.Element):
        _open_up(element, parser)
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="unicode", pretty_print=True)[:LARGEST]


def _open_up(element: etree._Element, parser: etree.XMLParser) -> None:
    """A document carried as text inside another is shown as the document that it is."""
    inner = (element.text or "").strip()
    if len(element) or not inner.startswith("<"):
        return
    try:
        document = etree.fromstring(inner.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    element.text = None
    element.append(document)
