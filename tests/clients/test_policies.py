"""Which policy and which authorisation a day of treatment falls under, and when a person is asked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from clearbill.bill.problem import Refused
from clearbill.clients import policies, policy_services
from clearbill.clients.excess import excess_by_year, excess_left_on, use_excess
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policies import Treatment
from clearbill.clients.policy_services import CoverEdit
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry
from tests import builders
from tests.builders import NOW

JOINED = date(2026, 11, 30)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def insured(db: None) -> Client:
    """A client with BUPA, whose first day nobody knows."""
    return builders.client(builders.practice())


def acting(client: Client) -> Actor:
    return Actor(client.practice, builders.user(), NOW)


def joins_axa(client: Client, begins: date = JOINED) -> Policy:
    """The client joins AXA Health on that day: BUPA ends the day before."""
    details = {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001", "valid_from": begins}
    return policy_services.add_policy(
        acting(client), client=client, details=details, ends=client.policies.get(insurer_slug="bupa")
    )


@pytest.mark.parametrize(
    ("day", "insurer"),
    [
        (date(2026, 11, 26), "bupa"),
        (JOINED - timedelta(days=1), "bupa"),
        (JOINED, "axa-health"),
        (date(2027, 5, 1), "axa-health"),
    ],
)
def test_a_day_falls_under_the_policy_that_was_valid_on_it(insured: Client, day: date, insurer: str) -> None:
    joins_axa(insured)
    choice = policies.policy_on(insured, day)
    assert choice.policy is not None
    assert (choice.policy.insurer_slug, choice.question) == (insurer, "")


def test_nothing_is_deleted_when_a_client_changes_insurer_and_the_trail_tells_both(insured: Client) -> None:
    joins_axa(insured)
    assert [(one.insurer_slug, one.valid_to) for one in insured.policies.all()] == [
        ("axa-health", None),
        ("bupa", JOINED - timedelta(days=1)),
    ]
    assert set(AuditEntry.objects.values_list("action", "subject_label")) == {
        ("changed the policy", "Ms Testa Sample: BUPA ZZ00000001"),
        ("added the policy", "Ms Testa Sample: AXA Health AXA-ZZ000001"),
    }


def test_the_same_policy_is_not_entered_twice_for_a_day(insured: Client) -> None:
    joins_axa(insured)
    typed = {"insurer_slug": "axa-health", "membership_number": "axa-zz 000001", "valid_from": date(2026, 12, 24)}
    with pytest.raises(Refused, match="AXA Health AXA-ZZ000001 is entered already, from 30 Nov 2026") as refused:
        policy_services.add_policy(acting(insured), client=insured, details=typed)
    assert refused.value.field == "membership_number"
    again = {**typed, "insurer_slug": "bupa", "membership_number": "ZZ00000001"}
    policy_services.add_policy(acting(insured), client=insured, details=again)
    assert insured.policies.count() == 3


@pytest.mark.parametrize(
    ("typed", "is_there"),
    [
        ({"code": "zz auth01"}, True),
        ({"code": "ZZAUTH01", "sessions": 9, "valid_from": date(2026, 12, 24)}, True),
        ({"code": "ZZAUTH01", "valid_from": date(2026, 12, 25)}, False),
        ({"code": "ZZAUTH01", "codes": "ZPHY09"}, False),
        ({"code": "ZZAUTH02"}, False),
        ({"sessions": 6, "amount": Decimal(300)}, True),
        ({"sessions": 5, "amount": Decimal(300)}, False),
    ],
)
def test_the_same_authorisation_is_not_entered_twice_for_a_day(
    insured: Client, typed: dict[str, Any], is_there: bool
) -> None:
    policy = insured.policies.get()
    builders.authorisation(policy, valid_to=date(2026, 12, 24))
    builders.authorisation(policy, "", sessions=6, amount=Decimal("300.00"))
    builders.authorisation(policy, "ZZAUTH02", entered_in_error=True)
    if not is_there:
        policy_services.add_authorisation(acting(insured), policy=policy, details=typed)
        return
    with pytest.raises(Refused, match="is entered already") as refused:
        policy_services.add_authorisation(acting(insured), policy=policy, details=typed)
    assert refused.value.field == "code"
    assert policy.authorisations.count() == 3


def test_a_new_policy_beside_others_needs_its_first_day(insured: Client) -> None:
    details = {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001"}
    with pytest.raises(Refused, match="first day") as refused:
        policy_services.add_policy(acting(insured), client=insured, details=details)
    assert refused.value.field == "valid_from"


def test_a_policy_that_follows_another_begins_after_it(insured: Client) -> None:
    insured.policies.update(valid_from=JOINED)
    with pytest.raises(Refused, match="BUPA ZZ00000001 began on 30 Nov 2026"):
        joins_axa(insured)
    assert insured.policies.count() == 1


@pytest.mark.parametrize("ends", [date(2026, 1, 1), JOINED - timedelta(days=1)])
def test_a_policy_does_not_end_before_it_begins(insured: Client, ends: date) -> None:
    policy = insured.policies.get()
    with pytest.raises(Refused, match="before the first day"):
        policy_services.change_policy(acting(insured), policy=policy, details={"valid_from": JOINED, "valid_to": ends})
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.update(valid_from=JOINED, valid_to=ends)


def test_where_two_fit_a_person_is_asked_with_both(insured: Client) -> None:
    builders.policy(insured, valid_from=JOINED)
    choice = policies.policy_on(insured, JOINED)
    assert choice.policy is None
    assert choice.question == (
        "Two policies are valid on 30 Nov 2026: AXA Health AXA-ZZ000001 from 30 Nov 2026 and BUPA ZZ00000001."
    )


def test_of_a_primary_and_another_one_the_primary_is_billed(insured: Client) -> None:
    other = builders.policy(insured, is_primary=False)
    assert policies.policy_on(insured, JOINED).policy == insured.policies.get(insurer_slug="bupa")
    insured.policies.filter(insurer_slug="bupa").update(valid_to=JOINED)
    assert policies.policy_on(Client.objects.get(pk=insured.pk), JOINED + timedelta(days=1)).policy == other


def test_where_none_fits_a_person_is_asked_with_what_there_is(insured: Client) -> None:
    insured.policies.update(valid_to=JOINED)
    choice = policies.policy_on(insured, JOINED + timedelta(days=1))
    assert choice.policy is None
    assert choice.question == ("No policy is valid on 1 Dec 2026. The client has BUPA ZZ00000001 until 30 Nov 2026.")


def test_a_day_on_which_another_insurer_covers_the_client_is_not_told_as_uncovered(insured: Client) -> None:
    joins_axa(insured)
    choice = policies.policy_with(Client.objects.get(pk=insured.pk), "bupa", [JOINED])
    assert choice.question == (
        "No policy with BUPA is valid on 30 Nov 2026. The client has AXA Health AXA-ZZ000001 from 30 Nov 2026 and "
        "BUPA ZZ00000001 until 29 Nov 2026."
    )


def test_a_client_without_any_policy_pays_and_nobody_is_asked(db: None) -> None:
    choice = policies.policy_on(builders.client(builders.practice(), insurer=""), JOINED)
    assert (choice.policy, choice.question) == (None, "")


def test_what_was_entered_by_mistake_is_kept_and_never_billed(insured: Client) -> None:
    insured.policies.update(entered_in_error=True)
    choice = policies.policy_on(insured, JOINED)
    assert (choice.policy, choice.question, insured.policies.count()) == (None, "", 1)


def test_the_authorisation_is_that_of_the_day(insured: Client) -> None:
    first = builders.authorisation(insured, "ZZAUTH01", valid_to=date(2026, 10, 15))
    second = builders.authorisation(insured, "ZZAUTH02", valid_from=date(2026, 10, 16), valid_to=date(2026, 12, 30))
    policy = insured.policies.get()
    for day, row in ((date(2026, 10, 15), first), (date(2026, 10, 16), second)):
        assert policies.authorisation_for(policy, [Treatment(day)]).authorisation == row
    both = policies.authorisation_for(policy, [Treatment(date(2026, 10, 15)), Treatment(date(2026, 10, 16))])
    assert both.authorisation is None
    assert "ZZAUTH01 on 15 Oct 2026 and ZZAUTH02 on 16 Oct 2026. A claim carries one." in both.question
    late = policies.authorisation_for(policy, [Treatment(date(2026, 12, 31))])
    assert late.question == (
        "No authorisation covers 31 Dec 2026. There is ZZAUTH01 until 15 Oct 2026 and "
        "ZZAUTH02 from 16 Oct 2026 to 30 Dec 2026."
    )


def test_of_two_authorisations_for_two_body_areas_the_codes_say_which_and_else_a_person(insured: Client) -> None:
    knee = builders.authorisation(insured, "ZZKNEE", codes="ZPHY01, ZPHY02")
    back = builders.authorisation(insured, "ZZBACK", codes="ZPHY09")
    policy = insured.policies.get()
    for code, row in (("ZPHY02", knee), ("ZPHY09", back)):
        assert policies.authorisation_for(policy, [Treatment(JOINED, code)]).authorisation == row
    Authorisation.objects.update(codes="")
    asked = policies.authorisation_for(insured.policies.get(), [Treatment(JOINED, "ZPHY02")])
    assert asked.question == "Several authorisations cover 30 Nov 2026: ZZKNEE and ZZBACK."


def test_edit_details_follows_a_policy_with_a_new_one_that_has_no_authorisation_of_the_old(insured: Client) -> None:
    known = builders.authorisation(insured)
    details = {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001", "valid_from": JOINED}
    edit = CoverEdit(details=details, policy=known.policy, authorisation=known, is_new_policy=True)
    policy_services.save_cover(acting(insured), client=insured, edit=edit)
    new = insured.policies.get(insurer_slug="axa-health")
    assert not new.authorisations.exists()
    known.refresh_from_db()
    assert (known.code, known.policy.insurer_slug) == ("ZZAUTH01", "bupa")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "left"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 1), Decimal("30.00")),
        (date(2027, 2, 28), Decimal("30.00")),
        (date(2027, 3, 1), Decimal("100.00")),
        (date(2029, 1, 1), Decimal("100.00")),
    ],
)
def test_what_is_left_of_the_excess_is_that_of_the_policy_year(day: date, left: Decimal | None) -> None:
    policy = Policy(excess=Decimal(100), excess_left=Decimal(30), policy_year_from=date(2026, 3, 1))
    assert excess_left_on(policy, day) == left


def test_former_policy_years_keep_what_was_used_and_can_still_be_taken_from(insured: Client) -> None:
    insured.policies.update(excess=100, excess_left=60, policy_year_from=date(2024, 12, 1))
    policy = insured.policies.get()
    use_excess(acting(insured), policy=policy, amount=Decimal(40), on=date(2025, 12, 2))
    use_excess(acting(insured), policy=policy, amount=Decimal(10), on=date(2025, 1, 2))
    policy.refresh_from_db()
    assert excess_left_on(policy, date(2025, 11, 30)) == 50
    years = excess_by_year(policy, date(2026, 12, 5))
    assert [(one.begins.year, one.excess, one.used, one.left) for one in years] == [
        (2026, 100, 0, 100),
        (2025, 100, 40, 60),
        (2024, 100, 50, 50),
    ]
    assert (years[1].begins, years[1].ends) == (date(2025, 12, 1), date(2026, 11, 30))


@pytest.mark.parametrize(("begins", "kept"), [(date(2026, 5, 1), []), (date(2026, 12, 1), [date(2025, 12, 1)])])
def test_a_new_policy_year_that_is_entered_keeps_the_former_one_and_a_day_put_right_does_not(
    insured: Client, begins: date, kept: list[date]
) -> None:
    insured.policies.update(excess=100, excess_left=30, policy_year_from=date(2025, 12, 1))
    details = {"policy_year_from": begins, "excess": Decimal(200), "excess_left": Decimal(200)}
    policy = policy_services.change_policy(acting(insured), policy=insured.policies.get(), details=details)
    assert [(row.begins, row.excess, row.excess_left) for row in policy.years.all()] == [(on, 100, 30) for on in kept]
    assert excess_by_year(Policy(excess=Decimal(5)), date(2026, 12, 5)) == []


def test_an_excess_taken_in_a_new_policy_year_begins_that_year(insured: Client) -> None:
    insured.policies.update(excess=100, excess_left=0, policy_year_from=date(2025, 12, 1))
    policy = insured.policies.get()
    use_excess(acting(insured), policy=policy, amount=Decimal(40), on=date(2026, 11, 30))
    policy.refresh_from_db()
    assert policy.excess_left == 0
    use_excess(acting(insured), policy=policy, amount=Decimal(40), on=date(2026, 12, 1))
    policy.refresh_from_db()
    assert (policy.excess_left, policy.policy_year_from) == (Decimal(60), date(2026, 12, 1))


@given(
    periods=st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS, st.booleans()), max_size=4),
    day=DAYS,
)
def test_whatever_the_policies_one_is_chosen_only_where_it_alone_fits(
    periods: list[tuple[date | None, date | None, bool]], day: date
) -> None:
    rows = [
        Policy(pk=number, insurer_slug="bupa", valid_from=begins, valid_to=ends, is_primary=primary)
        for number, (begins, ends, primary) in enumerate(periods)
    ]
    fits = [one for one in rows if (one.valid_from or day) <= day <= (one.valid_to or day)]
    primary = [one for one in fits if one.is_primary] or fits
    choice = policies.policy_for(rows, [day])
    assert choice.policy == (primary[0] if len(primary) == 1 else None)
    assert bool(choice.question) == (bool(rows) and len(primary) != 1)
