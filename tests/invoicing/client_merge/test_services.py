"""Two records of one person become one: what moves, which values stay, and where it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from clearbill.appointments import services as appointments
from clearbill.bill.problem import Refused
from clearbill.clients import merges, policies, policy_services, queries
from clearbill.clients import services as clients
from clearbill.clients.merges import MergedAway, survivor_of
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.client_merge.comparison import compare, overlaps, version
from clearbill.invoicing.client_merge.services import FIRST_COUNTS, SAME, SECOND_COUNTS, MergeChoices, merge
from clearbill.invoicing.drafts import InvoiceDraft, line_for
from clearbill.invoicing.models import Invoice, IssuedPaper, Mailing
from clearbill.invoicing.papers import issued, statements
from clearbill.people.models import AuditEntry
from clearbill.workspace.pricing import PriceBook
from tests import builders
from tests.claims.desk import Desk
from tests.invoicing.client_merge.records import Records

pytestmark = pytest.mark.django_db


def both_to_first(records: Records, **chosen: object) -> None:
    choices = MergeChoices(**chosen)  # type: ignore[arg-type]
    merge(records.actor, survivor=records.first, merged=records.second, choices=choices)
    records.refresh()


def found(records: Records, text: str, state: str = "all") -> list[str]:
    rows = queries.clients(records.practice, queries.ClientFilter(text=text, state=state))
    return [row.number for row in rows]


def test_all_that_belongs_to_the_one_belongs_to_the_other_afterwards() -> None:
    records = Records(insurer="aviva", membership_number="AV0001")
    visit = records.visit(records.second)
    invoice = records.invoice(records.second, visit)
    sent = {"kind": Mailing.STATEMENT, "label": "A statement", "to": "a@example.org", "started_at": builders.NOW}
    Mailing.objects.create(practice=records.practice, subject_id=str(records.second.pk), **sent)
    both_to_first(records)
    for row in (visit, invoice):
        row.refresh_from_db()
    assert {visit.client, invoice.client} == {records.first}
    assert {one.insurer_slug for one in records.first.policies.all()} == {"bupa", "aviva"}
    assert Mailing.objects.get().subject_id == str(records.first.pk)
    assert (records.second.merged_into, records.first.merged_into) == (records.first, None)


def test_the_record_that_went_away_is_found_by_its_old_number_only_and_leads_to_the_other() -> None:
    records = Records(last_name="Formerly", email="old@example.org")
    both_to_first(records)
    assert found(records, "P-00002") == found(records, "2") == ["P-00001"]
    assert found(records, "Formerly") == found(records, "old@example.org") == []
    assert found(records, "") == ["P-00001"]
    assert [row.number for row in queries.find_clients(records.practice, "Testa").rows] == ["P-00001"]
    assert survivor_of(records.second) == records.first


def test_a_number_leads_through_several_merges() -> None:
    records = Records()
    third = builders.client(records.practice, number="P-00003", insurer="")
    both_to_first(records)
    merge(records.actor, survivor=third, merged=records.first, choices=MergeChoices())
    assert found(records, "P-00002") == found(records, "P-00001") == ["P-00003"]
    assert survivor_of(records.second) == third


def test_the_person_chooses_each_value_and_an_address_as_a_whole() -> None:
    records = Records(phone="020 7946 0002", address_1="2 New Road", address_2="Flat 3", postcode="ZZ2 2ZZ", notes="B")
    Client.objects.filter(pk=records.first.pk).update(address_3="Old Town", notes="A")
    both_to_first(records, taken=frozenset({"address", "email"}), keeps_both_notes=True)
    row = records.first
    assert (row.address_1, row.address_2, row.address_3, row.postcode) == ("2 New Road", "Flat 3", "", "ZZ2 2ZZ")
    assert (row.phone, row.email, row.notes) == ("020 7946 0001", "testa@example.org", "A\n\nB")


def test_what_was_changed_later_is_proposed_and_never_an_empty_value() -> None:
    records = Records(phone="020 7946 0002")
    clients.change(records.actor, client=records.first, details={"sex": "O"}, diagnoses=[])
    clients.change(records.actor, client=records.second, details={"phone": "020 7946 0003"}, diagnoses=[])
    proposed = {one.name: one.takes_second for one in compare(records.first, records.second) if one.differs}
    assert proposed == {"email": True, "phone": True, "sex": False}


def test_notes_that_are_too_long_together_are_refused_and_nothing_is_changed() -> None:
    records = Records(notes="b" * 3000)
    Client.objects.filter(pk=records.first.pk).update(notes="a" * 3000)
    with pytest.raises(Refused, match="longer than 4,000 characters"):
        both_to_first(records, keeps_both_notes=True)
    assert Client.objects.get(pk=records.second.pk).merged_into is None


def test_a_current_record_makes_an_archived_one_current() -> None:
    records = Records()
    Client.objects.filter(pk=records.first.pk).update(archived_at=builders.NOW)
    both_to_first(records)
    assert records.first.archived_at is None


def test_the_diagnosis_codes_of_both_are_kept_and_the_first_stays_primary() -> None:
    records = Records()
    for place, code in enumerate(["S13.4", "M54.5"], 1):
        ClientDiagnosis.objects.create(client=records.second, position=place, code=code)
    both_to_first(records)
    assert [one.code for one in records.first.diagnoses.all()] == ["M54.5", "S13.4"]
    assert [one.code for one in records.second.diagnoses.all()] == ["S13.4", "M54.5"]


def test_a_policy_that_was_entered_twice_is_one_policy_with_all_its_authorisations() -> None:
    records = Records(insurer="bupa", membership_number="ZZ 00000001")
    [kept], [twin] = records.first.policies.all(), records.second.policies.all()
    Policy.objects.filter(pk=twin.pk).update(scheme="Gold")
    authorised = builders.authorisation(twin)
    [pair] = overlaps(records.first, records.second)
    assert pair.is_same
    both_to_first(records, policies={pair.name: SAME})
    assert policies.policies_of(records.first) == [kept]
    assert Authorisation.objects.get(pk=authorised.pk).policy == kept
    assert Policy.objects.get(pk=kept.pk).scheme == "Gold"
    assert Policy.objects.get(pk=twin.pk).entered_in_error


@pytest.mark.parametrize(("choice", "billed"), [(FIRST_COUNTS, "bupa"), (SECOND_COUNTS, "aviva"), ("ask", None)])
def test_of_two_policies_of_the_same_days_one_counts_or_each_visit_is_asked_about(
    choice: str, billed: str | None
) -> None:
    records = Records(insurer="aviva", membership_number="AV0001")
    [pair] = overlaps(records.first, records.second)
    assert not pair.is_same
    both_to_first(records, policies={pair.name: choice})
    chosen = policies.policy_on(records.first, builders.TODAY)
    assert (chosen.policy.insurer_slug if chosen.policy else None) == billed
    assert chosen.question.startswith("Two policies are valid") == (billed is None)


def test_policies_of_different_days_and_other_ones_do_not_overlap() -> None:
    records = Records()
    Policy.objects.filter(client=records.first).update(valid_to=date(2026, 10, 31))
    builders.policy(records.second, valid_from=date(2026, 11, 1))
    builders.policy(records.second, "aviva", "AV0001", is_primary=False)
    assert overlaps(records.first, records.second) == []


def test_a_claim_keeps_what_it_was_made_with_and_goes_out_so() -> None:
    desk = Desk()
    sent, waiting = desk.submitted(), desk.created()
    other = builders.client(desk.practice, last_name="Other", insurer="")
    for claim in (sent, waiting):
        client = Client.objects.get(pk=claim.invoice.client_id)
        merge(desk.actor(), survivor=other, merged=client, choices=MergeChoices())
    for claim in (sent, waiting):
        bill = claim.bill
        claim.refresh_from_db()
        assert claim.bill == bill
        assert claim.bill["patient"]["patient_last_name"] == "Sample"
        assert claim.invoice.client == other
    assert (sent.is_stale, waiting.is_stale) == (False, True)
    assert desk.send()
    assert desk.house.sent == 1


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    records = Records()
    elsewhere = builders.client(builders.practice("Hillside Psychology"))
    with pytest.raises(Refused, match="This is the same record"):
        merge(records.actor, survivor=records.first, merged=records.first, choices=MergeChoices())
    with pytest.raises(Refused, match="of different practices"):
        merge(records.actor, survivor=records.first, merged=elsewhere, choices=MergeChoices())
    both_to_first(records)
    for survivor, merged in ((records.first, records.second), (records.second, records.first)):
        with pytest.raises(MergedAway, match=r"merged with another one of the same person: Ms Testa Sample, P-00001"):
            merge(records.actor, survivor=survivor, merged=merged, choices=MergeChoices())


def test_a_record_that_was_changed_meanwhile_is_shown_once_more() -> None:
    records = Records()
    shown = version(records.first, records.second)
    assert shown == version(records.second, records.first)
    [policy] = records.first.policies.all()
    policy_services.change_policy(records.actor, policy=policy, details={"scheme": "Gold"})
    with pytest.raises(Refused, match="was changed after you opened this page"):
        both_to_first(records, shown=shown)
    both_to_first(records, shown=version(records.first, records.second))


def test_nothing_is_added_to_a_record_that_went_away() -> None:
    records = Records()
    visit = records.visit(records.second)
    both_to_first(records)
    planned = appointments.Visit(
        client=records.second,
        practitioner=records.practitioner,
        service=records.service,
        site=None,
        starts_at=builders.NOW,
        minutes=30,
        note="",
    )
    draft = InvoiceDraft(
        client=records.second,
        practitioner=records.practitioner,
        site=None,
        insurer_slug="",
        issued_on=builders.TODAY,
    )
    line = replace(line_for(visit, "", PriceBook(records.practice)), appointment=None)
    acts = [
        lambda: appointments.book(records.actor, visit=planned),
        lambda: appointments.move(records.actor, appointment=visit, starts_at=visit.starts_at, minutes=30),
        lambda: invoicing.create(records.actor, draft=draft, lines=[line]),
        lambda: clients.change(records.actor, client=records.second, details={"phone": "1"}, diagnoses=[]),
        lambda: clients.archive(records.actor, client=records.second),
        lambda: clients.unarchive(records.actor, client=records.second),
        lambda: policy_services.add_policy(records.actor, client=records.second, details={}),
    ]
    for act in acts:
        with pytest.raises(MergedAway):
            act()
    assert not Invoice.objects.exists()
    assert not Policy.objects.filter(client=records.second).exists()


def test_what_was_given_out_to_a_record_that_went_away_is_found_with_the_other() -> None:
    records = Records()
    whole = statements.statement(records.practice, records.second, first_on=builders.TODAY, last_on=builders.TODAY)
    kept = issued.issue_statement(records.actor, whole)
    both_to_first(records)
    ids = merges.keys_of_person(records.first)
    assert ids == [records.first.pk, records.second.pk]
    assert list(issued.of_subject(records.practice, IssuedPaper.STATEMENT, *ids)) == [kept]


def test_both_records_tell_of_it_in_the_audit_trail() -> None:
    records = Records()
    records.visit(records.second)
    both_to_first(records, taken=frozenset({"email"}))
    told = {entry.subject_id: entry for entry in AuditEntry.objects.all()}
    mine, its = told[str(records.first.pk)], told[str(records.second.pk)]
    assert mine.action == "merged another record into the client"
    assert mine.changes["email"] == ["", "testa@example.org"]
    assert mine.changes["moved"] == "1 appointment"
    assert its.changes == {"record": "Ms Testa Sample, P-00001"}
    assert merges.standing_merges(records.first).get().by == records.membership.user
