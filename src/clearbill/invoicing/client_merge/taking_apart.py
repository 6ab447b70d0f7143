"""Take a merge apart: each row goes back to the record that it was of, and each value to what it was.

What was changed since stays as it is now, and what was added since stays with the record that stood for both, but for
an invoice of what goes back. Where an invoice asks for something of both, nothing is taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.text import capfirst

from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.bill.text import enumerated, plural
from clearbill.clients.merges import ClientMerge, MergeChange, standing_merges
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.search import search_index
from clearbill.invoicing import cover
from clearbill.invoicing.claimed.claim_link import waiting_claims
from clearbill.invoicing.client_merge import relations
from clearbill.invoicing.client_merge.changes import DIAGNOSES, is_as_left, put_back, rows_by_key
from clearbill.invoicing.client_merge.comparison import GROUPS, label_of
from clearbill.invoicing.client_merge.services import mark_client_stale
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry

_GROUP_OF = {name: group for group, fields in GROUPS.items() for name in fields}

_WHOLE_OF_POLICY = (("valid_from", "valid_to"), ("excess", "excess_left", "policy_year_from"))
"""What goes back together or not at all: days that are no longer those of each other may be no days."""


@dataclass(slots=True)
class Plan:
    """What taking the merge apart does. `refusal` says why it cannot be, "" where it can.

    `goes_back` and `stays` are in words, `kept` are the names of fields that were changed since, `along` the invoices
    made since that go with what they ask for.
    """

    refusal: str = ""
    goes_back: str = ""
    stays: str = ""
    kept: list[str] = field(default_factory=list)
    along: list[Invoice] = field(default_factory=list)
    back: list[tuple[MergeChange, Model]] = field(default_factory=list)


def plan(merge: ClientMerge) -> Plan:
    """Return what taking the merge apart would do now."""
    if merge.taken_apart_at:
        return Plan(f"This merge was taken apart on {dates.show_moment(merge.taken_apart_at)}.")
    survivor = merge.survivor
    if survivor.merged_into_id:
        into = Client.objects.get(pk=survivor.merged_into_id)
        return Plan(f"{survivor.number} itself was merged into {into.number} since. Take that merge apart first.")
    latest = standing_merges(survivor).first()
    if latest is not None and latest.pk != merge.pk:
        return Plan(f"{latest.merged.number} was merged into {survivor.number} later. Take that merge apart first.")
    changes = list(merge.changes.all())
    rows = rows_by_key(changes)
    found, others = Plan(), []
    for change in reversed(changes):
        row = rows.get((change.model, change.row_id))
        if row is not None and is_as_left(change, row):
            found.back.append((change, row))
        elif row is not None and row.pk == survivor.pk:
            found.kept.append(change.field)
        elif row is not None:
            others.append(f"{_label(change)} of {_named(row)}")
    _keep_whole_groups(found, survivor)
    _keep_whole_of_policies(found, changes)
    found.kept += sorted(others)
    homes = _Homes(merge, found)
    found.refusal, found.along = homes.refusal() or _claims_made_since(merge), homes.along()
    found.goes_back = relations.in_words(_counted(change for change, _ in found.back if _is_move(change)))
    found.stays = relations.in_words(_added_since(merge, found))
    return found


def take_apart(actor: Actor, *, merge: ClientMerge) -> Plan:
    """Bring both records back as they were before the merge, and return what became of it. Raises Refused."""
    with transaction.atomic():
        relations.hold_both(merge.survivor, merge.merged)
        row = ClientMerge.objects.select_related("survivor", "merged").get(pk=merge.pk, practice=actor.practice)
        found = plan(row)
        if found.refusal:
            raise Refused(found.refusal)
        survivor, merged = row.survivor, row.merged
        before = audit.snapshot(survivor)
        for change, changed in found.back:
            put_back(change, changed)
        Invoice.objects.filter(pk__in=[one.pk for one in found.along]).update(client=merged)
        row.taken_apart_at, row.taken_apart_by = actor.now, actor.user
        row.save(update_fields=["taken_apart_at", "taken_apart_by"])
        survivor.refresh_from_db()
        _tell(actor, row, audit.difference(before, survivor), found)
        search_index.reindex([survivor.pk, merged.pk])
        for one in (survivor, merged):
            mark_client_stale(one)
    return found


def _claims_made_since(merge: ClientMerge) -> str:
    """A claim that was made or changed since, and is not sent yet, may bear the data of both: say so."""
    waiting = {str(claim.pk): claim.number for claim in waiting_claims(merge.survivor_id)}
    entries = AuditEntry.objects.filter(practice=merge.practice_id, subject_type="claim", subject_id__in=waiting)
    touched = set(entries.filter(created_at__gt=merge.created_at).values_list("subject_id", flat=True))
    numbers = [number for key, number in waiting.items() if key in touched]
    if not numbers:
        return ""
    count = len(numbers)
    which = f"{plural(count, 'Claim')} {enumerated(numbers)} {plural(count, 'was', 'were')} made or changed"
    what, it = plural(count, "it says", "they say"), plural(count, "it", "them")
    return (
        f"{which} since the merge and not submitted yet: what {what} may be of both records. Submit or cancel {it} "
        "first, then take the merge apart."
    )


def _tell(actor: Actor, row: ClientMerge, changed: dict[str, Any], found: Plan) -> None:
    survivor, merged = row.survivor, row.merged
    told: dict[str, Any] = {**changed, "record": f"{merged.name}, {merged.number}"}
    if found.goes_back:
        told["moved"] = found.goes_back
    if found.along:
        told["invoices"] = [one.number for one in found.along]
    actor.audit("took another record out of the client", survivor, changes=told)
    actor.audit("took the record out of another one", merged, changes={"record": f"{survivor.name}, {survivor.number}"})


def _keep_whole_groups(found: Plan, survivor: Client) -> None:
    """An address of which a line was changed since stays whole."""
    kept = {_GROUP_OF.get(name, name) for name in found.kept}
    found.back = [
        (change, row)
        for change, row in found.back
        if row.pk != survivor.pk or _GROUP_OF.get(change.field, change.field) not in kept
    ]
    names = {"archived_at": "Archived", DIAGNOSES: "Diagnosis codes"}
    found.kept = [names.get(name) or label_of(name) for name in sorted(kept)]


def _keep_whole_of_policies(found: Plan, changes: Iterable[MergeChange]) -> None:
    """Days, and what is known of the excess, of which a part was changed since stay whole."""
    label, going = Policy._meta.label_lower, {change.pk for change, _ in found.back}
    kept = {
        (change.row_id, name)
        for change in changes
        if change.model == label and change.pk not in going
        for group in _WHOLE_OF_POLICY
        if change.field in group
        for name in group
    }
    found.back = [
        (change, row)
        for change, row in found.back
        if change.model != label or (change.row_id, change.field) not in kept
    ]


def _label(change: MergeChange) -> str:
    changed: Any = relations.changed_models()[change.model]._meta.get_field(change.field)
    return capfirst(str(changed.verbose_name))


def _named(row: Model) -> str:
    return str(row._meta.verbose_name) if type(row).__str__ is Model.__str__ else str(row)


def _is_move(change: MergeChange) -> bool:
    moves = {(one.model._meta.label_lower, one.name) for one in relations.relations()}
    return (change.model, change.field) in {*moves, ("billing.mailing", "subject_id")}


def _counted(changes: Iterable[MergeChange]) -> list[tuple[type[Model], int]]:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.model] = counts.get(change.model, 0) + 1
    models = relations.changed_models()
    return [(models[label], count) for label, count in sorted(counts.items())]


def _added_since(merge: ClientMerge, found: Plan) -> Iterator[tuple[type[Model], int]]:
    """Yield how many of each were added to the survivor since the merge and stay with it."""
    along = {str(one.pk) for one in found.along}
    for one in relations.relations():
        rows = one.model._base_manager.filter(**{one.name: merge.survivor_id})
        if one.model is Policy:
            made = AuditEntry.objects.filter(
                practice=merge.practice_id,
                created_at__gt=merge.created_at,
                subject_type="policy",
                action="added the policy",
            )
            yield Policy, rows.filter(pk__in=[int(key) for key in made.values_list("subject_id", flat=True)]).count()
        elif any(known.name == "created_at" for known in one.model._meta.concrete_fields):
            keys = {str(key) for key in rows.filter(created_at__gt=merge.created_at).values_list("pk", flat=True)}
            yield one.model, len(keys - along)


class _Homes:
    """To which of the two records each invoice of the survivor belongs once the merge is taken apart.

    One that was there before goes where it came from. One made since goes with the visits, the policy and the invoice
    that it is for. True stands for the record that comes back.
    """

    def __init__(self, merge: ClientMerge, found: Plan) -> None:
        self.merge = merge
        self._moved = {(change.model, change.row_id) for change, _ in found.back if _is_move(change)}
        # Authorisations, and what a person chose for invoices, that go back to a policy which was entered twice.
        self._policies = {
            (change.model, change.row_id): change.before for change, _ in found.back if change.field == "policy"
        }
        authorised = {change.row_id: change.before for change, _ in found.back if change.field == "authorisation"}
        known = Authorisation.objects.in_bulk(set(authorised.values()))
        self._authorised = {invoice: known[key] for invoice, key in authorised.items()}
        self._homes: dict[Any, bool] = {}
        self._mixed: list[Invoice] = []
        rows = Invoice.objects.filter(client=merge.survivor_id).select_related("policy", "authorisation", "client")
        self._rows = list(rows.order_by("created_at", "pk"))
        self._visits: dict[Any, set[bool]] = {}
        lines = InvoiceLine.objects.filter(invoice__client=merge.survivor_id, appointment__isnull=False)
        for invoice_id, visit_id in lines.values_list("invoice_id", "appointment_id"):
            self._visits.setdefault(invoice_id, set()).add(self._is_moved("diary.appointment", visit_id))
        for row in self._rows:
            self._place(row)

    def refusal(self) -> str:
        if not self._mixed:
            return ""
        numbers = [one.number for one in self._mixed]
        words = plural(len(numbers), "Invoice", "Invoices"), plural(len(numbers), "asks", "ask")
        return (
            f"{words[0]} {enumerated(numbers)} {words[1]} for something of both records. Void "
            f"{plural(len(numbers), 'it', 'them')} first, then take the merge apart."
        )

    def along(self) -> list[Invoice]:
        """Return the invoices made since that go back with what they are for."""
        return [row for row in self._rows if self._homes[row.pk] and not self._is_moved("billing.invoice", row.pk)]

    def _place(self, row: Invoice) -> None:
        ties = set(self._ties(row))
        if self._is_moved("billing.invoice", row.pk):
            home = True
        elif row.created_at < self.merge.created_at:
            home = False
        else:
            home = ties == {True}
        self._homes[row.pk] = home
        if ties - {home} and row.voided_at is None:
            self._mixed.append(row)

    def _ties(self, row: Invoice) -> Iterator[bool]:
        yield from self._visits.get(row.pk, ())
        if row.share_of_id:
            yield self._homes.get(row.share_of_id, False)
        authorisation = self._authorised.get(str(row.pk), row.authorisation)
        if authorisation is not None:
            yield self._is_of_moved_policy("clients.authorisation", authorisation)
        if row.policy is not None:
            yield self._is_of_moved_policy("billing.invoice", row)
        elif row.insurer_slug and row.created_at > self.merge.created_at:
            policy = cover.of_invoice(row).policy
            if policy is not None:
                yield self._is_moved("clients.policy", policy.pk)

    def _is_of_moved_policy(self, model: str, row: Invoice | Authorisation) -> bool:
        policy_id = self._policies.get((model, str(row.pk)), row.policy_id)
        return self._is_moved("clients.policy", policy_id)

    def _is_moved(self, model: str, key: Any) -> bool:
        return (model, str(key)) in self._moved
