"""An export as a job: asked for on the page, made by the worker, downloaded, deleted."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clearbill.bill.problem import Refused
from clearbill.claims.queue.client_pool import ConnectionPool
from clearbill.exports import jobs, services
from clearbill.exports.models import Export
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.builders import NOW
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path
    return tmp_path


def work(now: Any = NOW) -> bool:
    return jobs.make_next(now=now, house_of=ConnectionPool())


def test_the_worker_makes_what_was_asked_for_and_readers_of_the_page_get_the_file(data_folder: Path) -> None:
    desk = Desk()
    builders.client(desk.practice, last_name="Sample")
    browser = builders.signed_in(desk.owner)
    assert "Make an export" in browser.get("/settings/exports").content.decode()
    assert "The export is being made" in browser.post("/settings/exports/new", follow=True).content.decode()
    assert "An export is being made already." in browser.post("/settings/exports/new", follow=True).content.decode()
    assert work()
    assert not work()
    row = Export.objects.get()
    assert (row.made_at, row.failure, row.bytes) == (NOW, "", (data_folder / f"exports/{row.pk}.zip").stat().st_size)
    following = browser.get("/settings/exports", headers={"HX-Request": "true"})
    assert following.headers["HX-Refresh"] == "true"
    assert "Download" in browser.get("/settings/exports").content.decode()
    answer = browser.post(f"/settings/exports/{row.pk}/file")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert "lists/clients.csv" in file.namelist()
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_file_is_downloaded_and_deleted_with_an_entry_each(data_folder: Path) -> None:
    desk = Desk()
    row = jobs.ask(desk.actor())
    work()
    row.refresh_from_db()
    assert jobs.take(desk.actor(), row).exists()
    jobs.remove(desk.actor(), row)
    row.refresh_from_db()
    assert list((data_folder / "exports").iterdir()) == []
    with pytest.raises(Refused, match="no longer kept"):
        jobs.take(desk.actor(), row)
    said = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "took out all of the practice",
        "downloaded an export of all of the practice",
        "deleted an export of all of the practice",
    } <= said
    page = builders.signed_in(desk.owner).post(f"/settings/exports/{row.pk}/file", follow=True)
    assert "no longer kept" in page.content.decode()


def test_a_file_is_deleted_after_a_week() -> None:
    desk = Desk()
    row = jobs.ask(desk.actor())
    work()
    jobs.expire_files(now=NOW + timedelta(days=6, hours=23))
    row.refresh_from_db()
    assert jobs.file_of(row).exists()
    jobs.expire_files(now=NOW + timedelta(days=7, seconds=1))
    row.refresh_from_db()
    assert row.removed_at == NOW + timedelta(days=7, seconds=1)
    with pytest.raises(Refused):
        jobs.file_of(row)


def test_an_export_whose_worker_died_is_made_by_another(data_folder: Path) -> None:
    desk = Desk()
    row = jobs.ask(desk.actor())
    Export.objects.filter(pk=row.pk).update(taken_at=NOW)
    (data_folder / "exports").mkdir()
    (data_folder / f"exports/.{row.pk}.zip-123").write_bytes(b"half")
    assert not work(NOW + timedelta(hours=1))
    assert work(NOW + timedelta(hours=2, seconds=1))
    assert [one.name for one in (data_folder / "exports").iterdir()] == [f"{row.pk}.zip"]


def test_a_file_that_cannot_be_written_is_said_and_another_can_be_asked_for(data_folder: Path) -> None:
    desk = Desk()
    jobs.ask(desk.actor())
    (data_folder / "exports").write_text("a file where the folder should be")
    assert work()
    page = builders.signed_in(desk.owner).get("/settings/exports").content.decode()
    assert "The file could not be written" in page
    assert "Make an export" in page
    assert jobs.ask(desk.actor())


def test_who_may_not_take_out_all_finds_no_export_and_another_practice_not_this_one() -> None:
    desk = Desk()
    row = jobs.ask(desk.actor())
    work()
    stranger = builders.signed_in(builders.member(builders.practice(name="Hillside")))
    assert stranger.post(f"/settings/exports/{row.pk}/file").status_code == 404
    assert stranger.post(f"/settings/exports/{row.pk}/remove").status_code == 404
    for role in (Role.PRACTITIONER, Role.RECEPTIONIST, Role.ACCOUNTANT):
        member = builders.signed_in(desk.colleague(role))
        assert member.get("/settings/exports").status_code == 403
        assert member.post(f"/settings/exports/{row.pk}/file").status_code == 403
        assert "/settings/exports" not in member.get("/settings/").content.decode()


def test_what_fails_within_clearbill_is_said_on_the_page_and_raised_for_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    row = jobs.ask(desk.actor())
    monkeypatch.setattr(services, "LISTS", None)
    with pytest.raises(AttributeError):
        work()
    row.refresh_from_db()
    assert row.failure.startswith("Something went wrong in Clearbill.")
