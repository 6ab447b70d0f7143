"""The list of Diagnosis Codes while it is edited: what is chosen, what was looked for, what was found.

The list travels in the form itself, so that it works without JavaScript and nothing is saved before Save.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import QueryDict

from clearbill.bill.checks.diagnosis import code_fault
from clearbill.bill.text import tidy
from clearbill.clients import diagnosis
from clearbill.clients.models import ClientDiagnosis
from clearbill.clients.services import ChosenDiagnosis

SHOWN = 8

MOST = 24

_SHAPES = {
    "ICD10": re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?", re.ASCII),
    "ICD9": re.compile(r"(\d{3}(\.\d{1,2})?|V\d{2}(\.\d{1,2})?|E\d{3}(\.\d)?)", re.ASCII),
}

_TITLE_LONGEST = 300

_CATEGORY = 3


@dataclass(slots=True, kw_only=True)
class DiagnosisEditing:
    """The state of the editor. `said` is read out after a step; `why` says what stands in the way."""

    chosen: list[ChosenDiagnosis] = field(default_factory=list)
    text: str = ""
    hits: list[ChosenDiagnosis] = field(default_factory=list)
    said: str = ""
    why: str = ""

    @property
    def doubts(self) -> list[str]:
        """What a claim would say of the chosen codes that are not on WHO's list."""
        faults = [code_fault(one.code) for one in self.chosen if one.scheme == "ICD10"]
        return [f"{fault.message} {fault.fix}" for fault in faults if fault]

    @property
    def is_settled(self) -> bool:
        """Nothing is typed that has not become a code."""
        return not self.text and not self.why


def stored(rows: Iterable[ClientDiagnosis]) -> list[ChosenDiagnosis]:
    """Return a client's diagnoses as the editor's first list."""
    return [ChosenDiagnosis(code=row.code, scheme=row.scheme, title=row.title) for row in rows]


def edited(post: QueryDict, *, before: Iterable[ChosenDiagnosis] = ()) -> DiagnosisEditing:
    """Return the editor after the step that was posted: add, remove, make primary, or save what is typed."""
    titles = {one.key: one.title for one in before}
    state = DiagnosisEditing(text=tidy(post.get("diagnosis_text", ""))[:200])
    for key in post.getlist("diagnosis")[:MOST]:
        if one := _read(key, titles):
            _add(state, one)
    state.said = ""
    step, _, key = post.get("action", "").partition(" ")
    if step == "remove-diagnosis":
        _remove(state, key)
    elif step == "primary-diagnosis":
        _make_primary(state, key)
    else:
        _take_up(state, post.get("diagnosis_hit", ""), titles)
    return state


def found(text: str) -> list[ChosenDiagnosis]:
    """Return the codes that fit what was typed, best first; a code unknown to the list is offered as typed. For a code
    that no claim could carry there are none.
    """
    hits = [ChosenDiagnosis(code=hit.code, title=hit.title) for hit in diagnosis.search(text, limit=SHOWN)]
    typed = re.sub(r"\s", "", text).upper()
    if any(_bare(hit.code) == _bare(typed) for hit in hits):
        return hits
    as_typed = [
        ChosenDiagnosis(code=typed, scheme=scheme) for scheme, shape in _SHAPES.items() if shape.fullmatch(typed)
    ]
    fault = code_fault(typed)
    if fault and fault.severity == "blocks":
        return hits if typed.isalnum() and len(typed) == _CATEGORY else []  # "B12" may be a word: the vitamin.
    return [*hits, *as_typed]


def _take_up(state: DiagnosisEditing, hit: str, titles: dict[str, str]) -> None:
    if hit and (one := _read(hit, titles)):
        _add(state, one)
        state.text = ""
        return
    if not state.text:
        return
    hits = found(state.text)
    if hits and hits[0].title and _bare(hits[0].code) == _bare(state.text):
        _add(state, hits[0])
        state.text = ""
        return
    state.hits = hits
    fault = code_fault(state.text)
    if fault and fault.severity == "blocks":
        state.why = f"{fault.message} {fault.fix}"
        return
    state.why = (
        f"Choose the code you mean for “{state.text}”, then press + Add Diagnosis Code again."
        if hits
        else f"No diagnosis code was found for “{state.text}”. Try other words, or the code itself."
    )


def _read(key: str, titles: dict[str, str]) -> ChosenDiagnosis | None:
    scheme, _, code = key.partition(":")
    if scheme not in _SHAPES or not _SHAPES[scheme].fullmatch(code) or len(code) > 10:
        return None
    title = titles.get(key) or (diagnosis.title_of(code) or "" if scheme == "ICD10" else "")
    return ChosenDiagnosis(code=code, scheme=scheme, title=title[:_TITLE_LONGEST])


def _add(state: DiagnosisEditing, one: ChosenDiagnosis) -> None:
    if all(other.key != one.key for other in state.chosen):
        state.chosen.append(one)
        state.said = f"{one.code} {one.title} was added."
    else:
        state.said = f"{one.code} is already in the list."


def _remove(state: DiagnosisEditing, key: str) -> None:
    state.said = "".join(f"{one.code} was removed." for one in state.chosen if one.key == key)
    state.chosen = [one for one in state.chosen if one.key != key]


def _make_primary(state: DiagnosisEditing, key: str) -> None:
    first = [one for one in state.chosen if one.key == key]
    state.chosen = first + [one for one in state.chosen if one.key != key]
    state.said = "".join(f"{one.code} is now the primary diagnosis." for one in first)


def _bare(code: str) -> str:
    return re.sub(r"[\s.]", "", code).upper()
