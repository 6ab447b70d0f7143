"""The set-up guide walked from its first step to its last, in its own words, in a real browser.

A new installation, a real worker, and the stand-in clearing house over HTTP. Each step is a function named in the
guide's words; they run in order, on one page, as a person would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import patience
from tests.browser.conftest import Installation, faults, new_context

pytestmark = pytest.mark.browser
OWNER, PASSWORD = "rosa@example.org", "a long enough password 26"
UK = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def page(chromium: Browser, fresh: Installation) -> Iterator[Page]:
    context = new_context(chromium, viewport={"width": 1280, "height": 900}, base_url=fresh.address)
    page = context.new_page()
    yield page
    context.close()


def see_nothing_wrong(page: Page) -> None:
    assert faults(page) == []


def go_to_settings(page: Page, part: str) -> None:
    page.get_by_label("Main", exact=True).get_by_role("link", name="Workspace Settings").click()
    page.get_by_label("Workspace Settings").get_by_role("link", name=part, exact=True).click()


def test_00_before_you_begin_the_workspace_is_set_up(page: Page, fresh: Installation) -> None:
    page.goto("/")
    expect(page.get_by_text("Sign in").or_(page.get_by_role("heading", name="Set up Clearbill")).first).to_be_visible()
    page.goto("/set-up")
    page.get_by_label("Set-up code").fill(fresh.set_up_code())
    page.get_by_label("Practice").fill("Riverside Physiotherapy")
    page.get_by_label("Your name").fill("Rosa Thornbury")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Workspace Settings", level=1)).to_be_visible()
    see_nothing_wrong(page)


def test_01_set_up_healthcode_navigate_to_workspace_settings_and_select_integrations(page: Page) -> None:
    go_to_settings(page, "Integrations")
    expect(page.get_by_role("heading", name="Integrations", level=1)).to_be_visible()
    see_nothing_wrong(page)


def test_02_in_the_healthcode_tile_click_connect_and_enter_the_details(page: Page) -> None:
    page.get_by_role("link", name="Connect").click()
    page.get_by_label("Site ID").fill(" hc0test ")
    page.get_by_label("User ID").fill("stand-in-user")
    page.get_by_label("API Key", exact=True).fill("a wrong key")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_contain_text("API Key")
    expect(page.get_by_label("User ID")).to_have_value("stand-in-user")
    see_nothing_wrong(page)


def test_03_once_entered_click_connect_and_a_page_confirms_it_with_a_timestamp(page: Page) -> None:
    page.get_by_label("API Key", exact=True).fill("stand-in-secret")
    page.get_by_label("API Key Id").fill("stand-in-key")
    page.get_by_label("API Key (REST)").fill("stand-in-secret")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("heading", name="Healthcode is connected")).to_be_visible()
    today = datetime.now(UK)
    expect(
        page.get_by_text(re.compile(rf"Connected on {today.day} {today:%b %Y} at \d\d:\d\d by Rosa"))
    ).to_be_visible()
    expect(page.get_by_role("heading", name="Further steps")).to_be_visible()
    expect(page.get_by_text("assumed-2026-11")).to_be_visible()
    see_nothing_wrong(page)


def test_04_set_up_a_practitioner_under_team_select_users_and_the_practitioner(page: Page) -> None:
    go_to_settings(page, "Users")
    page.get_by_role("row", name=re.compile("Rosa Thornbury")).get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", name="Practitioner Settings")).to_be_visible()


def test_05_click_add_a_provider_number_enter_it_and_save_details(page: Page) -> None:
    page.get_by_label("Sees clients").check()
    page.get_by_label("Profession", exact=True).fill("Physiotherapist")
    if page.get_by_label("Provider number", exact=True).count() == 0:
        page.get_by_role("button", name="+ Add a provider number").click()
    page.get_by_label("Provider number", exact=True).first.fill("TP 000002")
    see_nothing_wrong(page)
    page.get_by_role("button", name="Save Details").last.click()


def test_06_the_practitioners_healthcode_id_appears_in_the_healthcode_column(page: Page) -> None:
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader", name="Healthcode")).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("Rosa Thornbury")).get_by_text("TP000002")).to_be_visible()
    see_nothing_wrong(page)


def test_07_set_up_a_service_under_business_select_services_then_action_and_edit(page: Page) -> None:
    go_to_settings(page, "Services")
    page.get_by_role("link", name=re.compile("New service")).first.click()
    page.get_by_label("Name").fill("Physiotherapy, first visit")
    page.get_by_label("Price").fill("£70")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name=re.compile("Physiotherapy, first visit"))
    row.locator("summary").click()
    row.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", name="Healthcode Details")).to_be_visible()


def test_08_paste_the_isc_in_the_isc_field_and_save(page: Page) -> None:
    page.get_by_label("ISC", exact=True).fill(" zphy 01 ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("Physiotherapy, first visit")).get_by_text("ZPHY01")).to_be_visible()
    see_nothing_wrong(page)


def test_09_case_2_billing_as_an_organisation_the_payee_is_the_clinic(page: Page) -> None:
    go_to_settings(page, "Payees and sites")
    see_nothing_wrong(page)
    page.get_by_role("link", name="New payee").first.click()
    page.get_by_label("An organisation or clinic").check()
    page.get_by_label("Name").fill("Riverside Clinic")
    page.get_by_label("Healthcode ID", exact=True).fill("TP000001")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("cell", name="TP000001").first).to_be_visible()
    page.get_by_role("link", name="New site").first.click()
    page.get_by_label("Name").fill("Riverside Clinic, main rooms")
    page.get_by_label("Site number").fill("TL000001")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("cell", name="TL000001").first).to_be_visible()
    see_nothing_wrong(page)


def test_10_set_up_patient_insurance_details_in_the_clients_tab(page: Page) -> None:
    page.get_by_label("Main", exact=True).get_by_role("link", name="Clients").click()
    see_nothing_wrong(page)
    page.get_by_role("link", name=re.compile("New client")).first.click()
    page.get_by_label("First name").fill("Testa")
    page.get_by_label("Last name").fill("Sample")
    page.get_by_label("Date of birth").fill("12/4/85")
    page.get_by_label("Sex").select_option(label="Female")
    page.get_by_label("Address", exact=False).first.fill("1 Invented Street")
    page.get_by_label("Postcode").fill("zz11zz")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", name=re.compile("Testa Sample"), level=1)).to_be_visible()
    see_nothing_wrong(page)


def test_11_select_edit_and_enter_provider_membership_number_and_authorisation_code(page: Page) -> None:
    page.get_by_role("link", name="Edit").first.click()
    expect(page.get_by_role("heading", name="UK Private Health Insurance")).to_be_visible()
    page.get_by_label("Insurance Provider").select_option(label="BUPA")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("Membership Number")
    expect(page.get_by_label("First name")).to_have_value("Testa")
    page.get_by_label("Membership Number").fill("ZZ0000 0001")
    page.get_by_label("Authorisation Code").fill("ZZAUTH01")


def test_12_under_diagnosis_codes_add_a_diagnosis_code_by_its_description_and_save(page: Page) -> None:
    box = page.get_by_role("combobox", name=re.compile("Diagnosis"))
    box.press_sequentially("frozen should", delay=20)
    page.get_by_role("option", name=re.compile("M75.0")).wait_for()
    see_nothing_wrong(page)
    box.press("ArrowDown")
    box.press("Enter")
    if not page.get_by_role("button", name="Remove M75.0").count():
        page.get_by_role("button", name="+ Add Diagnosis Code").click()
    expect(page.get_by_role("button", name="Remove M75.0")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("ZZ00000001", exact=True)).to_be_visible()
    expect(page.get_by_text("M75.0").first).to_be_visible()
    see_nothing_wrong(page)


def test_13_an_appointment_has_been_completed_in_the_calendar_tab(page: Page) -> None:
    page.get_by_label("Main", exact=True).get_by_role("link", name="Calendar").click()
    page.get_by_role("link", name="New appointment").first.click()
    client = page.get_by_role("combobox", name="Client")
    client.press_sequentially("Sample", delay=20)
    page.get_by_role("option", name=re.compile("Testa Sample")).wait_for()
    client.press("ArrowDown")
    client.press("Enter")
    page.get_by_label("Service").select_option(label="Physiotherapy, first visit")
    page.get_by_label("Practitioner").select_option(label="Rosa Thornbury")
    past = _last_working_day()
    page.get_by_label("Date").fill(f"{past.day} {past:%b %Y}")
    page.get_by_label("Time").fill("9.30am")
    see_nothing_wrong(page)
    page.get_by_role("button", name="Book").click()
    page.goto(f"/calendar/?date={past:%Y-%m-%d}")
    expect(page.locator(".ec-event", has_text="Testa Sample").first).to_be_visible()


def test_14_select_the_client_appointment_and_in_the_side_panel_the_invoice(page: Page) -> None:
    page.locator(".ec-event", has_text="Testa Sample").first.click()
    panel = page.get_by_role("complementary").or_(page.get_by_role("dialog")).filter(has_text="Testa Sample").first
    panel.get_by_role("button", name="Complete").click()
    panel.get_by_role("button", name="Invoice").click()
    expect(page.get_by_role("heading", name=re.compile("Invoice"), level=1)).to_be_visible()
    expect(page.get_by_role("cell", name="ZPHY01")).to_be_visible()
    see_nothing_wrong(page)


def test_15_you_will_see_a_claim_column_and_select_the_relevant_invoice(page: Page) -> None:
    page.get_by_label("Main", exact=True).get_by_role("link", name="Invoices").click()
    expect(page.get_by_role("columnheader", name="Claim")).to_be_visible()
    see_nothing_wrong(page)
    page.get_by_role("table").get_by_role("link", name=re.compile(r"CB\d+")).first.click()


def test_16_select_create_claim_and_all_data_are_collected(page: Page) -> None:
    page.get_by_role("button", name="Create Claim").first.click()
    page.wait_for_url(re.compile(r"/claims/[0-9a-f-]{36}"))
    expect(page.get_by_text("Created", exact=True).first).to_be_visible()
    expect(page.get_by_label("Membership Number")).to_have_value("ZZ00000001")
    expect(page.get_by_label("Practitioner ID")).to_have_value("TP000002")
    expect(page.get_by_label("Payee")).to_have_value("TP000001")
    see_nothing_wrong(page)


def test_17_basic_validation_shows_issues_at_their_fields_where_you_amend_them(page: Page) -> None:
    page.get_by_label("Membership Number").fill("")
    page.get_by_role("button", name="Submit Claim").last.click()
    expect(page.get_by_text(re.compile("to fix before it can be submitted"))).to_be_visible()
    see_nothing_wrong(page)
    page.get_by_label("Membership Number").fill("ZZ00000001")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text(re.compile("to fix before it can be submitted"))).to_have_count(0)


def test_18_confirm_the_claim_details_then_select_submit_claim(page: Page) -> None:
    page.get_by_role("button", name="Submit Claim").last.click()
    expect(page.locator("#standing .chip").first).to_have_text("Submitted")
    see_nothing_wrong(page)


def test_19_the_status_moves_to_awaiting_collection_without_a_reload(page: Page, fresh: Installation) -> None:
    page.evaluate("() => { window.notReloaded = true }")
    expect(page.get_by_text("Healthcode’s number")).to_be_visible()
    httpx.post(f"{fresh.sandbox}/sandbox/clock", json={"hours": "2"}, timeout=patience.SECONDS).raise_for_status()
    expect(page.locator("#standing .chip").first).to_have_text("Awaiting collection")
    assert page.evaluate("() => window.notReloaded") is True
    see_nothing_wrong(page)


def test_20_and_to_collected_by_insurer(page: Page, fresh: Installation) -> None:
    httpx.post(f"{fresh.sandbox}/sandbox/clock", json={"to": "22:00"}, timeout=patience.SECONDS).raise_for_status()
    expect(page.locator("#standing .chip").first).to_have_text("Collected by insurer")
    assert page.evaluate("() => window.notReloaded") is True
    see_nothing_wrong(page)


def test_21_what_was_sent_and_what_came_back_can_be_read(page: Page) -> None:
    page.get_by_role("link", name="What was sent, what came back").click()
    expect(page.get_by_text("SubmitBill").first).to_be_visible()
    assert "stand-in-secret" not in page.content()
    see_nothing_wrong(page)
    page.go_back()


def test_22_if_a_claim_has_not_been_paid_out_create_a_new_claim_and_submit_this_again(page: Page) -> None:
    page.locator("summary", has_text="Create a new claim").click()
    page.get_by_label("I checked in VEDA: it has not been paid").check()
    page.get_by_role("button", name="Create a new claim").click()
    expect(page.get_by_text("Created", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Submit Claim").last.click()
    expect(page.get_by_text("Healthcode’s number")).to_be_visible()


def test_23_every_change_left_an_audit_entry(page: Page) -> None:
    go_to_settings(page, "Audit trail")
    expect(page.get_by_text(re.compile("submitted the claim", re.IGNORECASE)).first).to_be_visible()
    see_nothing_wrong(page)


def _last_working_day() -> datetime:
    day = datetime.now(UK) - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day
