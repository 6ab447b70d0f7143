"""One policy that was entered on both records: excess, policy years, days and authorisations of both count on."""

from __future__ import annotations

from datetime import date

import pytest

from clearbill.bill.problem import Refused
from clearbill.clients import policies
from clearbill.clients.excess import excess_left_on
from clearbill.clients.merges import ClientMerge
from clearbill.clients.models import Authorisation, Policy
from clearbill.clients.policies import Treatment
from clearbill.invoicing.client_merge import taking_apart
from clearbill.invoicing.client_merge.comparison import overlaps
from clearbill.invoicing.client_merge.services import SAME, MergeChoices, merge
from tests import builders
from tests.invoicing.client_merge.records import Records, stored

pytestmark = pytest.mark.django_db

YEAR = date(2026, 1, 1)


def united(records: Records, kept: dict[str, object], twin: dict[str, object]) -> Policy:
    """The policy of both records, entered with these values, after the merge."""
    [first], [second] = records.first.policies.all(), records.second.policies.all()
    for row, values in ((first, kept), (second, twin)):
        Policy.objects.filter(pk=row.pk).update(**values)
    [pair] = overlaps(records.first, records.second)
    choices = MergeChoices(policies={pair.name: SAME})
    merge(records.actor, survivor=records.first, merged=records.second, choices=choices)
    return Policy.objects.get(pk=first.pk)


@pytest.fixture
def twice_insured() -> Records:
    return Records(insurer="bupa", membership_number="ZZ 00000001")


@pytest.mark.parametrize(
    ("kept", "twin", "left"),
    [
        ((YEAR, 150), (YEAR, 0), (YEAR, 0)),
        ((YEAR, 50), (YEAR, 150), (YEAR, 50)),
        ((None, 150), (None, 0), (None, 0)),
        ((None, 150), (YEAR, 0), (YEAR, 0)),
        ((YEAR, None), (YEAR, 0), (YEAR, 0)),
        ((date(2025, 1, 1), None), (YEAR, 30), (YEAR, 30)),
        ((YEAR, 30), (date(2025, 1, 1), None), (YEAR, 30)),
    ],
)
def test_no_excess_is_asked_for_twice_where_a_policy_was_entered_twice(
    twice_insured: Records, kept: tuple[object, object], twin: tuple[object, object], left: tuple[object, object]
) -> None:
    names = ("policy_year_from", "excess_left")
    row = united(twice_insured, dict(zip(names, kept, strict=True)), dict(zip(names, twin, strict=True)))
    assert (row.policy_year_from, row.excess_left) == left


def test_what_is_left_of_two_policy_years_is_put_right_before_the_merge(twice_insured: Records) -> None:
    later, earlier = ({"policy_year_from": day, "excess_left": 150} for day in (YEAR, date(2025, 1, 1)))
    with pytest.raises(Refused, match="in two policy years, those that began on 1 Jan 2026 and 1 Jan 2025"):
        united(twice_insured, later, earlier)
    assert not ClientMerge.objects.exists()


def test_the_former_policy_years_of_both_are_known_afterwards(twice_insured: Records) -> None:
    [kept], [twin] = twice_insured.first.policies.all(), twice_insured.second.policies.all()
    for row, lefts in ((kept, {2025: 150}), (twin, {2025: 20, 2024: 10})):
        for year, left in lefts.items():
            row.years.create(begins=date(year, 1, 1), excess=200, excess_left=left)
    row = united(twice_insured, {"policy_year_from": YEAR}, {"policy_year_from": YEAR})
    assert [excess_left_on(row, date(year, 6, 1)) for year in (2024, 2025)] == [10, 20]


@pytest.mark.parametrize(
    ("kept", "twin", "days"),
    [
        ((date(2026, 2, 1), date(2026, 3, 31)), (YEAR, date(2026, 12, 31)), (YEAR, date(2026, 12, 31))),
        ((YEAR, date(2026, 3, 31)), (None, None), (None, None)),
        ((None, None), (YEAR, date(2026, 12, 31)), (None, None)),
    ],
)
def test_a_policy_that_was_entered_twice_is_valid_on_the_days_of_both(
    twice_insured: Records, kept: tuple[object, object], twin: tuple[object, object], days: tuple[object, object]
) -> None:
    names = ("valid_from", "valid_to")
    row = united(twice_insured, dict(zip(names, kept, strict=True)), dict(zip(names, twin, strict=True)))
    assert (row.valid_from, row.valid_to) == days


def test_an_authorisation_that_was_entered_twice_is_one_and_goes_back(twice_insured: Records) -> None:
    [kept], [twin] = twice_insured.first.policies.all(), twice_insured.second.policies.all()
    first = builders.authorisation(kept, "ZZ AUTH01", codes="ZPHY01, ZPHY02")
    second = builders.authorisation(twin, "zzauth01", codes="ZPHY02,ZPHY01", sessions=6)
    invoice = twice_insured.invoice(twice_insured.second, insurer_slug="bupa", policy=twin, authorisation=second)
    before = stored()
    row = united(twice_insured, {}, {})
    chosen = policies.authorisation_for(row, [Treatment(builders.TODAY, "ZPHY01")])
    assert (chosen.authorisation, chosen.question) == (first, "")
    assert Authorisation.objects.get(pk=first.pk).sessions == 6
    invoice.refresh_from_db()
    assert (invoice.policy, invoice.authorisation) == (kept, first)
    taking_apart.take_apart(twice_insured.actor, merge=ClientMerge.objects.get())
    assert stored() == before


@pytest.mark.parametrize("other", [{"sessions": 8}, {"valid_to": date(2026, 12, 31)}, {"codes": "ZPHY09"}])
def test_authorisations_that_grant_something_else_both_stand(twice_insured: Records, other: dict[str, object]) -> None:
    [kept], [twin] = twice_insured.first.policies.all(), twice_insured.second.policies.all()
    builders.authorisation(kept, sessions=6)
    builders.authorisation(twin, **{"sessions": 6, **other})
    row = united(twice_insured, {}, {})
    assert row.authorisations.filter(entered_in_error=False).count() == 2
