"""What came of a trial, in a form that one process can hand to another."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    """What came of a trial; `faults` counts each kind that happened."""

    seed: int
    digest: str
    violations: list[str]
    virtual_seconds: float
    faults: dict[str, int] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
