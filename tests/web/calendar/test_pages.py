"""The calendar's pages: who may see and change what, and what they do with nonsense."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.invoicing import services
from clearbill.people.actor import Actor
from clearbill.people.models import Practice, Role
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


@pytest.fixture
def accountant(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice, Role.ACCOUNTANT))


@pytest.fixture
def stranger() -> Any:
    return builders.signed_in(builders.member(builders.practice("Elsewhere")))


def typed(practice: Practice, **fields: Any) -> dict[str, Any]:
    return {
        "client": str(builders.client(practice).pk),
        "client_words": "Ms Testa Sample",
        "service": str(builders.service(practice).pk),
        "practitioner": str(builders.practitioner(practice).pk),
        "day": "24/11/2026",
        "at": "2.30pm",
        **fields,
    }


def events(browser: Any, **asked: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = browser.get("/calendar/events", asked).json()
    return rows


@pytest.mark.parametrize("address", ["/calendar/", "/calendar/?view=day", "/calendar/day/2026-11-24"])
def test_every_view_lists_the_appointments_of_its_days(practice: Practice, desk: Any, address: str) -> None:
    row = builders.appointment(practice, starts_at=timezone.now())
    day = f"{timezone.localdate():%Y-%m-%d}"
    address = address.replace("2026-11-24", day)
    page = desk.get(address).content.decode()
    assert f"/calendar/{row.pk}" in page
    assert "1 appointment<" in page


@pytest.mark.parametrize(
    "address",
    [
        "/calendar/?date=nonsense&view=nonsense&practitioner=nonsense",
        "/calendar/?date=9999-12-31",
        "/calendar/day/yesterday",
        "/calendar/events?start=x&end=y&practitioner=z",
        "/calendar/events?start=2026-11-24&end=1990-01-01",
        "/calendar/new?client=1&start=25:00&practitioner=x&date=0000-00-00",
    ],
)
def test_nonsense_in_an_address_never_breaks_a_page(desk: Any, address: str) -> None:
    assert desk.get(address).status_code == 200


def test_the_events_carry_uk_clock_times_and_leave_cancelled_ones_out(practice: Practice, desk: Any) -> None:
    summer = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    shown = builders.appointment(practice, starts_at=summer, state=Appointment.BOOKED)
    builders.appointment(practice, starts_at=summer, state=Appointment.CANCELLED)
    rows = events(desk, start="2026-06-29", end="2026-07-06")
    assert [(row["id"], row["start"], row["editable"]) for row in rows] == [(str(shown.pk), "2026-07-01T09:00", True)]
    assert events(desk, start="2026-06-29", end="2026-07-06", practitioner=str(shown.pk)) == []


NIGHTS = [
    # when it begins, UTC; as it is drawn and as it is told, for 45 minutes
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T01:30", "2026-10-25T02:15", "01:30 BST to 01:15 GMT"),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T01:30", "2026-10-25T02:15", "01:30 to 02:15"),
    (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "2027-03-28T00:30", "2027-03-28T01:15", "00:30 GMT to 02:15 BST"),
]


@pytest.mark.parametrize(("starts_at", "start", "end", "told"), NIGHTS)
def test_an_appointment_over_the_change_of_the_clocks_never_ends_before_it_starts(
    practice: Practice, desk: Any, starts_at: datetime, start: str, end: str, told: str
) -> None:
    row = builders.appointment(
        practice, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45), state=Appointment.BOOKED
    )
    day = start[:10]
    (event,) = events(desk, start=day, end=f"{date.fromisoformat(day) + timedelta(days=1)}")
    assert (event["start"], event["end"], event["extendedProps"]["times"]) == (start, end, told)
    for address in (f"/calendar/{row.pk}", f"/calendar/day/{day}"):
        assert told in " ".join(desk.get(address).content.decode().split())


@pytest.mark.parametrize("starts_at", [NIGHTS[0][0], NIGHTS[2][0]])
def test_a_drag_over_the_change_of_the_clocks_keeps_the_length(
    practice: Practice, desk: Any, starts_at: datetime
) -> None:
    row = builders.appointment(
        practice, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45), state=Appointment.BOOKED
    )
    day = f"{timezone.localtime(starts_at):%Y-%m-%d}"
    (event,) = events(desk, start=day, end=f"{date.fromisoformat(day) + timedelta(days=1)}")
    for earlier in (15, 0):
        drawn = {
            name: f"{datetime.fromisoformat(event[name]) - timedelta(minutes=earlier):%Y-%m-%dT%H:%M}"
            for name in ("start", "end")
        }
        assert desk.post(f"/calendar/{row.pk}/move", drawn).status_code == 200
        row.refresh_from_db()
        assert row.ends_at - row.starts_at == timedelta(minutes=45)
    assert row.starts_at == starts_at


def test_a_strangers_appointments_do_not_exist(practice: Practice, stranger: Any) -> None:
    row = builders.appointment(practice, starts_at=timezone.now())
    assert events(stranger, start=f"{timezone.localdate():%Y-%m-%d}") == []
    for address in (f"/calendar/{row.pk}", f"/calendar/{row.pk}/edit"):
        assert stranger.get(address).status_code == 404
    for address in (f"/calendar/{row.pk}/move", f"/calendar/{row.pk}/cancel"):
        data = {"start": "2026-11-24T10:00", "end": "2026-11-24T10:30"}
        assert stranger.post(address, data).status_code == 404
    assert Appointment.objects.get().state == Appointment.COMPLETED


def test_an_accountant_neither_sees_nor_changes_the_diary(practice: Practice, accountant: Any) -> None:
    row = builders.appointment(practice, state=Appointment.BOOKED)
    for address in ("", "events", "day/2026-11-10", str(row.pk)):
        assert accountant.get(f"/calendar/{address}").status_code == 403
    assert accountant.get("/calendar/new").status_code == 403
    for name in ("complete", "miss", "cancel", "reopen", "move"):
        assert accountant.post(f"/calendar/{row.pk}/{name}").status_code == 403


def test_an_appointment_is_booked_from_the_form(practice: Practice, desk: Any) -> None:
    answer = desk.post("/calendar/new", typed(practice, minutes="", weeks="1", note="First time"), follow=True)
    row = Appointment.objects.get()
    assert timezone.localtime(row.starts_at).strftime("%Y-%m-%d %H:%M") == "2026-11-24 14:30"
    assert row.ends_at - row.starts_at == timedelta(minutes=row.service.duration_minutes)
    assert "Booked on 24 Nov 2026 at 14:30." in answer.content.decode()


def test_who_is_booked_without_a_site_comes_to_where_the_practitioner_usually_works(
    practice: Practice, desk: Any
) -> None:
    builders.site(practice, is_default=True)
    hillside = builders.site(practice, name="Hillside", site_number="TL000003")
    there = builders.practitioner(practice, "", name="Maren There", site=hillside)
    anywhere = builders.practitioner(practice, "", name="Idris Anywhere")
    page = desk.get("/calendar/new").content.decode()
    assert f'"{there.pk}": "Hillside"' in page
    assert f'"{anywhere.pk}": "Riverside Rooms"' in page
    for one in (there, anywhere):
        assert desk.post("/calendar/new", typed(practice, practitioner=str(one.pk), site="")).status_code == 302
    sites = Appointment.objects.order_by("created_at").values_list("site__name", flat=True)
    assert list(sites) == ["Hillside", "Riverside Rooms"]
    hillside.is_active = False
    hillside.save()
    assert f'"{there.pk}": "Riverside Rooms"' in desk.get("/calendar/new").content.decode()


def test_what_was_typed_is_kept_when_the_form_is_refused(practice: Practice, desk: Any) -> None:
    page = desk.post("/calendar/new", typed(practice, at="25:99", note="Bring the letter")).content.decode()
    assert "is not a time" in page
    for words in ("Bring the letter", "25:99", "24/11/2026", "Ms Testa Sample"):
        assert words in page
    assert not Appointment.objects.exists()


def test_a_time_that_the_clocks_skip_is_refused_at_its_field(practice: Practice, desk: Any) -> None:
    page = desk.post("/calendar/new", typed(practice, day="28/3/2027", at="01:30")).content.decode()
    assert "The clocks go forward on 28 Mar 2027" in page


def test_without_javascript_the_clients_found_come_back_as_choices(practice: Practice, desk: Any) -> None:
    data = typed(practice, client="", client_words="sampl")
    page = desk.post("/calendar/new", data).content.decode()
    assert 'type="radio" name="client"' in page
    assert "Choose one of the clients found." in page


def test_another_practices_client_is_not_found_by_words_or_id(practice: Practice, desk: Any) -> None:
    other = builders.client(builders.practice("Elsewhere"), last_name="Unseen")
    assert desk.post("/calendar/client-search", {"q": "unseen"}).json() == {"hits": []}
    page = desk.post("/calendar/new", typed(practice, client=str(other.pk), client_words="Unseen")).content.decode()
    assert "No client fits these words." in page
    assert desk.post("/calendar/new", typed(practice, client="1' OR 1=1")).status_code == 200
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("words", ["Sample", "testa sam", "12 Apr 1985", "ZZ 0000 0001"])
def test_a_client_is_found_by_name_birth_date_or_membership_number(practice: Practice, desk: Any, words: str) -> None:
    client = builders.client(practice)
    [hit] = desk.post("/calendar/client-search", {"q": words}).json()["hits"]
    assert (hit["value"], hit["code"]) == (str(client.pk), client.name)


def test_an_overlap_asks_for_a_tick_and_takes_it(practice: Practice, desk: Any) -> None:
    data = typed(practice)
    desk.post("/calendar/new", data)
    page = desk.post("/calendar/new", data).content.decode()
    assert "Tick to book all the same." in page
    assert Appointment.objects.count() == 1
    desk.post("/calendar/new", {**data, "anyway": "on"})
    assert Appointment.objects.count() == 2


def test_a_client_who_is_elsewhere_at_that_time_is_asked_about_as_well(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice, starts_at=timezone.now() + timedelta(days=2), state=Appointment.BOOKED)
    local = timezone.localtime(row.starts_at)
    other = builders.practitioner(practice, "", name="Idris Other")
    given = {
        "client": str(row.client_id),
        "client_words": "Ms Testa Sample",
        "practitioner": str(other.pk),
        "service": str(row.service_id),
        "day": f"{local:%d/%m/%Y}",
        "at": f"{local:%H:%M}",
    }
    asked = desk.post("/calendar/new", given).content.decode()
    assert "Ms Testa Sample already has an appointment with Rosa Therapist on" in asked
    assert desk.post("/calendar/new", {**given, "anyway": "on"}).status_code == 302


def test_a_drag_moves_and_a_clash_is_refused_with_a_sentence(practice: Practice, desk: Any) -> None:
    first = builders.appointment(practice, starts_at=timezone.now() + timedelta(days=1), state=Appointment.BOOKED)
    other = builders.appointment(
        practice,
        practitioner=first.practitioner,
        starts_at=timezone.now() + timedelta(days=2),
        state=Appointment.BOOKED,
    )
    local = timezone.localtime(other.starts_at)
    there = {"start": f"{local:%Y-%m-%dT%H:%M}", "end": f"{local + timedelta(minutes=30):%Y-%m-%dT%H:%M}"}
    refused = desk.post(f"/calendar/{first.pk}/move", there)
    assert refused.status_code == 409
    assert refused.json()["overlap"] is True
    assert desk.post(f"/calendar/{first.pk}/move", {**there, "anyway": "on"}).status_code == 200
    first.refresh_from_db()
    assert timezone.localtime(first.starts_at).replace(second=0, microsecond=0) == local.replace(
        second=0, microsecond=0
    )


def test_a_drag_of_what_somebody_else_moved_meanwhile_changes_nothing(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice, starts_at=timezone.now() + timedelta(days=1), state=Appointment.BOOKED)
    shown, wanted = (timezone.localtime(row.starts_at) + timedelta(hours=hours) for hours in (0, 2))
    drag = {"start": f"{wanted:%Y-%m-%dT%H:%M}", "end": f"{wanted + timedelta(minutes=30):%Y-%m-%dT%H:%M}"}
    drag |= {"was_start": f"{shown:%Y-%m-%dT%H:%M}", "was_practitioner": str(row.practitioner_id)}
    assert desk.post(f"/calendar/{row.pk}/move", drag).status_code == 200
    refused = desk.post(f"/calendar/{row.pk}/move", drag)
    assert refused.status_code == 409
    assert "Rosa Example moved it meanwhile: it is on " in refused.json()["sentence"]
    elsewhere = drag | {"was_start": drag["start"], "was_practitioner": str(builders.practitioner(practice, "").pk)}
    assert desk.post(f"/calendar/{row.pk}/move", elsewhere).status_code == 409


@pytest.mark.parametrize(
    ("start", "end"),
    [("", ""), ("x", "y"), ("2026-11-24T10:00", "2026-11-24T09:00"), ("2027-03-28T01:30", "2027-03-28T02:30")],
)
def test_a_drag_to_nowhere_is_refused(practice: Practice, desk: Any, start: str, end: str) -> None:
    row = builders.appointment(practice, state=Appointment.BOOKED)
    answer = desk.post(f"/calendar/{row.pk}/move", {"start": start, "end": end})
    assert answer.status_code == 409
    assert answer.json()["sentence"]


def test_the_panel_is_a_fragment_for_the_calendar_and_a_page_for_everybody_else(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice)
    fragment = desk.get(f"/calendar/{row.pk}", headers={"HX-Request": "true"}).content.decode()
    page = desk.get(f"/calendar/{row.pk}").content.decode()
    assert "<html" not in fragment
    assert "<html" in page
    for text in (fragment, page):
        assert f"/invoices/from-appointment/{row.pk}" in text


def test_a_step_from_the_panel_tells_the_calendar(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice, state=Appointment.BOOKED)
    answer = desk.post(f"/calendar/{row.pk}/complete", headers={"HX-Request": "true"})
    assert answer.headers["HX-Trigger"] == "diary-changed"
    assert "Completed. It can be invoiced now." in answer.content.decode()
    assert desk.post(f"/calendar/{row.pk}/dance").status_code == 404


def test_the_panel_leads_to_the_invoice_there_is(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice)
    made = services.invoice_appointments(Actor(practice, None, timezone.now()), appointments=[row])
    page = desk.get(f"/calendar/{row.pk}").content.decode()
    assert f"/invoices/{made.pk}" in page
    assert "from-appointment" not in page


def test_an_edit_moves_by_keyboard(practice: Practice, desk: Any) -> None:
    row = builders.appointment(practice, state=Appointment.BOOKED)
    page = desk.get(f"/calendar/{row.pk}/edit").content.decode()
    assert "Testa Sample" in page
    data = {
        "client": str(row.client_id),
        "client_words": "x",
        "service": str(row.service_id),
        "practitioner": str(row.practitioner_id),
        "day": "1 Dec 2026",
        "at": "9",
        "minutes": "20",
    }
    assert desk.post(f"/calendar/{row.pk}/edit", data).status_code == 302
    row.refresh_from_db()
    assert timezone.localtime(row.starts_at).strftime("%d %H:%M") == "01 09:00"


def test_a_full_week_takes_as_many_queries_as_a_quiet_one(practice: Practice, desk: Any) -> None:
    def ask() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            desk.get("/calendar/")
            desk.get("/calendar/events")
        return len(seen)

    def fill(count: int) -> None:
        for _ in range(count):
            row = builders.appointment(practice, starts_at=timezone.now())
            services.invoice_appointments(Actor(practice, None, timezone.now()), appointments=[row])

    fill(2)
    few = ask()
    fill(18)
    assert ask() == few


def test_a_practice_of_many_people_is_shown_a_day_until_it_asks_for_a_week(practice: Practice, desk: Any) -> None:
    people = [builders.practitioner(practice, name=f"Person {number}") for number in range(4)]
    assert desk.get("/calendar/").context["view"] == "day"
    assert desk.get("/calendar/?view=week").context["view"] == "week"
    assert desk.get(f"/calendar/?practitioner={people[0].pk}").context["view"] == "week"


def test_three_people_are_shown_a_day_and_two_a_week(practice: Practice, desk: Any) -> None:
    for number in range(2):
        builders.practitioner(practice, name=f"Person {number}")
    assert desk.get("/calendar/").context["view"] == "week"
    builders.practitioner(practice, name="Person 3")
    assert desk.get("/calendar/").context["view"] == "day"


@pytest.mark.parametrize("view", ["week", "day"])
def test_the_practitioner_and_the_view_stay_in_every_link_of_the_bar(practice: Practice, desk: Any, view: str) -> None:
    one, other = (builders.practitioner(practice, name=name) for name in ("Anna Brown", "Ben Okafor"))
    page = desk.get(f"/calendar/?view={view}&date=2026-11-24&practitioner={one.pk}").content.decode()
    bar = page[page.index("diary-head") : page.index('id="diary-said"')].replace("&amp;", "&")
    for name in ("Today", "The week before", "The week after") if view == "week" else ("Today", "The day after"):
        link = next(link for link in re.findall(r"<a[^>]*>[^<]*", bar) if name in link)
        assert f"practitioner={one.pk}" in link
        assert f"view={view}" in link
    chip = next(link for link in re.findall(r'href="[^"]*"', bar) if f"practitioner={other.pk}" in link)
    assert f"view={view}" in chip
    assert "date=2026-11-24" in chip
    assert re.search(r'aria-current="true"><span class="who who-0" aria-hidden="true">AB</span>Anna Brown', bar)
    assert re.search(rf'<option value="{one.pk}" selected>Anna Brown', bar)


def test_the_filter_shows_the_appointments_of_one_alone(practice: Practice, desk: Any) -> None:
    mine = builders.appointment(practice, starts_at=timezone.now())
    builders.appointment(practice, starts_at=timezone.now())
    for view in ("week", "day"):
        page = desk.get(f"/calendar/?view={view}&practitioner={mine.practitioner_id}")
        shown = [row.pk for one in page.context["days"] for row in one["appointments"]]
        assert shown == [mine.pk]
        assert page.context["script"]["practitioner"] == str(mine.practitioner_id)


def test_who_has_left_keeps_a_column_on_the_days_with_appointments_and_nowhere_else(
    practice: Practice, desk: Any
) -> None:
    here = builders.practitioner(practice, name="Anna Brown")
    left = builders.practitioner(practice, name="Ben Okafor", is_active=False)
    row = builders.appointment(practice, practitioner=left)
    day = f"{timezone.localtime(row.starts_at):%Y-%m-%d}"

    def columns(address: str) -> list[str]:
        return [one["name"] for one in desk.get(address).context["script"]["people"]]

    assert columns(f"/calendar/?view=day&date={day}") == [here.name, left.name]
    assert columns("/calendar/?view=day&date=2026-01-05") == [here.name]
    assert columns(f"/calendar/?view=day&date=2026-01-05&practitioner={left.pk}") == [here.name, left.name]


def test_no_address_on_the_calendar_holds_a_clients_name(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, first_name="Unmistakable", last_name="Wolstenholme")
    for number in range(3):
        who = builders.practitioner(practice, name=f"Person {number}")
        builders.appointment(practice, client=client, practitioner=who, starts_at=timezone.now())
    for view in ("week", "day"):
        page = desk.get(f"/calendar/?view={view}").content.decode()
        assert "Wolstenholme" in page
        addresses = re.findall(r'(?:href|action|src|data-[a-z-]+)="([^"]*)"', page)
        assert [one for one in addresses if re.search("Wolstenholme|Unmistakable", one)] == []


@pytest.mark.parametrize("view", ["week", "day"])
def test_a_practice_of_seven_takes_as_many_queries_as_one_of_two(practice: Practice, desk: Any, view: str) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as seen:
            desk.get(f"/calendar/?view={view}")
            desk.get("/calendar/events")
        return len(seen)

    def join(count: int) -> None:
        for _ in range(count):
            builders.appointment(practice, starts_at=timezone.now())

    join(2)
    few = ask()
    join(5)
    assert ask() == few


@pytest.mark.parametrize("htmx", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_reopening_a_visit_whose_time_was_given_away_asks_first(
    practice: Practice, desk: Any, htmx: dict[str, Any]
) -> None:
    row = builders.appointment(practice, state=Appointment.CANCELLED)
    builders.appointment(practice, practitioner=row.practitioner, starts_at=row.starts_at, service=row.service)
    address = f"/calendar/{row.pk}/reopen"
    text = desk.post(address, **htmx).content.decode()
    assert "already has an appointment" in text
    assert "Reopen all the same" in text
    row.refresh_from_db()
    assert row.state == Appointment.CANCELLED
    desk.post(address, {"anyway": "on"}, **htmx)
    row.refresh_from_db()
    assert row.state == Appointment.BOOKED


@pytest.mark.parametrize(("day", "is_past"), [("1/5/2015", True), ("24/11/2026", False)])
@pytest.mark.usefixtures("at_the_time_of_the_story")
def test_a_visit_that_is_booked_for_a_day_that_is_past_says_so(
    practice: Practice, desk: Any, day: str, is_past: bool
) -> None:
    said = desk.post("/calendar/new", typed(practice, day=day), follow=True).content.decode()
    assert "Booked on" in said
    assert ("This day or time is past." in said) == is_past
