"""What a correction on a claim changes of the client: only what still is as the claim was made from it.

An old claim is put right after the client married, moved or renewed the policy. What holds today then stays as it is,
and the correction stays on the claim alone. What is said of cover goes to the policy, and the authorisation, that the
claim is made under by its invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, Q

from clearbill.bill import Bill, dates, fields
from clearbill.bill.insurers import bare
from clearbill.bill.json_codec import to_json
from clearbill.claims.models import Claim
from clearbill.clients import policy_services, services
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.services import ChosenDiagnosis
from clearbill.invoicing import cover as invoice_cover
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
    "patient_country": "country",
}

POLICY = {
    "registration_number": "membership_number",
    "insurance_scheme": "scheme",
    "group_number": "group_number",
    "cover_valid_to": "valid_to",
}

AUTHORISATION = {
    "authorisation_code": "code",
    "authorisation_from": "valid_from",
    "authorisation_to": "valid_to",
}

_BARE = {"membership_number", "code", "authorisation_code"}

"""Blanks in these mean nothing: a bill has them without."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Which paths of the bill the client has by now as the claim has them, and the labels of those that stayed."""

    carried: frozenset[str]
    kept: tuple[str, ...]


def correct_client(actor: Actor, *, claim: Claim, before: Bill, after: Bill) -> Corrected:
    """Change on the client what was changed between the two bills of the claim, where the client still says the same.

    A field stays where the client says something else than the claim was made from, or said before what is typed now;
    all of the cover where the policy that the invoice is billed under has another number by now, or where a person has
    to say first which policy that is. Call inside the transaction that holds the claim, before its bill is replaced.
    """
    return _Correction(actor, claim, before, after).make()


class _Correction:
    """One correction, with the client as it stands now."""

    def __init__(self, actor: Actor, claim: Claim, before: Bill, after: Bill) -> None:
        self.actor, self.claim, self.before, self.after = actor, claim, before, after
        self.client = Client.objects.select_for_update().get(pk=claim.invoice.client_id)
        covered = invoice_cover.of_invoice(claim.invoice)
        self.policy = _locked(Policy, covered.policy)
        self.authorisation = _locked(Authorisation, covered.authorisation)
        self.authorisation_question = covered.authorisation_question
        self.history = _history(self.client)
        self.carried: set[str] = set()
        self.kept: list[str] = []

    def make(self) -> Corrected:
        details = self._details()
        policy, authorised = self._of_policy(), self._of_authorisation()
        diagnoses = self._diagnoses()
        if details or diagnoses is not None:
            services.change(
                self.actor,
                client=self.client,
                details=details,
                diagnoses=self._present() if diagnoses is None else diagnoses,
            )
        if self.policy and policy:
            policy_services.change_policy(self.actor, policy=self.policy, details=policy)
        if self.authorisation and authorised:
            policy_services.change_authorisation(self.actor, authorisation=self.authorisation, details=authorised)
        elif self.policy and authorised:
            policy_services.add_authorisation(self.actor, policy=self.policy, details=authorised)
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
            elif ours == "country" and not new:  # every client has one
                self.kept.append(_label(path))
            elif held == self._collected(path, old) and not _was_held(self.history, ours, new):
                self.carried.add(path)
                changes[ours] = new
            else:
                self.kept.append(_label(path))
        return changes

    def _of_policy(self) -> dict[str, Any]:
        """Return what is to be changed of the policy; an emptied membership number stays."""
        changes: dict[str, Any] = {}
        for name, new in self._typed(POLICY):
            ours = POLICY[name]
            if ours == "membership_number" and not bare(new):
                continue
            if self.policy and _plain(ours, getattr(self.policy, ours)) == _plain(ours, new):
                self.carried.add(f"cover.{name}")
            elif self._may_change_policy(name, new):
                changes[ours] = new
                self.carried.add(f"cover.{name}")
            else:
                self.kept.append(_label(f"cover.{name}"))
        return changes

    def _of_authorisation(self) -> dict[str, Any]:
        """Return what is to be changed of the authorisation, or what a new one says."""
        typed = dict(self._typed(AUTHORISATION))
        changes: dict[str, Any] = {}
        for name, new in typed.items():
            ours = AUTHORISATION[name]
            if self.authorisation and _plain(ours, getattr(self.authorisation, ours)) == _plain(ours, new):
                self.carried.add(f"cover.{name}")
            elif self._may_change_authorisation(name, new) or self._may_add_authorisation(typed):
                changes[ours] = new
                self.carried.add(f"cover.{name}")
            else:
                self.kept.append(_label(f"cover.{name}"))
        return changes

    def _typed(self, names: Mapping[str, str]) -> list[tuple[str, Any]]:
        before, after = self.before.cover, self.after.cover
        return [(name, getattr(after, name)) for name in names if getattr(after, name) != getattr(before, name)]

    def _may_change_policy(self, name: str, new: Any) -> bool:
        return (
            self._is_its_policy()
            and not (POLICY[name] == "valid_to" and self._ends_before_it_began(new))
            and self._is_as_read(self.policy, POLICY, [name])
            and not _was_held(self.history, POLICY[name], new, of="policy", row=self.policy)
        )

    def _may_change_authorisation(self, name: str, new: Any) -> bool:
        return (
            self._is_its_policy()
            and not (self._ends_what_is_in_use() or self._is_backwards())
            and self._is_as_read(self.authorisation, AUTHORISATION, AUTHORISATION)
            and not _was_held(self.history, AUTHORISATION[name], new, of="authorisation", row=self.authorisation)
        )

    def _may_add_authorisation(self, typed: Mapping[str, Any]) -> bool:
        """Return whether what was typed is an authorisation that the policy has not got."""
        if self.authorisation or self.authorisation_question or not bare(typed.get("authorisation_code") or ""):
            return False
        return (
            self._is_its_policy()
            and not self._is_backwards()
            and not any(self._cover_collected(name) for name in AUTHORISATION)
        )

    def _is_as_read(self, row: Any, columns: Mapping[str, str], names: Iterable[str]) -> bool:
        return row is not None and all(
            _plain(columns[name], getattr(row, columns[name])) == _plain(columns[name], self._cover_collected(name))
            for name in names
        )

    def _is_its_policy(self) -> bool:
        """Return whether the policy still has the number that the claim was made under."""
        collected = self._cover_collected("registration_number")
        return self.policy is not None and bare(self.policy.membership_number) == bare(collected or "")

    def _ends_before_it_began(self, ends: date | None) -> bool:
        began = self.policy.valid_from if self.policy else None
        return ends is not None and began is not None and ends < began

    def _is_backwards(self) -> bool:
        begins, ends = self.after.cover.authorisation_from, self.after.cover.authorisation_to
        return begins is not None and ends is not None and ends < begins

    def _ends_what_is_in_use(self) -> bool:
        """Return whether the last day that was typed would end an authorisation that is still good today."""
        today, ends = dates.uk_day(self.actor.now), self.after.cover.authorisation_to
        held = self.authorisation.valid_to if self.authorisation else None
        return ends is not None and ends < today and (held is None or held >= today)

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


def _locked(model: type[Any], row: Any) -> Any:
    return model.objects.select_for_update().get(pk=row.pk) if row else None


def _history(client: Client) -> list[AuditEntry]:
    """Return every change of the client, and of policies and authorisations, that the audit trail holds."""
    rows = Authorisation.objects.filter(policy__client=client)
    subjects = Q(subject_type="client", subject_id=str(client.pk))
    subjects |= Q(
        subject_type="policy", subject_id__in=[str(key) for key in client.policies.values_list("pk", flat=True)]
    )
    subjects |= Q(subject_type="authorisation", subject_id__in=[str(key) for key in rows.values_list("pk", flat=True)])
    return list(AuditEntry.objects.filter(subjects, practice=client.practice_id))


def _was_held(
    history: Iterable[AuditEntry], name: str, value: Any, *, of: str = "client", row: Model | None = None
) -> bool:
    """Return whether the row had this value before and somebody changed it since."""
    wanted = _plain(name, value)
    for entry in history:
        if entry.subject_type == of and (row is None or entry.subject_id == str(row.pk)):
            pair = without_types(entry.changes).get(name)
        elif of != "client" and entry.subject_type == "client":
            pair = _of_cover_before(without_types(entry.changes), name if of == "policy" else _EARLIER[name])
        else:
            continue
        if not isinstance(pair, list) or len(pair) != 2:
            continue
        if _plain(name, pair[0]) == wanted != _plain(name, pair[1]) and wanted:
            return True
    return False


_EARLIER = {ours: theirs for theirs, ours in AUTHORISATION.items()}
"""What was said of an authorisation while it stood on the client's one cover, in entries of then."""


def _of_cover_before(changes: Mapping[str, Any], name: str) -> Any:
    pair = changes.get("cover")
    return [(one or {}).get(name) for one in pair] if isinstance(pair, list) and len(pair) == 2 else None


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if name in _BARE:
        return bare(value or "")
    return value or ""


def _label(path: str) -> str:
    return fields.BY_PATH[path].label
