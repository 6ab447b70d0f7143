"""The template loader: pages carry none of the white space that only lays out the source of a template."""

from __future__ import annotations

import re
from pathlib import Path

from django.template import Origin
from django.template.loaders import filesystem
from django.template.utils import get_app_template_dirs

_BLOCKS = (
    "html|head|body|main|nav|header|footer|section|article|aside|div|p|h[1-6]|ul|ol|li|dl|dt|dd|table|caption|thead"
    "|tbody|tfoot|tr|th|td|form|fieldset|legend|select|option|button|details|summary|title|noscript"
)
_TAG = r"\{%.*?%\}|\{\{.*?\}\}"
_ATTRIBUTES = rf"(?:{_TAG}|\"(?:{_TAG}|[^\"])*\"|'[^']*'|[^<>\"'])*+"
_AFTER_OPENING = re.compile(rf"(<(?:{_BLOCKS})\b{_ATTRIBUTES}>)\s*\n\s*", re.DOTALL)
_BEFORE_CLOSING = re.compile(rf"\s*\n\s*(?=/?>|</(?:{_BLOCKS})>)")
_LINE_BREAK = re.compile(r"(>?)\s*\n\s*")
_VERBATIM = re.compile(r"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", re.DOTALL)


class Loader(filesystem.Loader):
    """Finds templates in the engine's folders and in those of the apps, and folds the white space of HTML."""

    def get_dirs(self) -> list[str | Path]:
        return [*self.engine.dirs, *get_app_template_dirs("templates")]

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        return folded(text) if origin.name.endswith(".html") else text


def folded(html: str) -> str:
    """Return the source of a template as short as a browser shows the same of it.

    A line break with its indentation becomes one space (one line break between tags), and nothing at the end of a tag
    or just inside a block: a cell in which nothing is said stays `:empty`. What is in pre and textarea stays as it is.
    """
    parts = _VERBATIM.split(html)
    return "".join(part if index % 2 else _fold(part) for index, part in enumerate(parts))


def _fold(html: str) -> str:
    html = _BEFORE_CLOSING.sub("", _AFTER_OPENING.sub(r"\1", html))
    return _LINE_BREAK.sub(lambda found: found[1] + ("\n" if found[1] else " "), html)
