from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clearbill.clients.models import Authorisation
from clearbill.people.actor import Actor
from clearbill.people.audit.queries import last_change
from clearbill.people.models import AuditEntry, AuditIsAppendOnly, Role
from tests import builders

pytestmark = pytest.mark.django_db


def entry(member, action, *, minutes=0, changes=None, by="member"):
    Actor(member.practice, member.user if by == "member" else None, builders.NOW + timedelta(minutes=minutes)).audit(
        action, member.practice, changes=changes
    )


def test_the_trail_shows_who_did_what_with_before_and_after_newest_first():
    member = builders.member(builders.practice())
    entry(member, "changed the first thing", changes={"invoice_prefix": ["CB", "RP"], "seen": [True, False]})
    entry(member, "changed the second thing", minutes=5, changes={"outcome": "all well"}, by="clearbill")
    page = builders.signed_in(member).get("/settings/audit").content.decode()
    assert page.index("Changed the second thing") < page.index("Changed the first thing")
    assert "<del>CB</del>" in page
    assert "<ins>RP</ins>" in page
    assert "<del>yes</del>" in page
    assert "<ins>all well</ins>" in page
    assert "10 Nov 2026 09:05" in page


def test_the_trail_is_filtered_by_person_and_kind_and_ignores_nonsense():
    member = builders.member(builders.practice())
    entry(member, "did it in person")
    entry(member, "did it by itself", by="clearbill")
    browser = builders.signed_in(member)
    mine = browser.get(f"/settings/audit?person={member.user_id}").content.decode()
    assert "Did it in person" in mine
    assert "Did it by itself" not in mine
    its_own = browser.get("/settings/audit?person=clearbill&kind=practice").content.decode()
    assert "Did it by itself" in its_own
    assert "Did it in person" not in its_own
    assert "Nobody did anything of this kind yet" in browser.get("/settings/audit?kind=claim").content.decode()
    assert "Did it in person" in browser.get("/settings/audit?person=%27--&kind=%00&page=zzz").content.decode()


def test_the_trail_of_another_practice_is_not_shown():
    theirs = builders.member(builders.practice("Beech Rooms"))
    entry(theirs, "did something secret")
    mine = builders.signed_in(builders.member(builders.practice("Alder Rooms")))
    assert "secret" not in mine.get("/settings/audit").content.decode()
    assert "secret" not in mine.get(f"/settings/audit?person={theirs.user_id}").content.decode()


def test_the_trail_is_for_those_who_may_see_it_and_can_only_be_read():
    practice = builders.practice()
    assert builders.signed_in(builders.member(practice, Role.ACCOUNTANT)).get("/settings/audit").status_code == 200
    assert builders.signed_in(builders.member(practice, Role.RECEPTIONIST)).get("/settings/audit").status_code == 403
    assert builders.signed_in(builders.member(practice)).post("/settings/audit").status_code == 405


def test_the_trail_has_pages_and_asks_the_database_the_same_for_2_as_for_60_entries():
    member = builders.member(builders.practice())
    browser = builders.signed_in(member)
    entry(member, "step")
    entry(member, "step")
    with CaptureQueriesContext(connection) as few:
        browser.get("/settings/audit")
    for number in range(60):
        entry(member, f"step {number}", minutes=number)
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/settings/audit").content.decode()
    assert len(few) == len(many)
    assert "1 to 50 of 62" in page
    assert "51 to 62 of 62" in browser.get("/settings/audit?page=2").content.decode()


def _changed_in_place(entry):
    entry.action = "did something else"
    entry.save()


@pytest.mark.parametrize(
    "change",
    [
        _changed_in_place,
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(by_name="Somebody else"),
        lambda entry: AuditEntry.objects.filter(practice=entry.practice).delete(),
        lambda entry: AuditEntry.objects.bulk_update([entry], ["changes"]),
        lambda entry: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"action": "did something else"}),
    ],
    ids=["save", "delete", "update", "delete many", "bulk_update", "update_or_create"],
)
def test_an_entry_of_the_trail_can_neither_be_changed_nor_removed(change):
    member = builders.member(builders.practice())
    entry(member, "changed the first thing", changes={"invoice_prefix": ["CB", "RP"]})
    written = AuditEntry.objects.values().get()
    with pytest.raises(AuditIsAppendOnly), transaction.atomic():
        change(AuditEntry.objects.get())
    assert AuditEntry.objects.values().get() == written


def test_an_entry_is_written_once_and_another_one_beside_it():
    member = builders.member(builders.practice())
    entry(member, "changed the first thing")
    entry(member, "changed the second thing", minutes=5)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [
        "changed the second thing",
        "changed the first thing",
    ]


def test_the_last_change_of_a_row_is_not_that_of_another_kind_with_the_same_number():
    member = builders.member(builders.practice())
    policy = builders.client(member.practice).policies.get()
    authorisation = Authorisation.objects.create(pk=policy.pk, policy=policy, code="ZZAUTH01")
    actor = Actor(member.practice, member.user, builders.NOW)
    actor.audit("changed the authorisation", authorisation, changes={"valid_to": [None, "2026-12-01"]})
    assert last_change([policy], since=builders.NOW, field="valid_to") is None
    assert last_change([authorisation], since=builders.NOW, field="valid_to").action == "changed the authorisation"
