"""The built index kept in a file, so that a start takes a fraction of a second."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clearbill.clients.diagnosis.index import Index, build_index
from clearbill.clients.diagnosis.lay_words import LAY_WORDS_FILE, LayWords, lay_words, read_lay_file
from clearbill.clients.diagnosis.search import DiagnosisSearch
from clearbill.clients.diagnosis.sources import source_versions

_FILE_NAME = "diagnosis-index.json"

_log = logging.getLogger(__name__)


def open_search(cache_folder: Path | None) -> DiagnosisSearch:
    """The search over the whole list, from the cache where it fits the installed packages and lay words, else built.

    A cache that is missing, old or damaged is written again; one that cannot be written is done without. With None,
    nothing is read or written.
    """
    key = _key()
    cached = _read(cache_folder / _FILE_NAME, key) if cache_folder else None
    if cached:
        return DiagnosisSearch(*cached)
    lay_file = read_lay_file()
    index, words = build_index(lay_file), lay_words(lay_file)
    if cache_folder:
        _write(cache_folder / _FILE_NAME, key, index, words)
    return DiagnosisSearch(index, words)


def _key() -> str:
    """What the index is made from: both packages, the lay words, and this code."""
    made_from = hashlib.sha256(source_versions().encode())
    for path in (LAY_WORDS_FILE, *sorted(LAY_WORDS_FILE.parent.glob("*.py"))):
        made_from.update(path.read_bytes())
    return made_from.hexdigest()


def _read(path: Path, key: str) -> tuple[Index, LayWords] | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] != key:
            return None
        return Index.loaded(kept["index"]), _words_from(kept["words"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        _log.warning("the kept diagnosis index cannot be read (%s) and is built anew", type(fault).__name__)
        return None


def _write(path: Path, key: str, index: Index, words: LayWords) -> None:
    kept = f'{{"key":"{key}","words":{_words_dumped(words)},"index":{index.dumped()}}}'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(kept)
        os.replace(written, path)
    except OSError as fault:
        _log.warning("the diagnosis index cannot be kept (%s): each start builds it anew", type(fault).__name__)


def _words_dumped(words: LayWords) -> str:
    return json.dumps(asdict(words), default=sorted, separators=(",", ":"))


def _words_from(data: dict[str, Any]) -> LayWords:
    sets = {name: frozenset(data[name]) for name in ("filler", "stop", "faint")}
    meanings = {stem: [(meant, near) for meant, near in pairs] for stem, pairs in data["meanings"].items()}
    return LayWords(**{**data, **sets, "meanings": meanings})
