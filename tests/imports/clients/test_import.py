"""A list of clients is brought, checked, taken in, brought again, undone."""

from __future__ import annotations

import re
from datetime import date

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.clients import services as client_services
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.search.search_index import SearchTerm, search
from clearbill.imports import services
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing.client_merge.services import MergeChoices, merge
from clearbill.people.models import AuditEntry
from tests import builders
from tests.imports.clients.desk import HEADER, ImportDesk, line, listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> ImportDesk:
    return ImportDesk()


def test_a_list_of_clients_comes_with_their_cover(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1), line(2, insurer="", member="")]))
    assert (file.state, desk.verdicts(file)) == (FileImport.CHECKED, ["new", "new"])
    assert not Client.objects.exists()
    services.take_in(desk.actor, file=file, only_good=False)
    file = desk.fresh(file)
    assert (file.state, file.counts) == (FileImport.FINISHED, {"new": 2})
    first, second = desk.client(1), desk.client(2)
    assert (first.number, second.number) == ("P-00001", "P-00002")
    assert (first.first_name, first.birth_date, first.country) == ("Testab", date(1985, 4, 12), "GB")
    policy = first.policies.get()
    assert (policy.insurer_slug, policy.membership_number) == ("bupa", "ZZ00000001")
    assert not second.policies.exists()
    assert SearchTerm.objects.filter(client=first, term="zz00000001").exists()
    told = AuditEntry.objects.filter(subject_id=str(first.pk))
    assert [entry.action for entry in told] == ["added the client"]
    assert {"started to import a file", "imported a file", "added the policy"} <= {
        entry.action for entry in AuditEntry.objects.filter(practice=desk.practice)
    }


def test_the_file_is_kept_as_it_came(desk: ImportDesk) -> None:
    content = listed([line(1)])
    file = desk.bring(content, name="from cliniko.csv", source="cliniko")
    assert b"".join(file.pieces()) == content
    assert (file.name, file.source, file.by) == ("from cliniko.csv", "cliniko", desk.membership.user)


def test_the_same_file_again_is_the_same_import(desk: ImportDesk) -> None:
    file = desk.taken_in(listed([line(1)]))
    assert desk.bring(listed([line(1)])) == file
    assert FileImport.objects.count() == 1


def test_what_is_wrong_stays_out_and_is_said_at_its_row_and_column(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1), line(2, email="nonsense"), line(3, born="31/02/1985")]))
    assert desk.verdicts(file) == ["new", "wrong", "wrong"]
    assert desk.row(file, 3).faults == [["email", "This is not an e-mail address. It looks like name@example.org.", ""]]
    assert desk.row(file, 4).faults[0][0] == "birth_date"
    with pytest.raises(Refused, match="whole file cannot be taken in"):
        services.take_in(desk.actor, file=file, only_good=False)
    assert not Client.objects.exists()
    services.take_in(desk.actor, file=desk.fresh(file), only_good=True)
    assert Client.objects.count() == 1
    assert desk.fresh(file).counts == {"new": 1, "left: wrong": 2}


def test_the_insurers_own_rules_warn_at_once(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1, insurer="AXA Health", member="1")]))
    assert desk.row(file, 2).verdict == "new"
    assert desk.row(file, 2).warnings


def test_a_row_that_repeats_another_is_left_out_and_one_that_contradicts_it_is_wrong(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1), line(1), line(1, last="Other")]))
    assert desk.verdicts(file) == ["new", "left out", "wrong"]
    assert desk.row(file, 3).sentence == "The same as row 2."
    assert "Row 2 has the same number" in desk.row(file, 4).faults[0][1]


def test_two_rows_of_one_name_and_birth_date_are_asked_about(desk: ImportDesk) -> None:
    alike = {"first": "Testa", "email": "", "phone": "", "insurer": "", "member": ""}
    file = desk.bring(listed([line(1, **alike), line(2, **alike)]))
    assert desk.verdicts(file) == ["new", "double"]
    assert desk.row(file, 3).found["sentence"].startswith("Row 2 of the file")


def test_twins_who_share_a_telephone_are_two_clients(desk: ImportDesk) -> None:
    file = desk.taken_in(listed([line(1, phone="020 7946 0000"), line(2, phone="020 7946 0000")]), only_good=False)
    assert file.counts == {"new": 2}


def test_a_client_who_is_here_already_waits_for_a_decision(desk: ImportDesk) -> None:
    here = builders.client(desk.practice, first_name="Testab", email="", phone="", insurer="")
    file = desk.bring(listed([line(1)]))
    row = desk.row(file, 2)
    assert (row.verdict, row.found["doubles"]) == ("double", [[str(here.pk), "Same name and date of birth"]])
    with pytest.raises(Refused, match="No row"):
        services.take_in(desk.actor, file=file, only_good=True)


def decided(desk: ImportDesk, decision: dict[str, object]) -> tuple[FileImport, Client]:
    here = builders.client(desk.practice, first_name="Testab", email="other@example.org", phone="", insurer="")
    file = desk.bring(listed([line(1)]))
    services.decide(file, row=desk.row(file, 2), decision=decision | {"client": str(here.pk)})
    return file, here


def test_a_double_is_left_out_where_that_was_decided(desk: ImportDesk) -> None:
    file, _ = decided(desk, {"do": "skip"})
    with pytest.raises(Refused, match="No row"):
        services.take_in(desk.actor, file=file, only_good=False)


def test_a_double_comes_as_a_new_client_where_that_was_decided(desk: ImportDesk) -> None:
    file, here = decided(desk, {"do": "new"})
    services.take_in(desk.actor, file=file, only_good=False)
    assert Client.objects.exclude(pk=here.pk).get().email == "testa1@example.org"


def test_a_double_fills_what_is_empty_here_and_takes_theirs_only_where_it_was_chosen(desk: ImportDesk) -> None:
    file, here = decided(desk, {"do": "update", "fields": {}})
    services.take_in(desk.actor, file=file, only_good=False)
    here.refresh_from_db()
    assert (here.email, here.phone) == ("other@example.org", "020 7946 0001")
    assert here.policies.get().membership_number == "ZZ00000001"
    assert Client.objects.count() == 1


def test_a_chosen_value_of_the_file_takes_the_place_of_ours(desk: ImportDesk) -> None:
    file, here = decided(desk, {"do": "update", "fields": {"email": "theirs"}})
    services.take_in(desk.actor, file=file, only_good=False)
    here.refresh_from_db()
    assert here.email == "testa1@example.org"


def test_a_newer_file_changes_only_what_changed_there(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1), line(2)]))
    Client.objects.filter(email="testa2@example.org").update(phone="07700 900002")
    file = desk.bring(listed([line(1, phone="07700 900001"), line(2), line(3)]))
    assert desk.verdicts(file) == ["changed", "unchanged", "new"]
    assert desk.row(file, 2).found["changes"] == {"phone": "07700 900001"}
    services.take_in(desk.actor, file=file, only_good=False)
    assert [desk.client(number).phone for number in (1, 2, 3)] == ["07700 900001", "07700 900002", "020 7946 0003"]


def test_what_changed_on_both_sides_is_never_changed_without_asking(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    Client.objects.filter(practice=desk.practice).update(phone="07700 900002")
    file = desk.bring(listed([line(1, phone="07700 900001")]))
    row = desk.row(file, 2)
    assert (row.verdict, row.found["conflicts"]) == ("conflict", {"phone": ["07700 900002", "07700 900001"]})
    services.decide(file, row=row, decision={"do": "update", "fields": {"phone": "ours"}})
    services.take_in(desk.actor, file=file, only_good=False)
    assert desk.client(1).phone == "07700 900002"
    file = desk.bring(listed([line(1, phone="07700 900003")]))
    services.decide(file, row=desk.row(file, 2), decision={"do": "update", "fields": {"phone": "theirs"}})
    services.take_in(desk.actor, file=file, only_good=False)
    assert desk.client(1).phone == "07700 900003"


def test_a_change_here_after_the_check_is_not_overwritten(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.bring(listed([line(1, phone="07700 900001"), line(2)]))
    Client.objects.filter(practice=desk.practice).update(phone="07700 900002")
    services.take_in(desk.actor, file=file, only_good=True)
    assert (desk.client(1).phone, desk.client(2).phone) == ("07700 900002", "020 7946 0002")
    assert desk.row(file, 2).state == ImportRow.REFUSED
    file = desk.fresh(file)
    services.check_again(desk.actor, file=file)
    assert (desk.fresh(file).state, desk.row(file, 2).verdict) == (FileImport.CHECKED, "conflict")


def test_a_whole_file_is_taken_in_at_once_or_not_at_all(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.bring(listed([line(1, phone="07700 900001"), line(2)]))
    Client.objects.filter(practice=desk.practice).update(phone="07700 900002")
    with pytest.raises(Refused, match="nothing was taken in"):
        services.take_in(desk.actor, file=file, only_good=False)
    assert Client.objects.count() == 1
    assert desk.fresh(file).state == FileImport.CHECKED


def test_a_column_that_is_missing_in_the_newer_file_changes_nothing(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.bring(listed(["1,Testab,Sample"], header="Client ID,First name,Last name"))
    assert desk.verdicts(file) == ["unchanged"]


def test_a_number_that_stands_for_somebody_else_by_now_is_asked_about(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.bring(listed([line(1, first="Otto", last="Other", born="1 Jan 1960")]))
    assert desk.verdicts(file) == ["double"]
    assert "stood for Testab Sample" in desk.row(file, 2).found["sentence"]


def test_without_a_number_a_client_is_known_by_name_and_birth_date(desk: ImportDesk) -> None:
    header = "First name,Last name,Date of birth,Phone"
    desk.taken_in(listed(["Testa,Sample,12 Apr 1985,020 7946 0001"], header))
    file = desk.bring(listed(["Testa,Sample,12 Apr 1985,020 7946 0002"], header))
    assert desk.verdicts(file) == ["changed"]


def test_another_authorisation_code_is_added_beside_the_first(desk: ImportDesk) -> None:
    header = f"{HEADER},Authorisation code"
    desk.taken_in(listed([f"{line(1)},AB1"], header))
    desk.taken_in(listed([f"{line(1)},AB2"], header))
    assert set(Authorisation.objects.values_list("code", flat=True)) == {"AB1", "AB2"}
    assert Policy.objects.count() == 1


def test_a_new_policy_with_its_first_day_follows_the_old_one(desk: ImportDesk) -> None:
    header = f"{HEADER},Policy from"
    desk.taken_in(listed([f"{line(1)},1 Jan 2025"], header))
    file = desk.taken_in(listed([f"{line(1, insurer='Aviva', member='ZZ9')},1 Jan 2026"], header))
    assert file.counts == {"changed": 1}
    old, new = Policy.objects.order_by("valid_from")
    assert (old.insurer_slug, old.valid_to) == ("bupa", date(2025, 12, 31))
    assert (new.insurer_slug, new.valid_from, new.membership_number) == ("aviva", date(2026, 1, 1), "ZZ9")


@pytest.mark.parametrize("last", ["", "30 Jun 2026"])
def test_with_the_new_policy_the_last_day_of_the_old_one_is_undone_too(desk: ImportDesk, last: str) -> None:
    header = f"{HEADER},Policy from,Policy to"
    desk.taken_in(listed([f"{line(1)},1 Jan 2025,{last}"], header))
    before = Policy.objects.get().valid_to
    file = desk.taken_in(listed([f"{line(1, insurer='Aviva', member='ZZ9')},1 Jan 2026,"], header))
    assert Policy.objects.get(insurer_slug="bupa").valid_to == date(2025, 12, 31)
    services.undo(desk.actor, file=file)
    old, new = Policy.objects.order_by("valid_from")
    assert (old.valid_to, new.entered_in_error, desk.row(file, 2).state) == (before, True, ImportRow.UNDONE)


def test_a_last_day_that_was_changed_since_is_not_undone(desk: ImportDesk) -> None:
    header = f"{HEADER},Policy from"
    desk.taken_in(listed([f"{line(1)},1 Jan 2025"], header))
    file = desk.taken_in(listed([f"{line(1, insurer='Aviva', member='ZZ9')},1 Jan 2026"], header))
    Policy.objects.filter(insurer_slug="bupa").update(valid_to=date(2025, 11, 30))
    services.undo(desk.actor, file=file)
    old, new = Policy.objects.order_by("valid_from")
    assert (old.valid_to, new.entered_in_error) == (date(2025, 11, 30), False)
    assert "changed here since" in desk.row(file, 2).sentence


def test_a_client_is_found_by_the_other_systems_number_and_the_page_says_it(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1).replace("1,", "CL-90817,", 1), line(2)]), source="cliniko")
    services.take_in(desk.actor, file=file, only_good=True)
    (found,) = Client.objects.filter(search(desk.practice, "CL-90817"))
    assert found == desk.client(1)
    browser = builders.signed_in(desk.membership)
    page = " ".join(browser.get(f"/clients/{found.pk}").content.decode().split())
    assert re.search(r"<dt>Number in Cliniko</dt>\s*<dd class=.mono breaks.>\s*CL-90817\s*</dd>", page)
    assert found.last_name in browser.post("/clients/", {"q": "cl90817"}).content.decode()
    services.undo(desk.actor, file=desk.fresh(file))
    assert not SearchTerm.objects.filter(term="cl90817").exists()


def test_a_number_that_a_newer_file_brings_is_found_from_then_on(desk: ImportDesk) -> None:
    builders.client(desk.practice, first_name="Testaa", last_name="Sample", birth_date=date(1985, 4, 12))
    file = desk.bring(listed([line(90817, first="Testaa")]))
    services.decide(file, row=desk.row(file, 2), decision={"do": "update", "client": str(Client.objects.get().pk)})
    services.take_in(desk.actor, file=file, only_good=False)
    assert Client.objects.filter(search(desk.practice, "90817")).count() == 1


def test_without_a_number_nothing_is_said(desk: ImportDesk) -> None:
    content = listed([line(1).partition(",")[2]], HEADER.partition(",")[2])
    desk.taken_in(content)
    assert ImportedClient.objects.get().number == ""
    page = builders.signed_in(desk.membership).get(f"/clients/{Client.objects.get().pk}").content.decode()
    assert "Number in" not in page


def test_answers_are_remembered_for_a_file_with_the_same_columns(desk: ImportDesk) -> None:
    file = desk.bring(listed([line(1, insurer="Bestcare")]))
    assert [question["field"] for question in file.found["questions"]] == ["insurer:Bestcare"]
    services.answer(desk.actor, file=file, answers={"insurers": {"Bestcare": "aviva"}})
    assert desk.fresh(file).state == FileImport.CHECKED
    again = desk.bring(listed([line(2, insurer="Bestcare")]))
    assert (again.state, again.answers["remembered"]) == (FileImport.CHECKED, True)
    services.take_in(desk.actor, file=again, only_good=False)
    assert Policy.objects.get().insurer_slug == "aviva"


def test_a_file_that_cannot_be_read_says_why(desk: ImportDesk) -> None:
    file = desk.bring(b"%PDF-1.7 nothing")
    assert (file.state, "PDF" in file.found["sentence"]) == (FileImport.OPEN, True)


def test_nothing_is_left_of_a_file_that_is_not_taken_in(desk: ImportDesk) -> None:
    services.drop(desk.actor, file=desk.bring(listed([line(1)])))
    assert not FileImport.objects.exists()
    assert not ImportRow.objects.exists()


def test_an_import_is_undone_as_if_it_had_never_been(desk: ImportDesk) -> None:
    file = desk.taken_in(listed([line(1), line(2)]))
    services.undo(desk.actor, file=file)
    assert (desk.fresh(file).state, desk.fresh(file).counts) == (FileImport.UNDONE, {"undone": 2})
    assert not Client.objects.exists()
    assert not ImportedClient.objects.exists()
    assert not SearchTerm.objects.exists()
    assert desk.taken_in(listed([line(1), line(2)])).counts == {"new": 2}


def test_a_client_in_use_is_kept_and_named(desk: ImportDesk) -> None:
    file = desk.taken_in(listed([line(1), line(2), line(3), line(4)]))
    builders.appointment(desk.practice, client=desk.client(1))
    client_services.change(desk.actor, client=desk.client(2), details={"notes": "Rang today"}, diagnoses=[])
    services.undo(desk.actor, file=file)
    assert desk.row(file, 2).sentence == "Testab Sample, P-00001, has 1 appointment by now."
    assert desk.row(file, 3).state == ImportRow.UNDONE  # The file says nothing about notes, so it is no reason to keep.
    assert Client.objects.count() == 1
    assert Appointment.objects.count() == 1


def test_a_client_whom_a_newer_file_changed_stays_until_that_one_is_undone(desk: ImportDesk) -> None:
    first = desk.taken_in(listed([line(1)]))
    second = desk.taken_in(listed([line(1, phone="07700 900001")]))
    services.undo(desk.actor, file=first)
    assert desk.row(first, 2).sentence.endswith("was changed by a newer file since. Undo that one first.")
    services.undo(desk.actor, file=second)
    assert desk.client(1).phone == "020 7946 0001"


def test_what_was_changed_here_after_an_update_is_not_changed_back(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    second = desk.taken_in(listed([line(1, phone="07700 900001")]))
    Client.objects.filter(practice=desk.practice).update(phone="07700 900002")
    services.undo(desk.actor, file=second)
    assert desk.client(1).phone == "07700 900002"
    assert (desk.row(second, 2).state, "changed here since" in desk.row(second, 2).sentence) == (ImportRow.KEPT, True)


def test_a_number_that_was_given_again_stands_for_the_new_client(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.bring(listed([line(1, first="Otto", last="Other", born="1 Jan 1960", email="otto@example.org")]))
    services.decide(file, row=desk.row(file, 2), decision={"do": "new"})
    services.take_in(desk.actor, file=file, only_good=False)
    assert Client.objects.count() == 2
    assert ImportedClient.objects.get().client.first_name == "Otto"


def test_what_is_decided_about_all_is_done_only_where_it_can_be(desk: ImportDesk) -> None:
    builders.client(desk.practice, first_name="Testab", email="", phone="", insurer="")
    alike = {"first": "Testa", "email": "", "phone": "", "insurer": "", "member": ""}
    file = desk.bring(listed([line(1), line(2, **alike), line(3, **alike)]))
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="update")
    assert [bool(desk.row(file, row_no).decision) for row_no in (2, 3, 4)] == [True, False, False]
    services.take_in(desk.actor, file=desk.fresh(file), only_good=True)
    assert desk.fresh(file).counts == {"new": 1, "double": 1, "left: double": 1}


def test_a_client_of_two_practices_is_two_clients(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    other = ImportDesk()
    assert other.verdicts(other.bring(listed([line(1)]))) == ["new"]


def test_a_merged_client_is_followed_to_the_record_that_stands_for_both(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    survivor = builders.client(desk.practice, number="P-90001", first_name="Testab", insurer="")
    merge(desk.actor, survivor=survivor, merged=desk.client(1), choices=MergeChoices())
    assert ImportedClient.objects.get().client == survivor


def test_a_file_of_several_pieces_is_kept_and_read(desk: ImportDesk) -> None:
    long = "x" * 3900
    content = listed([f"{line(number)},{long}" for number in range(100)], f"{HEADER},Notes")
    file = desk.taken_in(content)
    assert (file.parts.count(), file.counts) == (2, {"new": 100})
    assert b"".join(file.pieces()) == content


def test_a_change_that_is_refused_can_be_gone_through_again(desk: ImportDesk) -> None:
    desk.taken_in(listed([line(1)]))
    file = desk.taken_in(listed([line(1, insurer="", member="")]))
    assert "The policy is gone in the file" in desk.row(file, 2).sentence
    assert (desk.row(file, 2).state, desk.row(file, 2).before) == (ImportRow.REFUSED, {})
    services.undo(desk.actor, file=file)
    assert desk.client(1).policies.get().membership_number == "ZZ00000001"


def test_two_people_of_one_name_without_number_and_birth_date_are_two_clients(desk: ImportDesk) -> None:
    names = [f"John,Sample,020 7946 000{number}" for number in (1, 2, 3)]
    file = desk.bring(listed(names, "First name,Last name,Phone"))
    assert desk.verdicts(file) == ["new", "double", "double"]
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="new")
    services.take_in(desk.actor, file=desk.fresh(file), only_good=False)
    assert sorted(Client.objects.values_list("phone", flat=True)) == [f"020 7946 000{number}" for number in (1, 2, 3)]
    newer = desk.bring(listed([*names, "Another,Sample,"], "First name,Last name,Phone"))
    assert desk.verdicts(newer) == ["unchanged", "double", "double", "new"]
    services.undo(desk.actor, file=desk.fresh(file))
    assert not Client.objects.exists()


def test_two_rows_of_one_person_without_a_number_may_both_bring_the_record_up_to_date(desk: ImportDesk) -> None:
    here = builders.client(desk.practice, first_name="John", birth_date=None, phone="", email="", insurer="")
    header = "First name,Last name,Phone,E-mail"
    file = desk.bring(listed(["John,Sample,020 7946 0001,", "John,Sample,,john@example.org"], header))
    services.decide_all(file, verdict=ImportRow.DOUBLE, do="update")
    services.take_in(desk.actor, file=desk.fresh(file), only_good=False)
    here.refresh_from_db()
    assert (here.phone, here.email) == ("020 7946 0001", "john@example.org")
