"""Team > Users: the list, the user's page with Practitioner Settings, provider numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clearbill.bill import dates
from clearbill.people.models import AuditEntry, Membership, Role
from clearbill.workspace.models import Practitioner, ProviderNumber
from tests import builders

pytestmark = pytest.mark.django_db
USERS = "/settings/users"
NEW_PRACTITIONER = "/settings/users/practitioners/new"


@pytest.fixture
def owner():
    return builders.member(builders.practice("Alder Rooms"), email="owner@example.org")


def form(*numbers: tuple[str, str, str], **changes: str) -> dict[str, str]:
    """A user's page as the browser sends it; each number is (number, insurer, site)."""
    sent = {
        "full_name": "Ida Therapist",
        "role": Role.PRACTITIONER,
        "is_active": "on",
        "sees_clients": "on",
        "name": "Ida Therapist",
        "profession": "Physiotherapist",
        "registration_body": "HCPC",
        "registration_number": "PH 00001",
        "site": "",
        "payee": "",
        **changes,
    }
    for index, row in enumerate(numbers):
        sent |= {
            f"numbers-{index}-{field}": value for field, value in zip(("number", "insurer", "site"), row, strict=True)
        }
    return {name: value for name, value in sent.items() if value != "off"}


def page_of(member: Membership) -> str:
    return f"/settings/users/{member.pk}"


def test_a_provider_number_is_added_and_appears_in_the_healthcode_column(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER, email="ida@example.org")
    browser = builders.signed_in(owner)
    assert "Practitioner Settings" in browser.get(page_of(ida)).content.decode()
    added = browser.post(page_of(ida), form(add="1")).content.decode()
    assert 'name="numbers-0-number"' in added
    assert not Practitioner.objects.exists()
    answer = browser.post(page_of(ida), form((" TP 000 002 ", "", "")), follow=True)
    assert answer.redirect_chain[-1][0] == USERS
    page = answer.content.decode()
    assert "TP000002" in page
    assert ">—<" in page
    practitioner = Practitioner.objects.get(membership=ida)
    assert (practitioner.registration_body, practitioner.registration_number) == ("HCPC", "PH00001")
    entry = AuditEntry.objects.get(action="added the practitioner")
    assert entry.changes["provider number for every insurer at every site"] == ["", "TP000002"]


def test_numbers_for_one_insurer_and_one_site_stand_beside_the_general_one(owner):
    ida, site = builders.member(owner.practice, Role.PRACTITIONER), builders.site(owner.practice)
    rows = [
        ("TPBUPA", "bupa", ""),
        ("TP000002", "", ""),
        ("TPSITE", "", str(site.pk)),
        ("TPBOTH", "bupa", str(site.pk)),
    ]
    browser = builders.signed_in(owner)
    answer = browser.post(page_of(ida), form(*rows), follow=True)
    assert set(ProviderNumber.objects.values_list("number", "insurer_slug", "site")) == {
        ("TPBUPA", "bupa", None),
        ("TP000002", "", None),
        ("TPSITE", "", site.pk),
        ("TPBOTH", "bupa", site.pk),
    }
    page = answer.content.decode()
    assert "TP000002" in page
    assert "and 3 more" in page
    assert 'value="TPBOTH"' in browser.get(page_of(ida)).content.decode()


def test_two_numbers_for_the_same_insurer_and_site_are_refused_with_everything_kept(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    rows = [("TP000002", "bupa", ""), ("", "", ""), ("TP000003", "bupa", "")]
    page = builders.signed_in(owner).post(page_of(ida), form(*rows, full_name="Ida Newname")).content.decode()
    assert "There is a number for BUPA at every site already." in page
    assert 'id="id_numbers-2-number-why"' in page
    assert 'value="TP000003"' in page
    assert not ProviderNumber.objects.exists()
    ida.user.refresh_from_db()
    assert ida.user.full_name == "Rosa Example"


def test_a_number_of_another_practitioner_is_refused_at_its_field_unless_that_one_has_left(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    other = builders.practitioner(owner.practice, "TP000009", name="Idris Other")
    browser = builders.signed_in(owner)
    page = browser.post(page_of(ida), form(("tp000009", "", ""))).content.decode()
    assert "is the Healthcode ID of Idris Other" in page
    assert 'id="id_numbers-0-number-why"' in page
    other.is_active = False
    other.save()
    assert browser.post(page_of(ida), form(("tp000009", "", ""))).status_code == 302


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([("", "bupa", "")], "numbers-0-number"),
        ([("TP1", "", ""), ("X" * 33, "bupa", "")], "numbers-1-number"),
        ([("TP1", "no-such-insurer", "")], "numbers-0-insurer"),
        ([("TP1", "", "00000000-0000-4000-8000-000000000000")], "numbers-0-site"),
    ],
)
def test_a_row_that_cannot_be_saved_is_told_at_its_field(owner, rows, field):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    page = builders.signed_in(owner).post(page_of(ida), form(*rows)).content.decode()
    assert f'id="id_{field}-why"' in page
    assert not Practitioner.objects.exists()


def test_blank_rows_are_left_out(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    builders.signed_in(owner).post(page_of(ida), form(("", "", ""), ("TP000002", "", "")))
    assert ProviderNumber.objects.count() == 1


def test_removing_a_row_keeps_all_others_as_typed_and_saves_nothing_yet(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    browser = builders.signed_in(owner)
    browser.post(page_of(ida), form(("TP1", "", ""), ("TP2", "bupa", "")))
    sent = form(
        ("TP1", "", ""), ("TP2", "bupa", ""), ("not yet saved", "aviva", ""), remove="0", profession="Typed anew"
    )
    page = browser.post(page_of(ida), sent).content.decode()
    assert 'value="TP1"' not in page
    assert 'value="TP2"' in page
    assert 'value="not yet saved"' in page
    assert 'value="Typed anew"' in page
    assert "to fix" not in page
    assert ProviderNumber.objects.count() == 2


@pytest.mark.parametrize(
    "odd", [{"numbers-999-number": "TP9"}, {"numbers-x-number": "y"}, {"remove": "7"}, {"remove": "-1"}]
)
def test_odd_rows_never_break_the_page(owner, odd):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    assert builders.signed_in(owner).post(page_of(ida), form(("TP1", "", ""), **odd)).status_code in {200, 302}


def test_a_site_of_another_practice_cannot_be_chosen(owner):
    theirs = builders.site(builders.practice("Beech Rooms"), name="Secret Rooms")
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    browser = builders.signed_in(owner)
    assert "Secret Rooms" not in browser.post(page_of(ida), form(add="1")).content.decode()
    page = browser.post(page_of(ida), form(("TP1", "", str(theirs.pk)), site=str(theirs.pk))).content.decode()
    assert 'id="id_site-why"' in page
    assert 'id="id_numbers-0-site-why"' in page


def test_what_is_booked_with_somebody_who_leaves_is_told(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER, email="ida@example.org")
    browser = builders.signed_in(owner)
    browser.post(page_of(ida), form())
    row = Practitioner.objects.get()
    when = timezone.now() + timedelta(days=3)
    builders.appointment(owner.practice, practitioner=row, starts_at=when, state="booked")
    builders.appointment(owner.practice, practitioner=row, starts_at=timezone.now() - timedelta(days=3))
    page = browser.post(page_of(ida), form(sees_clients="off"), follow=True).content.decode()
    assert f"Ida Therapist still has 1 booked appointment, the next on {dates.show_moment(when)}." in page
    assert "still has" not in browser.post(page_of(ida), form(), follow=True).content.decode()


def test_numbers_need_somebody_who_sees_clients(owner):
    desk = builders.member(owner.practice, Role.RECEPTIONIST)
    sent = form(("TP1", "", ""), sees_clients="off", role=Role.RECEPTIONIST)
    page = builders.signed_in(owner).post(page_of(desk), sent).content.decode()
    assert 'id="id_sees_clients-why"' in page
    assert not Practitioner.objects.exists()


def test_who_no_longer_sees_clients_stays_in_the_records(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    browser = builders.signed_in(owner)
    browser.post(page_of(ida), form(("TP1", "", "")))
    answer = browser.post(page_of(ida), form(("TP1", "", ""), sees_clients="off"), follow=True)
    assert not Practitioner.objects.get().is_active
    assert "TP1" not in answer.content.decode()
    browser.post(page_of(ida), form(("TP1", "", "")))
    assert Practitioner.objects.get().is_active


def test_saving_without_a_change_writes_nothing_in_the_trail(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    browser = builders.signed_in(owner)
    browser.post(page_of(ida), form(("TP1", "", "")))
    before = AuditEntry.objects.count()
    browser.post(page_of(ida), form(("TP1", "", "")))
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("change", "field"), [({"role": Role.RECEPTIONIST}, "role"), ({"is_active": "off"}, "is_active")]
)
def test_the_only_owner_stays_owner(owner, change, field):
    sent = form(**{"role": Role.OWNER, "sees_clients": "off", **change})
    page = builders.signed_in(owner).post(page_of(owner), sent).content.decode()
    assert f'id="id_{field}-why"' in page
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.OWNER, True)


def test_with_a_second_owner_the_first_may_step_down(owner):
    builders.member(owner.practice, Role.OWNER)
    builders.signed_in(owner).post(page_of(owner), form(role=Role.RECEPTIONIST, sees_clients="off"))
    owner.refresh_from_db()
    assert owner.role == Role.RECEPTIONIST
    assert AuditEntry.objects.get(action="changed the user").changes["role"] == ["Owner", "Receptionist"]


def test_only_an_owner_makes_or_changes_owners(owner):
    administrator = builders.member(owner.practice, Role.ADMINISTRATOR)
    builders.member(owner.practice, Role.OWNER)
    browser = builders.signed_in(administrator)
    page = browser.post(page_of(administrator), form(role=Role.OWNER, sees_clients="off")).content.decode()
    assert "Only an owner can make somebody an owner." in page
    page = browser.post(page_of(owner), form(role=Role.ACCOUNTANT, sees_clients="off")).content.decode()
    assert "Only an owner changes an owner’s place." in page
    page = browser.post(page_of(owner), form(role=Role.OWNER, is_active="off", sees_clients="off")).content.decode()
    assert "Only an owner changes an owner’s place." in page


def test_somebody_made_inactive_can_do_nothing_any_more(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    theirs = builders.signed_in(ida)
    assert theirs.get(USERS).status_code == 200
    builders.signed_in(owner).post(page_of(ida), form(is_active="off"))
    assert theirs.get(USERS).status_code == 403
    assert "Inactive" in builders.signed_in(owner).get(USERS).content.decode()


def test_the_name_of_somebody_who_works_elsewhere_too_is_theirs_to_change(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER)
    Membership.objects.create(practice=builders.practice("Beech Rooms"), user=ida.user, role=Role.PRACTITIONER)
    browser = builders.signed_in(owner)
    assert "works in another practice too" in browser.get(page_of(ida)).content.decode()
    browser.post(page_of(ida), form(full_name="Renamed"))
    ida.user.refresh_from_db()
    assert ida.user.full_name == "Rosa Example"


def test_a_practitioner_without_sign_in_is_added_changed_and_listed(owner):
    browser = builders.signed_in(owner)
    sent = {"name": "Çağla Ó’Brien-Łukasz", "is_active": "on", "numbers-0-number": "TP000009"}
    page = browser.post(NEW_PRACTITIONER, sent, follow=True).content.decode()
    assert "Çağla Ó’Brien-Łukasz" in page
    assert "No sign-in" in page
    assert "TP000009" in page
    row = Practitioner.objects.get()
    assert (row.membership, row.practice) == (None, owner.practice)
    browser.post(f"/settings/users/practitioners/{row.pk}", {**sent, "numbers-0-number": "TP000010"})
    assert row.numbers.get().number == "TP000010"
    change = AuditEntry.objects.get(action="changed the practitioner").changes
    assert change == {"provider number for every insurer at every site": ["TP000009", "TP000010"]}


def test_a_practitioner_without_a_name_is_told_so_with_the_rest_kept(owner):
    sent = {"name": " ", "profession": "Psychologist"}
    page = builders.signed_in(owner).post(NEW_PRACTITIONER, sent).content.decode()
    assert 'id="id_name-why"' in page
    assert 'value="Psychologist"' in page


def test_the_list_is_searched_without_the_name_standing_in_the_address(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER, email="ida@example.org")
    browser = builders.signed_in(owner)
    browser.post(page_of(ida), form(("TP000002", "", "")))
    for text in ("IDA", "ida@exam", "tp000002"):
        page = browser.post(USERS, {"q": text}).content.decode().partition("<main")[2].partition("</main>")[0]
        assert "ida@example.org" in page
        assert "owner@example.org" not in page
    assert "Nobody found" in browser.post(USERS, {"q": "zzz"}).content.decode()
    assert "owner@example.org" in browser.get(f"{USERS}?sort=nonsense&page=99").content.decode()


def test_the_list_asks_the_database_the_same_for_2_as_for_20_people(owner):
    browser = builders.signed_in(owner)

    def queries_with(count: int) -> int:
        for _ in range(count):
            builders.practitioner(owner.practice, membership=builders.member(owner.practice, Role.PRACTITIONER))
            builders.practitioner(owner.practice)
        with CaptureQueriesContext(connection) as asked:
            browser.get(USERS)
        return len(asked)

    assert queries_with(2) == queries_with(18)


def test_strangers_find_nobody_of_another_practice(owner):
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    practitioner = builders.practitioner(owner.practice)
    for address in (page_of(owner), f"/settings/users/practitioners/{practitioner.pk}"):
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, form()).status_code == 404
    assert "owner@example.org" not in stranger.get(USERS).content.decode()


def test_a_practitioner_who_signs_in_is_not_edited_as_one_who_does_not(owner):
    row = builders.practitioner(owner.practice, membership=owner)
    assert builders.signed_in(owner).get(f"/settings/users/practitioners/{row.pk}").status_code == 404


def test_a_provider_number_typed_in_small_letters_is_kept_as_bills_carry_it(owner):
    ida = builders.member(owner.practice, Role.PRACTITIONER, email="ida@example.org")
    builders.signed_in(owner).post(page_of(ida), form(("tp 000012", "", "")))
    assert list(ProviderNumber.objects.values_list("number", flat=True)) == ["TP000012"]


def test_a_practitioner_is_not_added_twice_under_one_name(owner):
    browser = builders.signed_in(owner)
    assert browser.post(NEW_PRACTITIONER, form()).status_code == 302
    assert "Another practitioner has this name." in browser.post(NEW_PRACTITIONER, form()).content.decode()
    only = Practitioner.objects.get()
    assert browser.post(f"{USERS}/practitioners/{only.pk}", form(profession="Osteopath")).status_code == 302
