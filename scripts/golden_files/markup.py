"""A page as lines of text: the elements and words of it, whatever its template's white space looks like."""

from __future__ import annotations

import re

from lxml import html
from lxml.html import defs

# Elements that stand in a line of text. A browser shows no white space beside any other.
_WORDS = {"a", "bdi", "label", "mark", "q", "span", "sub", "sup", "time"}
WRAPPING = defs.phrase_tags | defs.font_style_tags | _WORDS
PLACED = frozenset(["br", "button", "img", "input", "meter", "output", "progress", "select", "svg", "textarea"])
AS_IT_STANDS = frozenset({"pre", "textarea"})
STATIC = "/static/"
SPACE = "␣"
_SPACES = re.compile(r"[ \t\r\n\f]+")


def page_lines(markup: str) -> list[str]:
    """Return a line for every element (attributes by name) and text, indented by depth.

    White space is folded as a browser does, and left out where it is all there is between two tags; a space that is
    seen at the edge of a text is written as ␣. Addresses of styles, scripts and pictures are left out, and all styles
    and all scripts are one, so that files may be renamed and split.
    """
    writer = _Writer()
    start = markup.lstrip()[:100].lower()
    if start.startswith(("<!doctype", "<html")):
        writer.lines.append("<!doctype html>" if start.startswith("<!doctype html>") else "no doctype")
        writer.element(html.document_fromstring(markup), 0)
    elif markup.strip():
        for part in html.fragments_fromstring(markup):
            if isinstance(part, str):
                writer.text(part, 0)
            else:
                writer.element(part, 0)
                writer.text(part.tail, 0)
    writer.edge()
    return writer.lines


class _Writer:
    """Gathers the lines; knows whether a space at this place would be seen."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._static: set[str] = set()
        self._is_after_space = True
        self._last_text = -1

    def element(self, node: html.HtmlElement, depth: int) -> None:
        """Write an element and all within it."""
        if not isinstance(node.tag, str):
            return  # a comment
        shown = _opening(node)
        if node.tag in {"link", "script"} and STATIC in shown:
            if shown in self._static:
                return
            self._static.add(shown)
        if node.tag not in WRAPPING:
            self._beside(node.tag)
        self.lines.append(" " * depth + shown)
        if node.tag in AS_IT_STANDS:
            self.lines += [f"{' ' * depth} |{line.rstrip()}" for line in node.text_content().splitlines()]
        else:
            self.edge() if node.tag in PLACED else None
            self.text(node.text, depth + 1)
            for child in node:
                self.element(child, depth + 1)
                self.text(child.tail, depth + 1)
        if node.tag not in WRAPPING:
            self._beside(node.tag)

    def text(self, text: str | None, depth: int) -> None:
        """Write the words of a text."""
        folded = _SPACES.sub(" ", text or "")
        words = folded.strip(" ")
        if not words:
            return
        before = SPACE if folded.startswith(" ") and not self._is_after_space else ""
        self._is_after_space = folded.endswith(" ")
        self._last_text = len(self.lines)
        self.lines.append(f"{' ' * depth}{before}{words}{SPACE if self._is_after_space else ''}")

    def edge(self) -> None:
        """Begin a new line of the page: a space before or after is not seen."""
        if self._last_text >= 0 and self._is_after_space:
            self.lines[self._last_text] = self.lines[self._last_text].rstrip(SPACE)
        self._last_text, self._is_after_space = -1, True

    def _beside(self, tag: str) -> None:
        """Note an element that is placed in the line like a word, or ends the line."""
        if tag in PLACED - {"br"}:
            self._last_text, self._is_after_space = -1, False
        else:
            self.edge()


def _opening(node: html.HtmlElement) -> str:
    words = [node.tag]
    for name, value in sorted(node.attrib.items()):
        folded = _SPACES.sub(" ", value).strip(" ")
        if name in {"href", "src"} and folded.startswith(STATIC):
            folded = f"{STATIC}…"
        if name == "value" and node.get("name") == "csrfmiddlewaretoken":
            folded = "…"
        if folded or name not in {"class", "title"}:
            words.append(name if folded in {"", name} else f'{name}="{folded}"')
    return f"<{' '.join(words)}>"
