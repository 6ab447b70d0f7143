"""What a correction on a claim changes of the client: only what still is as the claim was made from it.

An old claim is put right after the client married, moved or renewed the policy. What holds today then stays as it is,
and the correction stays on the claim alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from clearbill.bill import Bill, dates, fields
from clearbill.bill.insurers import bare
from clearbill.bill.json_codec import to_json
from clearbill.claims.models import Claim
from clearbill.clients import services
from clearbill.clients.models import Client, Cover
from clearbill.clients.services import ChosenDiagnosis
from clearbill.people.actor import Actor
from clearbill.people.audit.values import without_types
from clearbill.people.models import AuditEntry

PATIENT = {
    "patient_last_name": "last_name",
    "patient_first_name": "first_name",
    "patient_other_initials": "other_names",
    "patient_title": "title",
    "patient_birth_date": "birth_date",
    "patient_sex": "sex",
    "patient_address_1": "address_1",
    "patient_address_2": "address_2",
    "patient_address_3": "address_3",
    "patient_address_4": "address_4",
    "patient_postcode": "postcode",
}

COVER = {
    "registration_number": "membership_number",
    "insurance_scheme": "scheme",
    "group_number": "group_number",
    "cover_valid_to": "valid_to",
    "authorisation_code": "authorisation_code",
    "authorisation_from": "authorisation_from",
    "authorisation_to": "authorisation_to",
}

_AUTHORISATION = ("authorisation_code", "authorisation_from", "authorisation_to")

_BARE = {"membership_number", "authorisation_code"}

"""Blanks in these mean nothing: a bill has them without."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Which paths of the bill the client has by now as the claim has them, and the labels of those that stayed."""

    carried: frozenset[str]
    kept: tuple[str, ...]


def correct_client(actor: Actor, *, claim: Claim, before: Bill, after: Bill) -> Corrected:
    """Change on the client what was changed between the two bills of the claim, where the client still says the same.

    A field stays where the client says something else than the claim was made from, or said before what is typed now;
    all of the cover where the client has another insurer or number by now. Call inside the transaction that holds
    the claim, before its bill is replaced.
    """
    return _Correction(actor, claim, before, after).make()


class _Correction:
    """One correction, with the client as it stands now."""

    def __init__(self, actor: Actor, claim: Claim, before: Bill, after: Bill) -> None:
        self.actor, self.claim, self.before, self.after = actor, claim, before, after
        self.client = Client.objects.select_for_update().get(pk=claim.invoice.client_id)
        self.cover = Cover.objects.filter(client=self.client).first()
        self.history = _history(self.client)
        self.carried: set[str] = set()
        self.kept: list[str] = []

    def make(self) -> Corrected:
        details = self._details()
        cover = self._cover()
        diagnoses = self._diagnoses()
        if details or cover or diagnoses is not None:
            services.change(
                self.actor,
                client=self.client,
                details=details,
                cover=self._whole_cover(cover),
                diagnoses=self._present() if diagnoses is None else diagnoses,
            )
        return Corrected(frozenset(self.carried), tuple(self.kept))

    def _details(self) -> dict[str, Any]:
        changes = {}
        for theirs, ours in PATIENT.items():
            old, new = getattr(self.before.patient, theirs), getattr(self.after.patient, theirs)
            if old == new:
                continue
            path, held = f"patient.{theirs}", getattr(self.client, ours)
            if held == new:
                self.carried.add(path)
            elif held == self._collected(path, old) and not _was_held(self.history, ours, new):
                self.carried.add(path)
                changes[ours] = new
            else:
                self.kept.append(_label(path))
        return changes

    def _cover(self) -> dict[str, Any]:
        names = [name for name in COVER if getattr(self.after.cover, name) != getattr(self.before.cover, name)]
        changes: dict[str, Any] = {}
        for name in names:
            ours, new = COVER[name], getattr(self.after.cover, name)
            if ours == "membership_number" and not bare(new):
                continue
            if self._is_its_insurer() and _plain(ours, getattr(self.cover, ours)) == _plain(ours, new):
                self.carried.add(f"cover.{name}")
            elif self._may_take(name, new):
                changes[ours] = new
                self.carried.add(f"cover.{name}")
            else:
                self.kept.append(_label(f"cover.{name}"))
        return changes

    def _may_take(self, name: str, new: Any) -> bool:
        if self.cover is None or not self._is_its_policy():
            return False
        ours = COVER[name]
        names = _AUTHORISATION if ours in _AUTHORISATION else (ours,)
        if ours in _AUTHORISATION and not self._is_its_authorisation():
            return False
        is_as_read = all(
            _plain(one, getattr(self.cover, one)) == _plain(one, self._cover_collected(_THEIRS[one])) for one in names
        )
        return is_as_read and not _was_held(self.history, ours, new, within="cover")

    def _is_its_policy(self) -> bool:
        """Return whether the client still has the insurer and the number that the claim was made under."""
        if self.cover is None or not self._is_its_insurer():
            return False
        collected = self._cover_collected("registration_number")
        return _plain("membership_number", self.cover.membership_number) == _plain("membership_number", collected)

    def _is_its_insurer(self) -> bool:
        return self.cover is not None and self.cover.insurer_slug == self.claim.insurer_slug

    def _is_its_authorisation(self) -> bool:
        """Return whether the client's authorisation, and the one typed now, are for the day of treatment and today."""
        treated, ends = self.after.first_service_date, self.after.cover.authorisation_to
        if ends and ends < dates.uk_day(self.actor.now):
            return False
        first, last = (self.cover.authorisation_from, self.cover.authorisation_to) if self.cover else (None, None)
        return treated is None or ((first is None or first <= treated) and (last is None or treated <= last))

    def _whole_cover(self, changes: Mapping[str, Any]) -> dict[str, Any] | None:
        if self.cover is None:
            return None
        held = {"insurer_slug": self.cover.insurer_slug, "membership_number": self.cover.membership_number}
        return {**held, **changes}

    def _diagnoses(self) -> list[ChosenDiagnosis] | None:
        """Return the client's diagnoses as they are to be, None where they stay."""
        if self.after.diagnoses == self.before.diagnoses:
            return None
        given = [
            ChosenDiagnosis(code=one.code, scheme=one.scheme, title=one.description) for one in self.after.diagnoses
        ]
        collected = self.claim.amended_by_hand.get("diagnoses") or to_json(self.before).get("diagnoses", [])
        keys = [f"{one.get('scheme', 'ICD10')}:{one.get('code', '')}" for one in collected]
        schemes = {one.get("scheme", "ICD10") for one in collected}
        present = self._present()
        of_claim = [one for one in present if one.scheme in schemes] or ([] if schemes else present)
        codes = [one.code for one in given]
        if [one.key for one in of_claim] != keys or _was_held(self.history, "diagnoses", codes):
            self.kept.append("Diagnosis Codes")
            return None
        self.carried.add("diagnoses")
        return [*given, *(one for one in present if one not in of_claim)]

    def _present(self) -> list[ChosenDiagnosis]:
        rows = self.client.diagnoses.all()
        return [ChosenDiagnosis(code=row.code, scheme=row.scheme, title=row.title) for row in rows]

    def _cover_collected(self, name: str) -> Any:
        return self._collected(f"cover.{name}", getattr(self.before.cover, name))

    def _collected(self, path: str, before: Any) -> Any:
        """Return what the claim was made from: what it said before anybody amended it."""
        if path not in self.claim.amended_by_hand:
            return before
        collected = self.claim.amended_by_hand[path]
        is_day = fields.BY_PATH[path].kind == "date"
        return date.fromisoformat(collected) if is_day and collected else None if is_day else collected or ""


_THEIRS = {ours: theirs for theirs, ours in COVER.items()}


def _history(client: Client) -> list[Mapping[str, Any]]:
    """Return every change of the client that the audit trail holds, as plain text."""
    entries = AuditEntry.objects.filter(practice=client.practice_id, subject_type="client", subject_id=str(client.pk))
    return [without_types(changes) for changes in entries.values_list("changes", flat=True)]


def _was_held(history: Iterable[Mapping[str, Any]], name: str, value: Any, *, within: str = "") -> bool:
    """Return whether the client had this value before and somebody changed it since."""
    wanted = _plain(name, value)
    for changes in history:
        pair = changes.get(within or name)
        if not isinstance(pair, list) or len(pair) != 2:
            continue
        old, new = ((one or {}).get(name) for one in pair) if within else pair
        if _plain(name, old) == wanted != _plain(name, new) and wanted:
            return True
    return False


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if name in _BARE:
        return bare(value or "")
    return value or ""


def _label(path: str) -> str:
    return fields.BY_PATH[path].label
