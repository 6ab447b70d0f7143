"""A client's policies and authorisations: shown, added, changed, and what Edit Details asks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.claims.core import services as core_services
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, Role
from tests import builders
from tests.web.clients.forms_typed import edit_page

pytestmark = pytest.mark.django_db
LONG_AGO, BEFORE = date(2020, 1, 1), date(2019, 12, 31)
AXA = {"insurer_slug": "axa-health", "membership_number": "AXA-ZZ000001", "authorisation_code": ""}
NEW_POLICY = {
    "insurer_slug": "axa-health",
    "membership_number": "AXA-ZZ000001",
    "valid_from": "1 Jan 2020",
    "is_primary": "primary",
}


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def client(practice: Practice) -> Client:
    return builders.client(practice)


@pytest.fixture
def desk(practice: Practice) -> Browser:
    return builders.signed_in(builders.member(practice, Role.RECEPTIONIST))


def edited(desk: Browser, client: Client, **typed: Any) -> Any:
    known = {"membership_number": "ZZ00000001", "authorisation_code": ""}
    return desk.post(f"/clients/{client.pk}/edit", edit_page(**{**known, **typed}))


def page(desk: Browser, client: Client) -> str:
    return " ".join(desk.get(f"/clients/{client.pk}").content.decode().split())


def test_ended_and_present_policies_are_shown_with_what_was_authorised_and_used(
    practice: Practice, client: Client, desk: Browser
) -> None:
    client.policies.update(valid_to=BEFORE)
    present = builders.policy(client, valid_from=LONG_AGO, holder_name="Robin Sample", holder_relation="Child")
    builders.authorisation(present, sessions=2, body_area="Left knee", contact="Ann at AXA")
    builders.appointment(practice, client=client)
    said = page(desk, client)
    assert said.index("Valid today") < said.index("Ended")
    for words in (
        "until 31 Dec 2019",
        "from 1 Jan 2020",
        "ZZ00000001",
        "AXA-ZZ000001",
        "Robin Sample (the client is the holder’s child)",
        "1 of 2 sessions used, 0 booked, 1 left",
        "Left knee",
        "Ann at AXA",
    ):
        assert words in said


def test_a_policy_is_added_on_its_own_page_and_the_one_before_ends(client: Client, desk: Browser) -> None:
    bupa = client.policies.get()
    shown = desk.get(f"/clients/{client.pk}/policies/new").content.decode()
    assert "BUPA ZZ00000001: it ends the day before" in shown
    answer = desk.post(f"/clients/{client.pk}/policies/new", {**NEW_POLICY, "follows": str(bupa.pk), "excess": "100"})
    assert answer.status_code == 302
    bupa.refresh_from_db()
    new = client.policies.get(insurer_slug="axa-health")
    assert (bupa.valid_to, new.valid_from, new.excess) == (BEFORE, LONG_AGO, Decimal(100))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"valid_from": ""}, "Give the first day of the new policy"),
        ({"valid_to": "1 Jan 2019"}, "This is before the first day, 1 Jan 2020."),
        ({"membership_number": ""}, "The Membership Number is compulsory"),
        ({"insurer_slug": ""}, "Choose the insurance provider."),
        ({"insurer_slug": "no-such"}, "Choose one from the list"),
        ({"holder_name": "Robin Sample"}, "Say how the client is related"),
        ({"holder_relation": "Child"}, "Enter the policy holder’s name."),
        ({"excess": "50000"}, "at most £20,000"),
        ({"valid_from": "31/02/2020"}, "31/02/2020"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(
    client: Client, desk: Browser, typed: dict[str, str], sentence: str
) -> None:
    answer = desk.post(f"/clients/{client.pk}/policies/new", {**NEW_POLICY, "scheme": "Invented", **typed})
    said = answer.content.decode()
    assert (answer.status_code, sentence in said, 'value="Invented"' in said) == (200, True, True)
    assert client.policies.count() == 1


def test_a_policy_is_changed_and_withdrawn_but_never_deleted(client: Client, desk: Browser) -> None:
    policy = client.policies.get()
    address = f"/clients/{client.pk}/policies/{policy.pk}"
    kept = {"insurer_slug": "bupa", "membership_number": "ZZ00000002", "is_primary": "other"}
    assert desk.post(address, {**kept, "excess_left": "40"}).status_code == 302
    policy.refresh_from_db()
    assert (policy.membership_number, policy.is_primary, policy.excess_left) == ("ZZ00000002", False, Decimal(40))
    assert desk.post(address, {**kept, "entered_in_error": "on"}).status_code == 302
    assert "Entered by mistake" in page(desk, client)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["changed the policy"] * 2


def test_an_authorisation_is_added_and_changed(client: Client, desk: Browser) -> None:
    policy = client.policies.get()
    address = f"/clients/{client.pk}/policies/{policy.pk}/authorisations"
    typed = {"code": "ZZ AUTH 01", "sessions": "6", "amount": "£400", "codes": "zphy01 , zphy02", "note": "By phone"}
    assert desk.post(f"{address}/new", typed).status_code == 302
    row = Authorisation.objects.get()
    assert (row.code, row.sessions, row.amount, row.codes) == ("ZZAUTH01", 6, Decimal(400), "ZPHY01, ZPHY02")
    assert 'value="ZPHY01, ZPHY02"' in desk.get(f"{address}/{row.pk}").content.decode()
    assert desk.post(f"{address}/{row.pk}", {**typed, "sessions": "8"}).status_code == 302
    row.refresh_from_db()
    assert row.sessions == 8
    assert AuditEntry.objects.get(action="changed the authorisation").changes == {"sessions": [6, 8]}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": ""}, "Enter the code, or what was authorised."),
        ({"sessions": "0"}, "must be 1 or more"),
        ({"sessions": "many"}, "whole number"),
        ({"amount": "9999999"}, "at most £999,999"),
        ({"code": "A B!"}, "letters, digits"),
        ({"valid_from": "2 Jan 2020", "valid_to": "1 Jan 2020"}, "This is before the first day, 2 Jan 2020."),
    ],
)
def test_an_authorisation_that_cannot_be_is_refused_at_its_field(
    client: Client, desk: Browser, typed: dict[str, str], sentence: str
) -> None:
    answer = desk.post(f"/clients/{client.pk}/policies/{client.policies.get().pk}/authorisations/new", typed)
    assert (answer.status_code, sentence in answer.content.decode()) == (200, True)
    assert not Authorisation.objects.exists()


def test_nothing_is_authorised_under_a_policy_that_was_entered_by_mistake(client: Client, desk: Browser) -> None:
    policy = client.policies.get()
    client.policies.update(entered_in_error=True)
    address = f"/clients/{client.pk}/policies/{policy.pk}/authorisations/new"
    answer = desk.post(address, {"code": "ZZAUTH01", "note": "Kept"})
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "BUPA ZZ00000001 was entered by mistake. Add the authorisation under the policy that is right." in said
    assert "ZZAUTH01" in said
    assert "Kept" in said
    assert not Authorisation.objects.exists()


def test_another_provider_on_edit_details_is_asked_about_and_the_policy_before_stays(
    client: Client, desk: Browser
) -> None:
    builders.authorisation(client)
    said = edited(desk, client, **AXA).content.decode()
    assert "Until now it was BUPA ZZ00000001. Visits before the change are billed to it." in said
    said = edited(desk, client, **AXA, policy_change="new").content.decode()
    assert "Give the first day of the new policy. BUPA ZZ00000001 ends the day before." in said
    assert client.policies.get().insurer_slug == "bupa"
    assert edited(desk, client, **AXA, policy_change="new", valid_from="1 Jan 2020").status_code == 302
    assert list(client.policies.values_list("insurer_slug", "valid_from", "valid_to")) == [
        ("axa-health", LONG_AGO, None),
        ("bupa", None, BEFORE),
    ]
    assert Authorisation.objects.get().policy.insurer_slug == "bupa"


@pytest.mark.parametrize("typed", [AXA, {"membership_number": "ZZ00000002"}])
def test_what_was_entered_wrongly_is_put_right_in_its_place(
    client: Client, desk: Browser, typed: dict[str, str]
) -> None:
    before = client.policies.get().pk
    assert edited(desk, client, **typed).status_code == 200
    assert edited(desk, client, **typed, policy_change="correction").status_code == 302
    policy = client.policies.get()
    assert (policy.pk, policy.membership_number) == (before, typed["membership_number"])


def test_a_renewed_membership_number_of_the_same_insurer_is_a_policy_of_its_own(client: Client, desk: Browser) -> None:
    client.policies.update(scheme="Gold", group_number="ZG1", excess_left=Decimal(30))
    renewed = {
        "membership_number": "ZZ00000002",
        "policy_change": "new",
        "valid_from": "1 Jan 2020",
        "scheme": "Gold",
        "group_number": "ZG1",
        "excess_left": "30",
    }
    assert edited(desk, client, **renewed).status_code == 302
    new = client.policies.get(membership_number="ZZ00000002")
    assert (new.scheme, new.group_number, new.excess_left) == ("Gold", "ZG1", None)


@pytest.mark.parametrize(
    ("change", "typed", "rows"),
    [
        ("follows", {"authorisation_from": "1 Jan 2020"}, [("ZZAUTH01", BEFORE), ("ZZAUTH02", None)]),
        ("beside", {}, [("ZZAUTH01", None), ("ZZAUTH02", None)]),
        ("correction", {}, [("ZZAUTH02", None)]),
    ],
)
def test_another_authorisation_code_is_asked_about(
    client: Client, desk: Browser, change: str, typed: dict[str, str], rows: list[Any]
) -> None:
    builders.authorisation(client)
    said = edited(desk, client, authorisation_code="ZZAUTH02").content.decode()
    assert "Until now it was ZZAUTH01. Say what the other code is." in said
    saved = edited(desk, client, authorisation_code="ZZAUTH02", authorisation_change=change, **typed)
    assert saved.status_code == 302
    assert list(Authorisation.objects.order_by("pk").values_list("code", "valid_to")) == rows


def test_an_authorisation_that_follows_needs_its_first_day(client: Client, desk: Browser) -> None:
    builders.authorisation(client)
    answer = edited(desk, client, authorisation_code="ZZAUTH02", authorisation_change="follows")
    assert "Give the first day of the new authorisation." in answer.content.decode()
    assert Authorisation.objects.count() == 1


def test_where_two_policies_are_valid_edit_details_leaves_both_alone(client: Client, desk: Browser) -> None:
    builders.policy(client, valid_from=LONG_AGO)
    assert "Two policies are valid today" in desk.get(f"/clients/{client.pk}/edit").content.decode()
    assert "Two policies are valid today" in page(desk, client)
    assert edited(desk, client, last_name="Sampleton", membership_number="ZZ99").status_code == 302
    client.refresh_from_db()
    assert client.last_name == "Sampleton"
    assert set(client.policies.values_list("membership_number", flat=True)) == {"ZZ00000001", "AXA-ZZ000001"}


def test_an_ended_policy_and_a_new_one_on_edit_details(client: Client, desk: Browser) -> None:
    client.policies.update(valid_to=BEFORE)
    assert edited(desk, client, **AXA).status_code == 200
    assert edited(desk, client, **AXA, valid_from="1 Jan 2020").status_code == 302
    assert client.policies.count() == 2


def test_a_stranger_and_a_colleague_who_may_only_read_change_nothing(practice: Practice, client: Client) -> None:
    policy = client.policies.get()
    row = builders.authorisation(policy)
    stranger = builders.signed_in(builders.member(builders.practice("Hillside Psychology")))
    reader = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    own = f"/clients/{client.pk}/policies"
    for address in (
        f"{own}/new",
        f"{own}/{policy.pk}",
        f"{own}/{policy.pk}/authorisations/new",
        f"{own}/{policy.pk}/authorisations/{row.pk}",
    ):
        assert (stranger.post(address, NEW_POLICY).status_code, reader.post(address, NEW_POLICY).status_code) == (
            404,
            403,
        )
    assert (Policy.objects.count(), Authorisation.objects.count()) == (1, 1)


def test_a_policy_of_another_client_is_not_found_at_this_ones_address(practice: Practice, desk: Browser) -> None:
    mine, other = builders.client(practice), builders.client(practice)
    address = f"/clients/{mine.pk}/policies/{other.policies.get().pk}"
    assert desk.get(address).status_code == 404
    assert desk.post(f"{address}/authorisations/new", {"code": "ZZAUTH01"}).status_code == 404


def test_the_list_finds_a_client_by_an_ended_policy_and_shows_the_present_one(client: Client, desk: Browser) -> None:
    client.policies.update(valid_to=BEFORE)
    builders.policy(client, valid_from=LONG_AGO)
    said = desk.post("/clients/", {"q": "ZZ00000001"}).content.decode()
    assert client.number in said
    assert "AXA-ZZ000001" in said
    assert client.number in desk.get("/clients/?insurer=axa-health").content.decode()
    assert client.number not in desk.get("/clients/?insurer=bupa").content.decode()


def test_the_policy_page_tells_the_excess_of_each_policy_year(client: Client, desk: Browser) -> None:
    client.policies.update(excess=Decimal(100), excess_left=Decimal(30), policy_year_from=date(2020, 4, 1))
    policy = client.policies.get()
    address = f"/clients/{client.pk}/policies/{policy.pk}"
    said = " ".join(desk.get(address).content.decode().split())
    assert "1 Apr 2020 to 31 Mar 2021" in said
    assert '<td data-label="Used" class="num">£70.00</td>' in said.replace("> £", ">£").replace(" </td>", "</td>")
    client.policies.update(policy_year_from=None)
    assert "Excess by policy year" not in desk.get(address).content.decode()


def billed(practice: Practice, client: Client) -> Invoice:
    return builders.invoice(practice, client=client, number="CB70001", treated_on=date(2026, 11, 18))


CUT = "For days that BUPA ZZ00000001 would no longer cover, it is billed already: invoice CB70001."


@pytest.mark.parametrize(
    "typed", [{"valid_to": "31 Oct 2026"}, {"valid_from": "1 Dec 2026"}, {"entered_in_error": "on"}]
)
def test_a_policy_is_cut_off_from_what_is_billed_to_it_only_after_a_question(
    practice: Practice, client: Client, desk: Browser, typed: dict[str, str]
) -> None:
    billed(practice, client)
    policy = client.policies.get()
    address = f"/clients/{client.pk}/policies/{policy.pk}"
    known = {"insurer_slug": "bupa", "membership_number": "ZZ00000001", "is_primary": "primary"}
    asked = desk.post(address, known | typed).content.decode()
    assert CUT in asked
    assert f'id="id_{next(iter(typed))}-why"' in asked
    assert Policy.objects.get() == Policy.objects.get(valid_from=None, valid_to=None, entered_in_error=False)
    assert desk.post(address, known | typed | {"anyway": "on"}).status_code == 302
    assert not Policy.objects.filter(valid_from=None, valid_to=None, entered_in_error=False).exists()


def test_a_policy_whose_billed_days_stay_covered_is_changed_without_a_question(
    practice: Practice, client: Client, desk: Browser
) -> None:
    billed(practice, client)
    void = builders.invoice(practice, client=client, treated_on=date(2026, 12, 1))
    Invoice.objects.filter(pk=void.pk).update(voided_at=builders.NOW)
    known = {"insurer_slug": "bupa", "membership_number": "ZZ00000001", "is_primary": "primary"}
    address = f"/clients/{client.pk}/policies/{client.policies.get().pk}"
    assert desk.post(address, known | {"valid_to": "18 Nov 2026"}).status_code == 302


def test_a_policy_that_follows_another_one_on_a_billed_day_asks_too(
    practice: Practice, client: Client, desk: Browser
) -> None:
    billed(practice, client)
    typed = NEW_POLICY | {"valid_from": "1 Nov 2026", "follows": str(client.policies.get().pk)}
    assert CUT in desk.post(f"/clients/{client.pk}/policies/new", typed).content.decode()
    assert client.policies.count() == 1
    assert desk.post(f"/clients/{client.pk}/policies/new", typed | {"anyway": "on"}).status_code == 302


def test_edit_details_asks_as_well_before_it_cuts_a_policy(practice: Practice, client: Client, desk: Browser) -> None:
    claim = core_services.create(Actor(practice, builders.user(), builders.NOW), invoice=billed(practice, client))
    asked = edited(desk, client, valid_to="31 Oct 2026").content.decode()
    assert f"invoice CB70001 with its claim ({claim.status})" in asked
    assert 'id="id_valid_to-why"' in asked
    assert client.policies.get().valid_to is None
    assert edited(desk, client, valid_to="31 Oct 2026", anyway="on").status_code == 302
    assert client.policies.get().valid_to == date(2026, 10, 31)


@pytest.mark.parametrize(("typed", "kept"), [("a,b;c", "A, B, C"), ("zphy 01; zphy02", "ZPHY01, ZPHY02"), ("🎉", None)])
def test_item_codes_are_parted_by_commas_or_semicolons_and_are_codes(
    client: Client, desk: Browser, typed: str, kept: str | None
) -> None:
    address = f"/clients/{client.pk}/policies/{client.policies.get().pk}/authorisations/new"
    answer = desk.post(address, {"code": "ZZAUTH01", "codes": typed})
    assert ("is no item code" in answer.content.decode()) == (kept is None)
    assert list(Authorisation.objects.values_list("codes", flat=True)) == ([kept] if kept else [])


@pytest.mark.parametrize(
    ("sessions", "fields", "chip"),
    [
        (1, {}, "All used"),
        (2, {}, "Nearly used"),
        (3, {}, ""),
        (2, {"valid_to": date(2026, 11, 9)}, ""),
        (2, {"entered_in_error": True}, "Entered by mistake"),
    ],
)
@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_what_is_left_of_an_authorisation_is_told_while_it_lasts(
    practice: Practice, client: Client, desk: Browser, sessions: int, fields: dict[str, Any], chip: str
) -> None:
    builders.authorisation(client, sessions=sessions, **fields)
    builders.appointment(practice, client=client)
    said = page(desk, client)
    chips = [
        words for words in ("All used", "Nearly used", "More than authorised", "Entered by mistake") if words in said
    ]
    assert chips == ([chip] if chip else [])
