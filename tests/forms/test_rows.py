"""Rows of a form: how many there are, and how they are shown again."""

from __future__ import annotations

from django import forms

from clearbill.forms.rows import Rows, fill_as_typed, rows_of


class PersonForm(forms.Form):
    name = forms.CharField(max_length=3)
    is_here = forms.BooleanField(required=False)


PersonRows = rows_of(PersonForm, Rows, most=3, extra=1, can_delete=True)
SENT = {"people-0-name": "Ada", "people-1-name": "much too long", "people-2-name": "Bo", "people-x-name": "no row"}


def names(rows: Rows) -> list[object]:
    return [form["name"].value() for form in rows.forms]


def test_rows_are_counted_by_their_fields_whatever_the_page_says_and_no_more_than_may_be() -> None:
    sent = {**SENT, "people-TOTAL_FORMS": "x", "people-3-name": "Cy", "people-999-name": "Di"}
    rows = PersonRows(sent, prefix="people")
    assert names(rows) == ["Ada", "much too long", "Bo"]
    assert not rows.is_valid()
    assert [list(form.errors) for form in rows.forms] == [[], ["name"], []]
    assert len(PersonRows({}, prefix="people").forms) == 0


def test_a_row_between_that_was_not_sent_is_there_and_empty() -> None:
    assert names(PersonRows({"people-1-name": "Bo"}, prefix="people")) == [None, "Bo"]


def test_a_fixed_number_of_rows_stays_whatever_was_sent() -> None:
    stored = [{"name": "Ada"}, {"name": "Bo"}]
    rows = PersonRows(SENT, prefix="people", initial=stored, count=2)
    assert names(rows) == ["Ada", "much too long"]
    unchanged = PersonRows({"people-0-name": "Ada", "people-1-name": "Bo"}, prefix="people", initial=stored, count=2)
    assert unchanged.is_valid()
    assert [form.cleaned_data["name"] for form in unchanged.forms] == ["Ada", "Bo"]


def test_rows_as_typed_are_not_judged_and_leave_out_what_is_removed() -> None:
    rows = PersonRows.as_typed(SENT, prefix="people", without=0)
    assert names(rows)[:2] == ["much too long", "Bo"]
    assert not rows.is_bound
    ticked = PersonRows.as_typed({**SENT, "people-1-DELETE": "on"}, prefix="people")
    assert names(ticked)[:2] == ["Ada", "Bo"]
    assert names(PersonRows.as_typed(SENT, prefix="people", without=9)) == ["Ada", "much too long", "Bo"]


def test_a_row_more_stands_below_and_has_the_focus_unless_there_is_no_room_for_it() -> None:
    rows = PersonRows.as_typed({"people-0-name": "Ada"}, prefix="people", more=[{"name": "new"}], focus="name")
    assert names(rows)[:2] == ["Ada", "new"]
    assert ["autofocus" in str(form["name"]) for form in rows.forms[:2]] == [False, True]
    full = PersonRows.as_typed(SENT, prefix="people", more=[{"name": "new"}], focus="name")
    assert names(full) == ["Ada", "much too long", "Bo"]
    assert "autofocus" not in "".join(str(form["name"]) for form in full.forms)


def test_where_the_count_is_sent_rows_that_were_lost_on_the_way_are_noticed() -> None:
    class Counted(Rows):
        is_count_sent = True

    counted = rows_of(PersonForm, Counted, most=3)
    assert not counted(SENT, prefix="people").is_valid()
    good = {"people-TOTAL_FORMS": "1", "people-INITIAL_FORMS": "0", "people-0-name": "Ada"}
    assert counted(good, prefix="people").is_valid()


def test_a_form_is_filled_as_typed_without_what_may_not_be_changed() -> None:
    form = PersonForm(initial={"name": "Ada", "is_here": True})
    form.fields["name"].disabled = True
    fill_as_typed(form, {"name": "much too long"})
    assert form["name"].value() == "Ada"
    assert form["is_here"].value() is False
    assert not form.is_bound
