"""Say in a few lines how two folders of golden files differ."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path


def differences(
    before: Path, after: Path, *, only: Sequence[str], ignore: Sequence[str], most_files: int, most_lines: int
) -> list[str]:
    """Return the lines to print, none where nothing differs.

    `only` and `ignore` are patterns of paths within the folders; every file that differs is counted, and of the first
    `most_files` so many lines are shown.
    """
    old, new = (_files(folder, only, ignore) for folder in (before, after))
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    changed = sorted(name for name in old.keys() & new.keys() if old[name].read_bytes() != new[name].read_bytes())
    if not (gone or come or changed):
        return []
    lines = [f"{len(changed)} of {len(old)} files differ, {len(gone)} are gone, {len(come)} are new."]
    counts = Counter(_kind(name) for name in [*changed, *gone, *come])
    lines += [f"  {count:5}  {kind}" for kind, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
    for title, names in (("gone", gone), ("new", come)):
        lines += [f"{title}: {name}" for name in names[:most_files]]
        if len(names) > most_files:
            lines.append(f"{title}: {len(names) - most_files} more")
    for name in changed[:most_files]:
        lines += ["", *_shown(_lines_that_differ(old[name], new[name], name), most_lines)]
    return lines


def _files(folder: Path, only: Sequence[str], ignore: Sequence[str]) -> dict[str, Path]:
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path
        for name, path in found.items()
        if (not only or any(fnmatch(name, one) for one in only)) and not any(fnmatch(name, one) for one in ignore)
    }


def _kind(name: str) -> str:
    return "/".join(name.split("/")[:2]) if name.startswith(("pages/", "roles/")) else name.split("/")[0]


def _lines_that_differ(old: Path, new: Path, name: str) -> Iterator[str]:
    texts = (path.read_bytes().decode(errors="replace").split("\n") for path in (old, new))
    return difflib.unified_diff(*texts, f"before/{name}", f"after/{name}", n=2, lineterm="")


def _shown(lines: Iterator[str], most: int) -> Iterator[str]:
    yield from islice(lines, most + 2)
    left = sum(1 for _ in lines)
    if left:
        yield f"… and {left} lines more"
