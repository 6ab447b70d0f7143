"""One policy that was entered on both records becomes one row: nothing that either of the two tells is lost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from clearbill.bill import dates
from clearbill.bill.insurers import bare
from clearbill.bill.problem import Refused
from clearbill.clients.models import Authorisation, Policy, PolicyYear
from clearbill.invoicing.client_merge.changes import Changes
from clearbill.invoicing.models import Invoice

_FILLED_IN = ("holder_name", "holder_relation", "scheme", "group_number")

_GRANTED = ("sessions", "amount", "body_area")


def unite(changes: Changes, kept: Policy, twin: Policy) -> None:
    """Let `kept` tell what both tell, bring what is under `twin` under it, and mark `twin` as entered by mistake.

    Its days are those of both, and of the excess of one policy year the smaller rest counts. Raises Refused where the
    two tell of different policy years.
    """
    if twin.entered_in_error:  # by another pair of the same merge
        return
    changes.set_fields(kept, _missing(kept, twin, _FILLED_IN))
    for values in (_days(kept, twin), _excess(kept, twin)):
        if any(getattr(kept, name) != value for name, value in values.items()):
            changes.set_fields(kept, values, whole=True)
    _unite_years(changes, kept, twin)
    _unite_authorisations(changes, kept, twin)
    for model in (Authorisation, Invoice):
        keys = list(model._base_manager.filter(policy=twin).order_by("pk").values_list("pk", flat=True))
        changes.set_all(model, "policy", keys, before=twin.pk, after=kept.pk)
    changes.set_fields(twin, {"entered_in_error": True})


def _missing(kept: Any, twin: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(twin, name) for name in names if getattr(kept, name) in (None, "")}


def _days(kept: Policy, twin: Policy) -> dict[str, Any]:
    begins, ends = [kept.valid_from, twin.valid_from], [kept.valid_to, twin.valid_to]
    return {
        "valid_from": None if None in begins else min(day for day in begins if day),
        "valid_to": None if None in ends else max(day for day in ends if day),
    }


def _excess(kept: Policy, twin: Policy) -> dict[str, Any]:
    """Return the excess, and what is left of it in which policy year."""
    years, lefts = (kept.policy_year_from, twin.policy_year_from), (kept.excess_left, twin.excess_left)
    left, year = _smaller(*lefts), years[0] or years[1]
    if None not in years and years[0] != years[1]:
        if None not in lefts:
            told = " and ".join(dates.show(one) for one in years if one)
            raise Refused(
                f"The records tell of the excess of {kept} in two policy years, those that began on {told}. Give both "
                "policies the same policy year first, with what is left of the excess in it, then merge."
            )
        year = years[0] if lefts[1] is None else years[1]
    return {
        "excess": twin.excess if kept.excess is None else kept.excess,
        "excess_left": left,
        "policy_year_from": year,
    }


def _unite_years(changes: Changes, kept: Policy, twin: Policy) -> None:
    own, moved = {row.begins: row for row in kept.years.all()}, []
    for row in twin.years.all():
        if row.begins not in own:
            moved.append(row.pk)
            continue
        year = own[row.begins]
        left = _smaller(year.excess_left, row.excess_left)
        changes.set_fields(year, {**_missing(year, row, ["excess"]), "excess_left": left})
    changes.set_all(PolicyYear, "policy", moved, before=twin.pk, after=kept.pk)


def _unite_authorisations(changes: Changes, kept: Policy, twin: Policy) -> None:
    """Let one of two rows that tell of the same authorisation stand, also for the invoices it was chosen for."""
    standing = list(Authorisation.objects.filter(policy=kept, entered_in_error=False))
    for row in Authorisation.objects.filter(policy=twin, entered_in_error=False):
        same = next((one for one in standing if _is_same(one, row)), None)
        if same is None:
            continue
        changes.set_fields(same, _missing(same, row, [*_GRANTED, "contact", "note"]))
        chosen = list(Invoice.objects.filter(authorisation=row).order_by("pk").values_list("pk", flat=True))
        changes.set_all(Invoice, "authorisation", chosen, before=row.pk, after=same.pk)
        changes.set_fields(row, {"entered_in_error": True})


def _is_same(one: Authorisation, other: Authorisation) -> bool:
    """Return whether code, days and item codes agree, and neither grants something else than the other."""
    told = [(bare(row.code), row.valid_from, row.valid_to, set(row.codes_listed)) for row in (one, other)]
    granted = [[getattr(row, name) for row in (one, other)] for name in _GRANTED]
    return told[0] == told[1] and all(mine == its or mine in (None, "") or its in (None, "") for mine, its in granted)


def _smaller(*lefts: Decimal | None) -> Decimal | None:
    return min((left for left in lefts if left is not None), default=None)
