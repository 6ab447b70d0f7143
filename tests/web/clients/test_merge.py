"""Pages on which two records of one person become one: found, compared, merged, taken apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import lxml.html
import pytest

from clearbill.clients import doubles
from clearbill.clients.merges import ClientMerge, TwoPeople
from clearbill.clients.models import Client, Policy
from clearbill.invoicing.client_merge.services import MergeChoices, merge
from clearbill.people.models import Role
from tests import builders
from tests.invoicing.client_merge.records import Records
from tests.web.components.test_concurrent_edit import choices, sent_form

pytestmark = pytest.mark.django_db


class Pages(Records):
    """Two records, and a person at the browser."""

    def __init__(self, **second: Any) -> None:
        super().__init__(**second)
        self.browser = builders.signed_in(self.membership)

    @property
    def address(self) -> str:
        return f"/clients/{self.first.pk}/merge/{self.second.pk}"

    def form(self, address: str = "") -> dict[str, Any]:
        where = address or self.address
        return sent_form(self.browser.get(where).content.decode(), where, where)

    def merge(self, **chosen: str) -> Any:
        return self.browser.post(self.address, self.form() | chosen, follow=True)


def words(answer: Any) -> str:
    return " ".join(lxml.html.fromstring(answer.content).text_content().split())


def test_from_the_client_to_one_record_and_back_to_two() -> None:
    pages = Pages()
    pages.visit(pages.second)
    page = pages.browser.get(f"/clients/{pages.first.pk}")
    assert f"/clients/{pages.first.pk}/merge" in page.content.decode()
    page = pages.browser.get(f"/clients/{pages.first.pk}/merge")
    assert "Same name and date of birth" in words(page)
    page = pages.browser.post(f"/clients/{pages.first.pk}/merge", {"client": str(pages.second.pk)}, follow=True)
    assert "Where they differ, choose what stays" in words(page)
    assert "1 appointment" in words(page)
    page = pages.merge()
    assert "P-00002 is merged into P-00001, which stands for both." in words(page)
    pages.refresh()
    assert (pages.first.email, pages.first.phone) == ("testa@example.org", "020 7946 0001")
    made = ClientMerge.objects.get()
    page = pages.browser.get(f"/clients/merges/{made.pk}")
    assert "Back to P-00002: 1 appointment." in words(page)
    assert "P-00002 as it is kept" in words(page)
    assert "testa@example.org" in words(page)
    page = pages.browser.post(f"/clients/merges/{made.pk}/take-apart", follow=True)
    assert "P-00002 and P-00001 are two records again." in words(page)
    pages.refresh()
    assert (pages.first.email, pages.second.merged_into) == ("", None)
    assert "they are two records again" in words(pages.browser.get(f"/clients/merges/{made.pk}"))


def test_the_newer_record_may_stay_and_each_value_is_chosen() -> None:
    pages = Pages(phone="020 7946 0002", notes="Two")
    Client.objects.filter(pk=pages.first.pk).update(notes="One")
    form = pages.form()
    assert (form["stays"], form["take-notes"]) == ("first", "both")
    pages.merge(**{"stays": "second", "take-phone": "first", "take-notes": "both", "take-email": "first"})
    pages.refresh()
    assert pages.first.merged_into == pages.second
    assert (pages.second.phone, pages.second.notes, pages.second.email) == ("020 7946 0001", "Two\n\nOne", "")


@pytest.mark.parametrize("stays", ["first", "second"])
def test_of_two_policies_of_the_same_days_the_chosen_one_counts_whichever_record_stays(stays: str) -> None:
    pages = Pages(insurer="aviva", membership_number="AV0001")
    [name] = [name for name in pages.form() if name.startswith("overlap-")]
    pages.merge(**{"stays": stays, name: "second"})
    assert {one.insurer_slug: one.is_primary for one in Policy.objects.all()} == {"bupa": False, "aviva": True}


def test_a_policy_that_was_entered_twice_is_taken_for_one_where_nothing_else_is_chosen() -> None:
    pages = Pages(insurer="bupa")
    assert "They are one policy that was entered twice" in words(pages.browser.get(pages.address))
    pages.merge()
    assert Policy.objects.filter(client=pages.first, entered_in_error=False).count() == 1


def test_each_choice_between_two_policies_of_one_number_names_its_record() -> None:
    pages = Pages(insurer="bupa")
    said = words(pages.browser.get(pages.address))
    first, second = (f"BUPA ZZ00000001 of {one.number}" for one in (pages.first, pages.second))
    assert f"{first} is billed, {second} only where" in said
    assert f"{second} is billed, {first} only where" in said


def test_two_policy_years_of_one_policy_are_refused_in_a_sentence_and_nothing_chosen_is_lost() -> None:
    pages = Pages(insurer="bupa", phone="020 7946 0002")
    for client, year in ((pages.first, 2026), (pages.second, 2025)):
        client.policies.update(policy_year_from=date(year, 1, 1), excess_left=150)
    answer = pages.merge(**{"take-phone": "second"})
    assert "BUPA ZZ00000001 in two policy years, those that began on 1 Jan 2026 and 1 Jan 2025" in words(answer)
    assert sent_form(answer.content.decode(), pages.address, pages.address)["take-phone"] == "second"
    assert not ClientMerge.objects.exists()


def test_nothing_chosen_is_lost_where_a_record_was_changed_meanwhile() -> None:
    pages = Pages(phone="020 7946 0002")
    form = pages.form() | {"take-phone": "second"}
    Client.objects.filter(pk=pages.second.pk).update(gp_name="Dr Example")
    answer = pages.browser.post(pages.address, form)
    assert answer.status_code == 200
    assert "One of the two records was changed after you opened this page." in words(answer)
    again = sent_form(answer.content.decode(), pages.address, pages.address)
    assert again["take-phone"] == "second"
    assert pages.browser.post(pages.address, again | {"take-gp_name": "second"}).status_code == 302
    pages.refresh()
    assert (pages.first.phone, pages.first.gp_name) == ("020 7946 0002", "Dr Example")


def test_nothing_is_merged_where_a_choice_is_missing_or_made_up() -> None:
    pages = Pages()
    form = pages.form()
    for wrong in ({"stays": ""}, {"stays": "third"}, {"take-email": "nobody"}):
        assert pages.browser.post(pages.address, form | wrong).status_code == 200
    assert not ClientMerge.objects.exists()


@pytest.mark.parametrize("stays", ["first", "second"])
def test_a_review_that_is_sent_or_opened_after_the_merge_leads_to_the_one_record(stays: str) -> None:
    pages = Pages()
    form = pages.form() | {"stays": stays}
    pages.merge(stays=stays)
    one = pages.first if stays == "first" else pages.second
    answer = pages.browser.post(pages.address, form)
    if stays == "second":  # the page of the record that went away says so, and its press goes on from there
        assert answer.status_code == 409
        there = f"/clients/{one.pk}/merge/{one.pk}"
        answer = pages.browser.post(there, sent_form(answer.content.decode(), there, there))
    assert (answer.status_code, answer["Location"]) == (302, f"/clients/{one.pk}")
    opened = pages.browser.get(pages.address, follow=True)
    assert opened.redirect_chain[-1] == (f"/clients/{one.pk}", 302)
    assert "The two are one record already." in words(opened)
    assert ClientMerge.objects.count() == 1


def test_a_review_of_a_record_that_was_merged_into_a_third_goes_on_with_that_one() -> None:
    pages = Pages()
    third = builders.client(pages.practice, number="P-00003", insurer="")
    form = pages.form()
    merge(pages.actor, survivor=third, merged=pages.second, choices=MergeChoices())
    answer = pages.browser.post(pages.address, form, follow=True)
    assert answer.redirect_chain == [(f"/clients/{pages.first.pk}/merge/{third.pk}", 302)]
    assert "The other record was merged into P-00003, which is shown here." in words(answer)
    assert ClientMerge.objects.count() == 1


def test_the_same_record_and_one_of_another_practice_are_refused() -> None:
    pages = Pages()
    own = f"/clients/{pages.first.pk}/merge"
    assert "This is the same record" in words(pages.browser.post(own, {"client": str(pages.first.pk)}))
    elsewhere = builders.client(builders.practice("Hillside Psychology"))
    assert pages.browser.get(f"{own}/{elsewhere.pk}").status_code == 404
    assert "No client fits" in words(pages.browser.post(own, {"client": str(elsewhere.pk), "client_words": "Nobody"}))


@pytest.mark.parametrize("role", [Role.ACCOUNTANT])
def test_who_sees_no_records_neither_merges_clients_nor_sees_what_was_merged(role: str) -> None:
    pages = Pages()
    pages.merge()
    reader = builders.signed_in(builders.member(pages.practice, role))
    made = ClientMerge.objects.get()
    assert reader.get(f"/clients/merges/{made.pk}").status_code == 403
    assert reader.post(f"/clients/merges/{made.pk}/take-apart").status_code == 403
    for address in (pages.address, f"/clients/{pages.first.pk}/merge", "/clients/doubles"):
        assert reader.get(address).status_code == 403


@pytest.mark.parametrize("page", ["", "/edit", "/policies/new", "/merge"])
def test_every_page_of_a_record_that_went_away_leads_to_the_same_page_of_the_other(page: str) -> None:
    pages = Pages()
    pages.merge()
    answer = pages.browser.get(f"/clients/{pages.second.pk}{page}", follow=True)
    assert answer.redirect_chain == [(f"/clients/{pages.first.pk}{page}", 302)]
    assert "P-00002 was merged into this record." in words(answer)
    statement = pages.browser.get(f"/invoices/statements/{pages.second.pk}?first=1 Oct 2026", follow=True)
    assert statement.redirect_chain[0][0].startswith(f"/invoices/statements/{pages.first.pk}?first=")


def test_a_form_that_was_open_meanwhile_is_not_taken_and_is_sent_to_the_other_with_one_press() -> None:
    pages = Pages(phone="020 7946 0002")
    address = f"/clients/{pages.second.pk}/edit"
    form = pages.form(address) | {"gp_name": "Dr Example", "phone": "020 7946 0099"}
    pages.merge()
    answer = pages.browser.post(address, form)
    assert answer.status_code == 409
    assert "merged with another one of the same person: Ms Testa Sample, P-00001" in words(answer)
    pages.refresh()
    assert {pages.first.gp_name, pages.second.gp_name} == {""}
    there = f"/clients/{pages.first.pk}/edit"
    again = sent_form(answer.content.decode(), there, there)
    assert again["gp_name"] == "Dr Example"
    asked = pages.browser.post(there, again).content.decode()
    assert "020 7946 0099" in asked
    assert list(choices(asked)) == ["version-phone"]
    pages.refresh()
    assert pages.first.phone == "020 7946 0001"


def test_a_form_of_the_record_that_stays_takes_over_what_the_merge_changed() -> None:
    pages = Pages()
    address = f"/clients/{pages.first.pk}/edit"
    form = pages.form(address) | {"gp_name": "Dr Example"}
    pages.merge()
    answer = pages.browser.post(address, form, follow=True)
    assert "Rosa Example" in words(answer)
    assert "changed “E-mail” after you opened the page. That stays." in words(answer)
    pages.refresh()
    assert (pages.first.email, pages.first.gp_name) == ("testa@example.org", "Dr Example")


def test_a_form_that_has_chosen_the_record_which_went_away_proposes_the_other() -> None:
    pages = Pages()
    pages.merge()
    given = {"client": str(pages.second.pk), "client_words": "Testa", "day": "1 Dec 2026", "time": "10:00"}
    answer = pages.browser.post("/calendar/new", given)
    assert answer.status_code == 200
    assert "P-00001. Use that one." in words(answer)
    assert f'value="{pages.first.pk}"' in answer.content.decode()
    for address in ("/calendar/new", "/invoices/new"):
        page = pages.browser.get(f"{address}?client={pages.second.pk}")
        assert f'value="{pages.first.pk}"' in page.content.decode()


def test_an_appointment_that_was_open_meanwhile_is_saved_with_the_record_that_stays() -> None:
    pages = Pages()
    visit = pages.visit(pages.second)
    address = f"/calendar/{visit.pk}/edit"
    form = pages.form(address) | {"note": "Rang"}
    pages.merge()
    assert pages.browser.post(address, form).status_code == 302
    visit.refresh_from_db()
    assert (visit.client, visit.note) == (pages.first, "Rang")


def test_likely_doubles_are_listed_with_the_reason_and_families_are_not() -> None:
    pages = Pages(insurer="bupa")
    family = {"insurer": "aviva", "membership_number": "AV0001", "phone": "020 7946 0055", "last_name": "Family"}
    builders.client(pages.practice, first_name="Parent", birth_date=date(1980, 1, 1), **family)
    builders.client(pages.practice, first_name="Child", birth_date=date(2015, 1, 1), **family)
    born = {"last_name": "Maiden", "birth_date": date(1990, 2, 2), "insurer": ""}
    builders.client(pages.practice, first_name="Ann", phone="+44 20 7946 0077", **born)
    builders.client(pages.practice, first_name="Ann", phone="(020) 7946 0077", **born | {"last_name": "Married"})
    builders.client(pages.practice, first_name="Wrong", phone="1234567", last_name="Day", birth_date=date(1990, 3, 4))
    builders.client(pages.practice, first_name="Wrong", phone="1234567", last_name="Day", birth_date=date(1990, 4, 3))
    page = words(pages.browser.get("/clients/doubles"))
    assert "Same name, date of birth and membership number" in page
    assert "Same date of birth and telephone" in page
    assert "Same name, membership number and telephone" in page
    assert "Child" not in page
    pages.merge()
    assert "Testa" not in words(pages.browser.get("/clients/doubles"))


def test_a_practice_without_doubles_is_told_so() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert "No doubles found" in words(browser.get("/clients/doubles"))


def test_a_namesake_who_is_met_when_a_client_is_brought_back_can_be_merged() -> None:
    pages = Pages(archived_at=builders.NOW)
    page = pages.browser.post(f"/clients/{pages.second.pk}/unarchive").content.decode()
    assert f"/clients/{pages.second.pk}/merge/{pages.first.pk}" in page


def test_two_records_marked_as_two_people_are_no_possible_doubles_until_the_mark_is_undone() -> None:
    pages = Pages()
    compare = pages.address
    assert "These are two people" in words(pages.browser.get(compare))
    page = pages.browser.post(f"{compare}/two-people", follow=True)
    said = words(page)
    assert "P-00001 and P-00002 are marked as two people." in said
    assert "No doubles found" in said
    assert f"{pages.membership.user.full_name}" in said
    other_way = f"/clients/{pages.second.pk}/merge/{pages.first.pk}"
    pages.browser.post(f"{other_way}/two-people")
    mark = TwoPeople.objects.get()
    for of in (pages.first, pages.second):
        assert doubles.doubles_of(of) == []
    assert "Marked as two people" in words(pages.browser.get(other_way))
    page = pages.browser.post(f"/clients/two-people/{mark.pk}/unmark", follow=True)
    assert "These are two people" in words(page)
    assert [one.why for one in doubles.likely_doubles(pages.practice)] == ["Same name and date of birth"]


def test_who_may_not_change_clients_marks_nothing_and_another_practice_finds_nothing() -> None:
    pages = Pages()
    accountant = builders.signed_in(builders.member(pages.practice, role=Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice(name="Hillside")))
    assert accountant.post(f"{pages.address}/two-people").status_code == 403
    assert stranger.post(f"{pages.address}/two-people").status_code == 404
    pages.browser.post(f"{pages.address}/two-people")
    mark = TwoPeople.objects.get()
    assert accountant.post(f"/clients/two-people/{mark.pk}/unmark").status_code == 403
    assert stranger.post(f"/clients/two-people/{mark.pk}/unmark").status_code == 404
    assert TwoPeople.objects.get() == mark
