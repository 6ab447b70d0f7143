"""What the documents tell a reader to type: targets of make, `clearbill` commands, Python modules and scripts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PROGRAMS = ("make", "clearbill", "healthcode-sandbox")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_NEXT = re.compile(r"&&|\|\||[;#]")
# Settings, a container and a folder may stand before the program; a pipe or a redirection ends its words.
_COMMAND = re.compile(
    r"(?:or: )?(?:[A-Z_]+=\S+ )*(?:docker compose exec \S+ )?(?:\S*/)?"
    rf"({'|'.join(PROGRAMS)})(?=\s|$)([^|<>]*)"
)
_MODULE = re.compile(r"\bpython3? -m ([\w.]+)")
_SCRIPT = re.compile(r"\bscripts/\w+\.py\b")
_SHELL = {"", "sh", "console", "bash"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as a document has it: `words` begin with the program."""

    words: tuple[str, ...]
    document: str

    def __str__(self) -> str:
        return " ".join(self.words)

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if word.startswith("--"))


def commands(*programs: str) -> list[Typed]:
    """Return each different command of these programs, in the order of the documents."""
    found: dict[tuple[str, ...], Typed] = {}
    for path in DOCUMENTS:
        for code in code_in(path.read_text(encoding="utf-8")):
            for words in commands_in(code):
                if words[0] in programs:
                    found.setdefault(words, Typed(words, str(path.relative_to(ROOT))))
    return list(found.values())


def code_in(text: str) -> Iterator[str]:
    """Yield each line of the shell's code blocks, and each piece of code within a sentence or a table."""
    for language, block in _FENCED.findall(text):
        if language in _SHELL:
            yield from block.splitlines()
    yield from (" ".join(span.split()) for span in _SPAN.findall(_FENCED.sub("", text)))


def commands_in(code: str) -> list[tuple[str, ...]]:
    """Return the commands in one line of code; a program's name without anything behind it is only its name."""
    parts = [_COMMAND.match(part.strip()) for part in _NEXT.split(code)]
    found = [(part[1], *shlex.split(part[2])) for part in parts if part]
    return [words for words in found if len(words) > 1 or words[0] not in ("make", "clearbill")]


def loose_options() -> dict[str, str]:
    """Return the options that stand alone on a line that names a `clearbill` command, and the document of each."""
    found = {}
    for path in DOCUMENTS:
        for line in path.read_text(encoding="utf-8").splitlines():
            spans = _SPAN.findall(line)
            if any(words[0] == "clearbill" for span in spans for words in commands_in(span)):
                found.update({span.split()[0]: path.name for span in spans if span.startswith("--")})
    return found


def modules() -> dict[str, str]:
    """Return the modules that are run by `python -m`, and the document of each."""
    return _found(_MODULE)


def scripts() -> dict[str, str]:
    """Return the scripts that are named, as paths in the repository, and the document of each."""
    return _found(_SCRIPT)


def _found(pattern: re.Pattern[str]) -> dict[str, str]:
    return {
        name: path.name
        for path in DOCUMENTS
        for code in code_in(path.read_text(encoding="utf-8"))
        for name in pattern.findall(code)
    }


def targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def variables() -> set[str]:
    """Return the variables of the Makefile that may be given to make."""
    return set(re.findall(r"^([A-Z]+) \?=", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
