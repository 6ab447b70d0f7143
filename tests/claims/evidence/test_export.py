from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import amendments, bill_diff, services, transitions, validation
from clearbill.claims.evidence import export
from clearbill.claims.models import Claim, Exchange
from clearbill.invoicing.models import Invoice
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk
from tests.web.claims.test_pages import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def opened(desk: Desk, claim: Claim) -> zipfile.ZipFile:
    claim.refresh_from_db()
    return zipfile.ZipFile(io.BytesIO(export.export(desk.actor(), claim=claim).content))


def told(desk: Desk, claim: Claim) -> dict[str, Any]:
    return dict(json.loads(opened(desk, claim).read("evidence.json")))


def rejected_then_sent_again(desk: Desk) -> Claim:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    services.reopen(desk.actor(), claim=claim)
    bill = validation.stored_bill(claim)
    cover = type(bill.cover)(registration_number="ZZ00000099")
    amendments.amend(desk.actor(), claim=claim, bill=type(bill)(**{**_fields(bill), "cover": cover}), also_client=False)
    desk.submit(claim)
    desk.send()
    return claim


def _fields(bill: Any) -> dict[str, Any]:
    return {name: getattr(bill, name) for name in bill.__dataclass_fields__}


def test_the_exact_bytes_of_every_exchange_are_in_numbered_files(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.lose_next_reply(stored=True)
    desk.send()
    Exchange.objects.filter(claim=claim).update(received=b"<a>\xff\x00 not quite XML")
    desk.wait(minutes=5)
    desk.ask()
    kept = opened(desk, claim)
    first = Exchange.objects.filter(claim=claim).order_by("started_at", "pk").first()
    assert first is not None
    sent = [name for name in kept.namelist() if name.startswith("exchanges/001-submitBill-attempt-1-sent")]
    assert kept.read(sent[0]) == bytes(first.sent)
    assert kept.read("exchanges/001-submitBill-attempt-1-received.xml") == b"<a>\xff\x00 not quite XML"


def test_the_manifest_names_every_file_with_its_digest(desk: Desk) -> None:
    kept = opened(desk, rejected_then_sent_again(desk))
    lines = kept.read("MANIFEST.sha256").decode().splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert set(listed) == set(kept.namelist()) - {"MANIFEST.sha256"}
    assert all(hashlib.sha256(kept.read(name)).hexdigest() == digest for name, digest in listed.items())


def test_each_version_keeps_its_frozen_bill_and_what_changed_in_between(desk: Desk) -> None:
    claim = rejected_then_sent_again(desk)
    kept = opened(desk, claim)
    first, second = (json.loads(kept.read(f"bill-version-{number}.json")) for number in (1, 2))
    assert first["cover"]["registration_number"] == "ZZ00000001"
    assert second["cover"]["registration_number"] == "ZZ00000099"
    sendings = told(desk, claim)["sendings"]
    assert [one["version"] for one in sendings] == [1, 2]
    assert sendings[1]["changed_since_the_one_before"] == [
        {"field": "Membership Number", "before": "ZZ00000001", "after": "ZZ00000099"}
    ]


def test_the_timeline_says_who_did_what_in_uk_time_and_utc(desk: Desk) -> None:
    desk.now = desk.now.replace(month=7)
    claim = desk.submitted(treated_on=date(2026, 7, 9), issued_on=date(2026, 7, 10))
    desk.send()
    submitted = next(one for one in told(desk, claim)["timeline"] if one["event"] == "submit")
    assert submitted["by"] == "Rosa Example"
    assert (submitted["status_before"], submitted["status_after"]) == ("Created", "Submitted")
    assert submitted["at"] == {"utc": "2026-07-10T09:00:00.000000Z", "uk": "10 Jul 2026 10:00:00 BST"}


def test_attempts_work_items_and_audit_entries_are_told(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    transitions.open_task(claim, kind="not found", sentence="Look it up in VEDA.")
    desk.wait(minutes=1)
    data = told(desk, claim)
    attempt = data["attempts"][0]
    assert (attempt["operation"], attempt["attempt"], attempt["outcome"]) == ("submitBill", 1, "receipt")
    assert (attempt["http_status"], attempt["seconds"]) == (200, 0.0)
    assert ":" in data["sendings"][0]["worker"]
    assert data["work"][0]["sentence"] == "Look it up in VEDA."
    assert [one["action"] for one in data["audit"]] == [
        "created the claim",
        "submitted the claim",
        "downloaded the evidence of the claim",
    ]
    assert data["audit"][1]["in_words"] == ["status: Created → Submitted"]


def test_the_page_to_print_needs_nothing_but_itself_and_runs_nothing_that_came_back(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    Exchange.objects.filter(claim=claim).update(received=b"<html><script>alert(1)</script>")
    kept = opened(desk, claim)
    page = kept.read("evidence.html").decode()
    assert claim.number in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http://" not in page
    assert "https://" not in page
    # What is opened by a double click must not run either.
    assert "exchanges/001-submitBill-attempt-1-received.html.txt" in kept.namelist()


def test_a_claim_that_was_never_sent_has_evidence_too(desk: Desk) -> None:
    kept = opened(desk, desk.created())
    assert set(kept.namelist()) == {"evidence.html", "evidence.json", "bill-version-1.json", "MANIFEST.sha256"}


def test_the_download_is_named_by_the_claims_number_alone_and_leaves_an_audit_entry(
    desk: Desk, browser: Browser
) -> None:
    claim = desk.submitted()
    answer = browser.get(f"/claims/{claim.pk}/evidence")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="claim-{claim.number}-evidence.zip"'
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    entry = AuditEntry.objects.get(action="downloaded the evidence of the claim")
    assert (entry.by, entry.subject_id) == (desk.owner.user, str(claim.pk))


def test_no_credential_is_in_the_evidence(desk: Desk) -> None:
    kept = opened(desk, rejected_then_sent_again(desk))
    assert not [name for name in kept.namelist() if b"stand-in-secret" in kept.read(name)]


def test_whoever_may_see_what_was_sent_may_have_the_evidence_and_a_stranger_finds_nothing(desk: Desk) -> None:
    claim = desk.submitted()
    for path in ("exchanges", "evidence"):
        assert (
            builders.signed_in(desk.colleague(Role.RECEPTIONIST)).get(f"/claims/{claim.pk}/{path}").status_code == 200
        )
        assert builders.signed_in(desk.colleague(Role.ACCOUNTANT)).get(f"/claims/{claim.pk}/{path}").status_code == 403
        stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
        assert stranger.get(f"/claims/{claim.pk}/{path}").status_code == 404
        assert Browser().get(f"/claims/{claim.pk}/{path}").status_code == 302
    assert builders.signed_in(desk.owner).post(f"/claims/{claim.pk}/evidence").status_code == 405


# What changed since


def test_a_correction_shows_field_by_field_what_differs_from_what_was_sent(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    browser.post(f"/claims/{claim.pk}/correct")
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    assert "What changed since version 1 was sent" in text
    assert "nothing yet" in text
    claim.refresh_from_db()
    browser.post(f"/claims/{claim.pk}", typed(claim, registration_number="ZZ00000099", patient_birth_date="13/4/1985"))
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    table = text.split("What changed since version 1", 1)[1].split("</table>")[0]
    for words in ("Membership Number", "ZZ00000001", "ZZ00000099", "Date of birth", "12 Apr 1985", "13 Apr 1985"):
        assert words in table


def test_a_claim_says_what_the_client_says_by_now_and_one_button_collects_it(desk: Desk, browser: Browser) -> None:
    claim = desk.created()
    assert "say something else" not in browser.get(f"/claims/{claim.pk}").content.decode()
    claim.invoice.client.policies.update(membership_number="ZZ00000055")
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    table = text.split("say something else", 1)[1].split("</details>")[0]
    assert "ZZ00000001" in table
    assert "ZZ00000055" in table
    assert f'action="/claims/{claim.pk}/refresh"' in table
    browser.post(f"/claims/{claim.pk}/refresh")
    claim.refresh_from_db()
    assert validation.stored_bill(claim).cover.registration_number == "ZZ00000055"
    assert "say something else" not in browser.get(f"/claims/{claim.pk}").content.decode()


def test_a_rejected_claim_shows_what_changed_at_the_client_since_it_was_sent(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.invoice.client.first_name = "Tessa"
    claim.invoice.client.save()
    claim.refresh_from_db()
    assert claim.status == Status.REJECTED
    table = browser.get(f"/claims/{claim.pk}").content.decode().split("What changed since it was sent", 1)[1]
    assert "Tessa" in table.split("</table>")[0]


def test_other_amounts_since_it_was_sent_are_shown_in_pounds(desk: Desk, browser: Browser) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    browser.post(f"/claims/{claim.pk}/correct")
    claim.invoice.lines.update(gross=Decimal("1065.5"), net=Decimal("1065.5"))
    Invoice.objects.filter(pk=claim.invoice_id).update(gross_total=Decimal("1065.5"), net_total=Decimal("1065.5"))
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    other = cells(text.split("say something else", 1)[1].split("</table>")[0])
    browser.post(f"/claims/{claim.pk}/refresh")
    text = browser.get(f"/claims/{claim.pk}").content.decode()
    since = cells(text.split("What changed since version 1", 1)[1].split("</table>")[0])
    for rows in (other, since):
        for label in ("Line 1: gross", "Line 1: net", "Gross total", "Net total"):
            assert rows[label] == ["£70.00", "£1,065.50"]


def cells(table: str) -> dict[str, list[str]]:
    """What stands in each row of a table of changes, by the field's name: before and after."""
    rows = re.findall(r'<td class="lead">(.*?)</td>.*?<span>(.*?)</span>.*?<b>(.*?)</b>', table, re.DOTALL)
    return {label: sides for label, *sides in rows}


def test_an_amount_that_was_not_there_or_is_no_number_is_told_as_it_is() -> None:
    stored = {"totals.discount_total": [None, "12.5"], "lines[0].net_amount": ["seventy", "0"]}
    told = {one.field: (one.before, one.after) for one in bill_diff.diff_for_audit(stored)}
    assert told == {"Discount": ("empty", "£12.50"), "Line 1: net": ("seventy", "£0.00")}


def test_a_claim_in_place_of_another_keeps_its_date_when_its_data_are_collected_again(desk: Desk) -> None:
    first = desk.created()
    services.cancel(desk.actor(), claim=first)
    desk.wait(days=9)
    second = services.create_follow_on(desk.actor(), invoice=first.invoice)
    assert validation.stored_bill(second).invoice_date == date(2026, 11, 19)
    services.rebuild(desk.actor(), claim=second)
    assert validation.stored_bill(second).invoice_date == date(2026, 11, 19)


def test_markup_in_a_comment_of_an_answer_breaks_neither_page_nor_file(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    raw = b"<html><!-- <b>hello</b> --><?php <i/> ?><p>Bad gateway</p></html>"
    Exchange.objects.create(claim=claim, operation="billStatus", sent=b"<a/>", received=raw, started_at=desk.now)
    browser = builders.signed_in(desk.owner)
    assert "Bad gateway" in browser.get(f"/claims/{claim.pk}/exchanges").content.decode()
    assert browser.get(f"/claims/{claim.pk}/evidence").status_code == 200
