"""A merge is taken apart: both records are as they were, and what was done since is kept and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.bill.problem import Refused
from clearbill.claims.core import services as core_services
from clearbill.clients import policy_services, queries
from clearbill.clients import services as clients
from clearbill.clients.member_answers import MemberListAnswer
from clearbill.clients.merges import ClientMerge
from clearbill.clients.models import Client, ClientDiagnosis, Policy
from clearbill.clients.services import ChosenDiagnosis
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.client_merge import taking_apart
from clearbill.invoicing.client_merge.comparison import GROUPS, overlaps
from clearbill.invoicing.client_merge.services import SAME, MergeChoices, merge
from clearbill.invoicing.models import Mailing
from clearbill.people.models import AuditEntry
from tests import builders
from tests.claims.desk import Desk
from tests.examples import examples
from tests.invoicing.client_merge.records import Records, stored

pytestmark = pytest.mark.django_db

NAMES = st.sampled_from(["", "Ann", "Zoë", "O’Neill", "Ngũgĩ"])
DAYS = st.one_of(st.none(), st.integers(-400, 400).map(lambda days: builders.TODAY + timedelta(days=days)))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["", "Mr", "Dr"]),
    "first_name": NAMES,
    "other_names": NAMES,
    "birth_date": st.one_of(st.none(), st.just(date(1985, 4, 12)), st.just(date(1958, 4, 12))),
    "sex": st.sampled_from(["", "F", "M"]),
    "phone": st.sampled_from(["", "020 7946 0001", "020 7946 0002"]),
    "email": st.sampled_from(["", "one@example.org", "two@example.org"]),
    "address_1": st.sampled_from(["", "1 Old Road", "2 New Road"]),
    "address_2": st.sampled_from(["", "Flat 3"]),
    "postcode": st.sampled_from(["", "ZZ1 1ZZ"]),
    "notes": st.sampled_from(["", "One", "Two"]),
    "archived_at": st.sampled_from([None, builders.NOW + timedelta(microseconds=17)]),
}
POLICY = st.fixed_dictionaries(
    {
        "insurer": st.sampled_from(["bupa", "aviva"]),
        "number": st.sampled_from(["ZZ00000001", "ZZ 00000001", "AV0002"]),
        "days": st.tuples(DAYS, DAYS).map(lambda pair: pair if None in pair or pair[0] <= pair[1] else pair[::-1]),  # type: ignore[operator]
        "scheme": st.sampled_from(["", "Gold"]),
        "is_primary": st.booleans(),
        "entered_in_error": st.sampled_from([False, False, True]),
        "authorisations": st.integers(0, 2),
        "is_chosen": st.booleans(),
        "excess_left": st.sampled_from([None, 0, 150]),
        "policy_year_from": st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 1), date(2025, 1, 1)]),
        "years": st.sets(st.sampled_from([2022, 2023, 2024])),
    }
)
RECORD = st.fixed_dictionaries(
    {
        "fields": st.fixed_dictionaries(FIELDS),
        "policies": st.lists(POLICY, max_size=3),
        "codes": st.lists(st.sampled_from(["M54.5", "S13.4", "M75.0"]), unique=True, max_size=3),
        "visits": st.integers(0, 2),
        "invoices": st.integers(0, 2),
    }
)


def fill(records: Records, row: Client, told: dict[str, Any]) -> None:
    """Give the record what was drawn for it."""
    row.policies.all().delete()
    row.diagnoses.all().delete()
    clients.change(
        records.actor,
        client=row,
        details=told["fields"],
        diagnoses=[ChosenDiagnosis(code=code, title="A diagnosis") for code in told["codes"]],
    )
    visits = [records.visit(row, days_ago=days) for days in range(1, told["visits"] + 1)]
    invoices = [records.invoice(row, visit) for visit in [*visits, None, None][: told["invoices"]]]
    for one in told["policies"]:
        begins, ends = one["days"]
        names = ("scheme", "is_primary", "entered_in_error", "excess_left", "policy_year_from")
        given = {"valid_from": begins, "valid_to": ends, **{name: one[name] for name in names}}
        policy = builders.policy(row, one["insurer"], one["number"], **given)
        for year in one["years"]:
            policy.years.create(begins=date(year, 1, 1), excess=200, excess_left=one["excess_left"])
        authorised = [builders.authorisation(policy, f"ZZ{place}") for place in range(one["authorisations"])]
        if one["is_chosen"] and invoices:
            chosen = {"policy": policy, "authorisation": authorised[0] if authorised else None}
            type(invoices[0]).objects.filter(pk=invoices[0].pk).update(insurer_slug=one["insurer"], **chosen)
    answer = {"insurer_slug": "bupa", "membership_number": "ZZ1", "outcome": "match", "sentence": "Yes."}
    MemberListAnswer.objects.create(practice=records.practice, client=row, asked_at=builders.NOW, **answer)
    sent = {"kind": Mailing.STATEMENT, "label": "A statement", "to": "a@example.org", "started_at": builders.NOW}
    Mailing.objects.create(practice=records.practice, subject_id=str(row.pk), **sent)


@given(
    first=RECORD,
    second=RECORD,
    taken=st.sets(st.sampled_from(sorted(GROUPS))),
    keeps_both_notes=st.booleans(),
    settled=st.lists(st.sampled_from(["ask", "first", "second", "same"]), min_size=9, max_size=9),
)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_two_records_hold_they_are_the_same_again_row_by_row(
    first: dict[str, Any], second: dict[str, Any], taken: set[str], keeps_both_notes: bool, settled: list[str]
) -> None:
    with transaction.atomic():
        records = Records()
        fill(records, records.first, first)
        fill(records, records.second, second)
        pairs = overlaps(records.first, records.second)
        choices = MergeChoices(
            taken=frozenset(taken),
            keeps_both_notes=keeps_both_notes,
            policies={pair.name: choice for pair, choice in zip(pairs, settled, strict=False)},
        )
        before, made, refusal = stored(), None, ""
        try:
            made = merge(records.actor, survivor=records.first, merged=records.second, choices=choices)
        except Refused as refused:
            refusal = str(refused)
        if made is None:
            assert "in two policy years" in refusal
            assert stored() == before
            transaction.set_rollback(True)
            return
        assert stored() != before
        assert not records.second.policies.exists()
        done = taking_apart.take_apart(records.actor, merge=made)
        assert (done.kept, done.along) == ([], [])
        assert stored() == before
        transaction.set_rollback(True)


def test_what_was_changed_of_the_days_or_the_excess_of_a_united_policy_stays_whole() -> None:
    records = Records(insurer="bupa", membership_number="ZZ00000001")
    [kept], [twin] = records.first.policies.all(), records.second.policies.all()
    Policy.objects.filter(pk=kept.pk).update(valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31))
    given = {"valid_from": date(2026, 3, 1), "valid_to": date(2026, 12, 31)}
    Policy.objects.filter(pk=twin.pk).update(policy_year_from=date(2026, 1, 1), excess=200, excess_left=150, **given)
    [pair] = overlaps(records.first, records.second)
    choices = MergeChoices(policies={pair.name: SAME})
    made = merge(records.actor, survivor=records.first, merged=records.second, choices=choices)
    changed = {"valid_from": date(2026, 6, 1), "excess_left": 50}
    policy_services.change_policy(records.actor, policy=kept, details=changed)
    done = apart(records, made)
    kept.refresh_from_db()
    assert (kept.valid_from, kept.valid_to) == (date(2026, 6, 1), date(2026, 12, 31))
    assert (kept.policy_year_from, kept.excess, kept.excess_left) == (date(2026, 1, 1), 200, 50)
    assert done.kept == ["Cover valid from of BUPA ZZ00000001", "Excess still to pay of BUPA ZZ00000001"]


def merged(**second: Any) -> tuple[Records, ClientMerge]:
    records = Records(**second)
    records.visit(records.second)
    choices = MergeChoices(taken=frozenset({"email", "address"}))
    made = merge(records.actor, survivor=records.first, merged=records.second, choices=choices)
    records.refresh()
    return records, made


def apart(records: Records, made: ClientMerge) -> taking_apart.Plan:
    done = taking_apart.take_apart(records.actor, merge=made)
    records.refresh()
    return done


def test_both_are_found_again_and_the_trail_tells_of_it() -> None:
    records, made = merged()
    done = apart(records, made)
    assert done.goes_back == "1 appointment"
    rows = queries.clients(records.practice, queries.ClientFilter(text="Testa"))
    assert sorted(row.number for row in rows) == ["P-00001", "P-00002"]
    actions = set(AuditEntry.objects.values_list("subject_id", "action"))
    assert (str(records.first.pk), "took another record out of the client") in actions
    assert (str(records.second.pk), "took the record out of another one") in actions


def test_what_was_changed_since_stays_and_is_told() -> None:
    records, made = merged(address_1="2 New Road")
    details = {"email": "newer@example.org", "address_2": "Flat 4"}
    clients.change(records.actor, client=records.first, details=details, diagnoses=[ChosenDiagnosis(code="S13.4")])
    done = apart(records, made)
    assert done.kept == ["Address", "E-mail"]
    assert (records.first.email, records.first.address_1) == ("newer@example.org", "2 New Road")
    assert (records.second.email, records.second.address_1) == ("testa@example.org", "2 New Road")


def test_diagnosis_codes_go_back_unless_the_list_was_changed() -> None:
    for changed in ([], [ChosenDiagnosis(code="G44.2")]):
        records = Records()
        ClientDiagnosis.objects.create(client=records.second, position=1, code="S13.4")
        made = merge(records.actor, survivor=records.first, merged=records.second, choices=MergeChoices())
        codes = [ChosenDiagnosis(code=code) for code in ("M54.5", "S13.4")]
        clients.change(records.actor, client=records.first, details={"phone": "1"}, diagnoses=[*codes, *changed])
        done = apart(records, made)
        now = [one.code for one in records.first.diagnoses.all()]
        assert (now, done.kept) == ((["M54.5", "S13.4", "G44.2"], ["Diagnosis codes"]) if changed else (["M54.5"], []))
        assert [one.code for one in records.second.diagnoses.all()] == ["S13.4"]


def test_what_was_added_since_stays_with_the_record_that_stood_for_both() -> None:
    records, made = merged()
    added = records.visit(records.first, days_ago=3)
    invoice = records.invoice(records.first, added)
    policy = policy_services.add_policy(
        records.actor,
        client=records.first,
        details={"insurer_slug": "aviva", "membership_number": "AV0001", "valid_from": date(2027, 1, 1)},
    )
    done = apart(records, made)
    assert done.stays == "1 invoice, 1 insurance policy and 1 appointment"
    for row in (added, invoice, policy):
        row.refresh_from_db()
        assert row.client == records.first


def test_an_invoice_made_since_goes_with_the_visit_that_it_is_for() -> None:
    records, made = merged(insurer="aviva", membership_number="AV0001")
    records.first.policies.exclude(insurer_slug="aviva").delete()
    [visit] = records.first.appointments.all()
    invoice = invoicing.invoice_appointments(records.actor, appointments=[visit])
    share = records.invoice(records.first, share_of=invoice, insurer_slug="")
    done = apart(records, made)
    assert [one.number for one in done.along] == [invoice.number, share.number]
    for row in (visit, invoice, share):
        row.refresh_from_db()
        assert row.client == records.second


def test_an_invoice_made_since_under_the_policy_that_goes_back_goes_with_it() -> None:
    records = Records(insurer="aviva", membership_number="AV0001")
    records.first.policies.all().delete()
    made = merge(records.actor, survivor=records.first, merged=records.second, choices=MergeChoices())
    under_it = records.invoice(records.first, insurer_slug="aviva")
    to_the_client = records.invoice(records.first, insurer_slug="")
    done = apart(records, made)
    assert [one.number for one in done.along] == [under_it.number]
    under_it.refresh_from_db()
    to_the_client.refresh_from_db()
    assert (under_it.client, to_the_client.client) == (records.second, records.first)


def test_an_invoice_for_the_visit_of_one_under_the_policy_of_the_other_stands_in_the_way() -> None:
    records, made = merged()
    invoicing.invoice_appointments(records.actor, appointments=list(records.first.appointments.all()))
    with pytest.raises(Refused, match="for something of both records"):
        taking_apart.take_apart(records.actor, merge=made)


def test_an_invoice_for_visits_of_both_stands_in_the_way_until_it_is_void() -> None:
    records, made = merged()
    own = records.visit(records.first, days_ago=2)
    [visit] = records.first.appointments.exclude(pk=own.pk)
    invoice = invoicing.invoice_appointments(records.actor, appointments=[own, visit])
    before = stored()
    with pytest.raises(Refused, match=f"Invoice {invoice.number} asks for something of both records. Void it first"):
        taking_apart.take_apart(records.actor, merge=made)
    assert stored() == before
    invoicing.void(records.actor, invoice=invoice, reason="Of two people")
    apart(records, made)
    visit.refresh_from_db()
    assert visit.client == records.second
    with pytest.raises(Refused, match="another client’s"):
        invoicing.restore(records.actor, invoice=invoice)


def test_a_claim_made_since_is_submitted_or_cancelled_first_and_one_of_before_stands_in_nobodys_way() -> None:
    desk = Desk()
    first, second = (desk.created(), desk.created())
    clients_of = [Client.objects.get(pk=claim.invoice.client_id) for claim in (first, second)]
    made = merge(desk.actor(), survivor=clients_of[0], merged=clients_of[1], choices=MergeChoices())
    assert taking_apart.plan(made).refusal == ""
    core_services.rebuild(desk.actor(), claim=second)
    with pytest.raises(
        Refused, match=f"Claim {second.number} was made or changed since the merge and not submitted yet"
    ):
        taking_apart.take_apart(desk.actor(), merge=made)
    core_services.cancel(desk.actor(), claim=second)
    taking_apart.take_apart(desk.actor(), merge=made)


def _merged_on(records: Records) -> None:
    third = builders.client(records.practice, number="P-00003", insurer="")
    merge(records.actor, survivor=third, merged=records.first, choices=MergeChoices())


def _another_into_it(records: Records) -> None:
    third = builders.client(records.practice, number="P-00003", insurer="")
    merge(records.actor, survivor=records.first, merged=third, choices=MergeChoices())


def _apart_already(records: Records) -> None:
    taking_apart.take_apart(records.actor, merge=ClientMerge.objects.get())


@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        (_merged_on, "P-00001 itself was merged into P-00003 since. Take that merge apart first."),
        (_another_into_it, "P-00003 was merged into P-00001 later. Take that merge apart first."),
        (_apart_already, "This merge was taken apart on "),
    ],
)
def test_merges_are_taken_apart_in_turn_and_once(since: Callable[[Records], None], sentence: str) -> None:
    records, made = merged()
    since(records)
    before = stored()
    with pytest.raises(Refused, match=sentence):
        taking_apart.take_apart(records.actor, merge=ClientMerge.objects.get(pk=made.pk))
    assert stored() == before


def test_several_merges_taken_apart_from_the_last_leave_every_record_as_it_was() -> None:
    records = Records(insurer="aviva", membership_number="AV0001")
    third = builders.client(records.practice, number="P-00003", insurer="axa-health", email="third@example.org")
    before = stored()
    takes = MergeChoices(taken=frozenset({"email"}))
    inner = merge(records.actor, survivor=records.first, merged=records.second, choices=takes)
    outer = merge(records.actor, survivor=third, merged=records.first, choices=takes)
    assert Policy.objects.filter(client=third).count() == 3
    for made in (outer, inner):
        taking_apart.take_apart(records.actor, merge=made)
    assert stored() == before
