"""Plant a fault: a module of ours is loaded with one piece of its source replaced."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

SOURCES = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault: in `module`, `snippet` becomes `fault`. `seeds` are tried first; they are only a hint."""

    name: str
    module: str
    snippet: str
    fault: str
    seeds: tuple[int, ...] = ()

    @property
    def path(self) -> Path:
        return SOURCES / f"{self.module.replace('.', '/')}.py"

    def mutated(self) -> str:
        """Return the module's source with the fault. Raises LookupError unless the snippet occurs exactly once."""
        source = self.path.read_text()
        if source.count(self.snippet) != 1:
            raise LookupError(f"{self.name}: its snippet occurs {source.count(self.snippet)} times in {self.module}")
        return source.replace(self.snippet, self.fault)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads the mutated source, and never what was compiled before."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutant.mutated(), str(self._mutant.path), "exec")


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the mutated module before anybody finds the right one."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        loader = _Loader(self._mutant)
        return importlib.machinery.ModuleSpec(fullname, loader, origin=str(self._mutant.path))


def plant(name: str) -> None:
    """Let this process run with the fault of that name. Raises LookupError where it cannot be planted."""
    from tests.simulation.mutants import MUTANTS

    mutant = next((one for one in MUTANTS if one.name == name), None)
    if mutant is None:
        raise LookupError(f"There is no mutant “{name}”.")
    mutant.mutated()
    sys.meta_path.insert(0, _Finder(mutant))
