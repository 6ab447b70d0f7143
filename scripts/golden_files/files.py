"""Write golden files: a name that shows the address, and never two contents under one name."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

LONGEST_NAME = 150


class Folder:
    """A folder to write into."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: set[Path] = set()

    def write(self, place: str, address: str, text: str) -> None:
        """Write a text in a folder within this one, under the name of an address or of other words."""
        name = _name(address)
        path, number = self.path / place / f"{name}.txt", 1
        while path in self._written:
            number += 1
            path = path.with_name(f"{name}~{number}.txt")
        self._written.add(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.rstrip("\n") + "\n", newline="")


def _name(address: str) -> str:
    parts = urlsplit(address.replace("#", "."))
    words = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return re.sub(r"[^\w.,=~-]+", "_", words).strip("_")[:LONGEST_NAME] or "front"
