"""Diagnosis search over the whole WHO ICD-10 list, by code or by the words people use.

It needs no web framework. The first call reads the index from the cache folder or builds it, which takes seconds once.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from clearbill.clients.diagnosis.cache import open_search
from clearbill.clients.diagnosis.search import DiagnosisSearch, Match

__all__ = ["DiagnosisSearch", "Match", "is_known", "open_search", "search", "title_of"]

_lock = Lock()

_opened: DiagnosisSearch | None = None


def search(text: str, *, limit: int = 5) -> list[Match]:
    """The diagnoses a text may mean, the likeliest first.

    The text is a code in any spelling ("m545"), the beginning of one, or words, also mistyped or unfinished. At most
    `limit` matches (1 to 50), an empty list where nothing fits. Never raises for any text.
    """
    return _search().search(text, limit=limit)


def title_of(code: str) -> str | None:
    """The WHO title of a code in any spelling, or None where the list has no such code."""
    return _search().title_of(code)


def is_known(code: str) -> bool:
    """Whether the WHO list has this code, in any spelling."""
    return title_of(code) is not None


def _search() -> DiagnosisSearch:
    global _opened
    if _opened is None:
        with _lock:
            if _opened is None:
                _opened = open_search(_folder_of_environment())
    return _opened


def _folder_of_environment() -> Path | None:
    data = os.environ.get("CLEARBILL_DATA", "")
    return Path(data) / "cache" if data else None
