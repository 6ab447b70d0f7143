"""Write what an answer says in the one form that two runs share: no random ids, keys, ports or folders."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pypdf import PdfReader

from golden_files.markup import page_lines

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])")
_SECRETS = (
    # A token against forged requests or the SHA-256 of something with ids in it; the reference of a message; what is
    # sealed with the installation's key; what is signed with it; a password's hash; a time-stamped token of a link.
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{64}(?![0-9A-Za-z])"), "[64 signs]"),
    (re.compile(r"\bgAAAA[\w=-]{40,}"), "[sealed]"),
    (re.compile(r"\bpbkdf2_sha256\$[^\s\"'<]+"), "[password]"),
    (re.compile(r"\bstand-in-[\w-]{32}"), "[token]"),
)
_REFERENCE = re.compile(r"\bCB[0-9a-f]{20}\b")


class Normaliser:
    """Knows the ids of all rows and what of the run itself must not be seen; `text` and `lines` leave it out."""

    def __init__(self, *, rows: Mapping[str, str], hidden: Mapping[str, str]) -> None:
        """Take a name for the id of every row, such as claims_claim#12, and words for texts, such as folders."""
        self._rows, self._hidden = rows, hidden

    def text(self, text: str) -> str:
        """Return a text in which the ids of rows are named, others counted in the order in which the text has them."""
        for word, shown in self._hidden.items():
            text = text.replace(word, shown)
        others: dict[str, str] = {}

        def name(found: re.Match[str]) -> str:
            known = self._rows.get(found[0].replace("-", ""))
            return known or others.setdefault(found[0].replace("-", ""), f"id#{len(others) + 1}")

        references: dict[str, str] = {}
        text = _REFERENCE.sub(lambda found: references.setdefault(found[0], f"CB#{len(references) + 1}"), text)
        text = _ID.sub(name, text)
        for pattern, shown in _SECRETS:
            text = pattern.sub(shown, text)
        return text

    def content(self, content: bytes, kind: str) -> str:
        """Return what a body of this content type says: a page, a paper's text, an archive's files, or the bytes."""
        return self.text(_readable(content, kind.partition(";")[0].strip().lower()))


def _readable(content: bytes, kind: str) -> str:
    if not content:
        return ""
    if content.startswith(b"%PDF"):
        return _paper(content)
    if content.startswith(b"PK\x03\x04"):
        return "\n".join(_archive(content))
    if kind == "text/html":
        return "\n".join(page_lines(content.decode()))
    if kind == "application/json":
        return json.dumps(json.loads(content), indent=1, ensure_ascii=False)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"{len(content)} bytes whose SHA-256 begins with {hashlib.sha256(content).hexdigest()[:16]}"


def _paper(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return "\n".join(f"--- page {number}\n{page.extract_text()}" for number, page in enumerate(pages, 1))


def _archive(content: bytes) -> Iterable[str]:
    """Yield every file of an archive with its bytes; of a list of checksums, whether each is right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            yield f"--- {info.filename}, {'-'.join(map(str, info.date_time))}"
            body = archive.read(info)
            if path.suffix == ".sha256":
                yield from _checked(body.decode(), archive)
            else:
                yield _readable(body, "text/html" if path.suffix == ".html" else "")


def _checked(text: str, archive: zipfile.ZipFile) -> Iterable[str]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        is_right = digest == hashlib.sha256(archive.read(name)).hexdigest()
        yield f"{'right' if is_right else 'WRONG'}  {name}"
