"""The calendar of a practice of seven, on a day when all of them are busy at once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import builders, migrated, patience
from tests.browser.conftest import ROOT, Running, faults, new_context, sign_in

pytestmark = pytest.mark.browser
WEEK_SCRIPT = ROOT / "src" / "clearbill" / "web" / "calendar" / "static" / "calendar" / "week.js"
LEGIBLE = 80
# A Wednesday in summer: seven at ten o'clock, one alone at two.
BUSY = "2031-06-11"
SEVEN = f"""
import django; django.setup()
from datetime import datetime, timedelta
from clearbill.bill.dates import LONDON
from tests import builders
practice = builders.practice()
builders.member(practice, email="desk@example.org")
names = ("Andrew Barker", "Anna Brown", "Ben Okafor", "Dr Ida Fenwick-Bale", "Mo Reid", "Rosa Sample", "Siobhan Neal")
people = [builders.practitioner(practice, name=name) for name in names]
client, service = builders.client(practice, first_name="Bartholomew"), builders.service(practice)
ten = datetime.fromisoformat("{BUSY}T10:00").replace(tzinfo=LONDON)
for who, start in [(one, ten) for one in people] + [(people[0], ten + timedelta(hours=4))]:
    builders.appointment(practice, client=client, practitioner=who, service=service, starts_at=start, state="booked")
"""


@pytest.fixture(scope="module")
def state(chromium: Browser) -> Iterator[dict[str, Any]]:
    """A practice of seven in an installation of its own; somebody of its desk is signed in."""
    running = Running()
    migrated.put_into(running.folder)
    place = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
    given = {**place.environment, "DJANGO_SETTINGS_MODULE": "clearbill.config.settings"}
    subprocess.run([sys.executable, "-c", SEVEN], env=given, cwd=ROOT, check=True, timeout=patience.SECONDS)
    context = new_context(chromium, base_url=place.address)
    sign_in(context.new_page(), place.address, "desk@example.org", builders.PASSWORD)
    yield {"storage_state": context.storage_state(), "base_url": place.address}
    context.close()
    assert set(running.end()) == {0}


@pytest.fixture
def page(chromium: Browser, state: dict[str, Any]) -> Iterator[Page]:
    context = new_context(chromium, viewport={"width": 1280, "height": 800}, **state)
    yield context.new_page()
    context.close()


def shown(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.locator(".ec-event").first.wait_for()


def no_wider_than_the_screen(page: Page) -> bool:
    wider: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider <= 0


def test_a_crowded_week_shows_what_can_be_read_and_leads_to_the_day_for_the_rest(page: Page) -> None:
    shown(page, f"/calendar/?view=week&date={BUSY}")
    alone = page.locator(".ec-event:not(.more)", has_text="14:00")
    expect(alone).to_have_count(1)
    widths = page.locator(".ec-event:not(.more)").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert min(widths) >= LEGIBLE
    hidden = page.locator(".ec-event.more")
    words = re.sub(r"\s+", " ", hidden.inner_text()).replace(",", "").strip()
    assert words == f"+{8 - len(widths)} more on Wednesday 11 June from 10:00: show the day"
    link = hidden.get_by_role("link")
    link.focus()
    assert page.evaluate("() => getComputedStyle(document.activeElement.closest('.ec-event')).outlineStyle") == "solid"
    assert faults(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/calendar/?view=day&date={BUSY}#10:00")
    expect(page.locator(".ec-event")).to_have_count(8)
    page.go_back()
    page.wait_for_url("**view=week**")
    expect(page.locator(".ec-event.more")).to_have_count(1)


def test_every_appointment_of_the_week_says_when_who_and_with_whom(page: Page) -> None:
    shown(page, f"/calendar/?view=week&date={BUSY}")
    one = page.locator(".ec-event", has_text="14:00")
    name = one.locator("b").inner_text()
    person = page.locator(".people .tab").nth(1)
    expect(one.locator(".who")).to_have_text(person.locator(".who").inner_text())
    expect(one.get_by_role("link")).to_have_accessible_name(re.compile(r"14:00 .*with \w+.*" + re.escape(name)))
    title = one.get_attribute("title") or ""
    assert name in title
    assert "14:00 to 14:30" in title
    assert "with " in title


def test_one_practitioners_week_has_no_more_to_show_and_keeps_the_choice(page: Page) -> None:
    shown(page, f"/calendar/?view=week&date={BUSY}")
    page.locator(".people .tab").nth(1).click()
    page.wait_for_url("**practitioner=**")
    expect(page.locator(".ec-event")).to_have_count(2)
    expect(page.locator(".ec-event.more")).to_have_count(0)
    page.get_by_role("link", name="The week after").click()
    page.wait_for_url(re.compile(r"practitioner=[0-9a-f-]{36}.*date=2031-06-18|date=2031-06-18.*practitioner="))


def test_the_day_has_a_column_for_each_and_scrolls_in_its_own_box(page: Page) -> None:
    page.set_viewport_size({"width": 900, "height": 800})
    shown(page, f"/calendar/?view=day&date={BUSY}")
    expect(page.locator(".ec-header .ec-col-head")).to_have_count(7)
    widths = page.locator(".ec-event").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert min(widths) >= LEGIBLE
    assert no_wider_than_the_screen(page)
    last = page.locator(".ec-event").last.get_by_role("link")
    last.focus()
    expect(last).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .panel-title")).to_be_focused()
    assert no_wider_than_the_screen(page)
    assert faults(page) == []


def test_on_a_telephone_the_day_is_a_list(chromium: Browser, state: dict[str, Any]) -> None:
    context = new_context(chromium, viewport={"width": 360, "height": 800}, **state)
    page = context.new_page()
    for view in ("day", "week"):
        page.goto(f"/calendar/?view={view}&date={BUSY}")
        expect(page.locator("#calendar")).to_be_hidden()
        expect(page.locator(".agenda tbody tr")).to_have_count(8)
        expect(page.get_by_label("Practitioner")).to_be_visible()
        assert no_wider_than_the_screen(page)
        assert faults(page) == []
    context.close()


def test_whatever_a_week_holds_each_appointment_is_shown_or_counted_once(chromium: Browser) -> None:
    page = chromium.new_page()
    page.add_script_tag(path=WEEK_SCRIPT)
    for seed in range(60):
        rows = any_week(Random(seed))
        width = Random(seed).choice([60, 126, 184, 260, 420])
        laid = page.evaluate("([rows, width]) => fitWeek(rows, width)", [rows, width])
        seen = [row for one in laid for row in one.get("more", [one])]
        assert sorted(row["id"] for row in seen) == sorted(row["id"] for row in rows)
        assert len({one["id"] for one in laid}) == len(laid)
        assert [pair for pair in overlapping(laid) if not fits(*pair, width)] == []
    page.close()


def any_week(dice: Random) -> list[dict[str, str]]:
    rows = []
    for number in range(dice.randint(0, 120)):
        begin = dice.randint(32, 88)  # quarters of an hour
        day, end = dice.randint(8, 12), min(begin + dice.choice([1, 2, 3, 4, 6]), 95)
        rows.append({"id": str(number), "start": _at(day, begin), "end": _at(day, end)})
    return sorted(rows, key=lambda row: row["start"])


def _at(day: int, quarter: int) -> str:
    return f"2031-06-{day:02}T{quarter // 4:02}:{quarter % 4 * 15:02}"


def overlapping(laid: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (one, other)
        for number, one in enumerate(laid)
        for other in laid[:number]
        if one["start"] < other["end"] and other["start"] < one["end"]
    ]


def fits(one: dict[str, Any], other: dict[str, Any], width: int) -> bool:
    """Two that overlap stand in lanes of their own, or share a column that is wide enough for both."""
    if "more" in one or "more" in other:
        return ("more" in one) != ("more" in other) and ("lane" in one or "lane" in other)
    if "lane" in one and "lane" in other:
        return bool(one["lane"] != other["lane"] and one["lanes"] == other["lanes"])
    return "lane" not in one and "lane" not in other and width >= 180
