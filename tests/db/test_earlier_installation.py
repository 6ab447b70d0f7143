"""An installation of December 2026 with data is brought up to date: nothing in it is lost, and no amount is another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.db import earlier_installation
from tests.processes import run, surroundings

AUTHORISED = ("authorisation_code", "authorisation_from", "authorisation_to", "authorised_sessions")

RATES = ("price", "vat_rate", "isc", "procedure_code")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("installation")
    environment = surroundings(folder, CLEARBILL_LOG="warning")
    (folder / "clearbill.sqlite3").unlink(missing_ok=True)
    done = run(environment, "-m", "tests.db.earlier_installation")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_row_and_every_value_is_still_there(found: Any) -> None:
    assert found["tables"] == found["rows"] == []
    moved = {f"clients_cover.{name}" for name in AUTHORISED} | {f"practice_service.{name}" for name in RATES}
    assert set(found["columns"]) == moved
    assert found["values"] == {}


def test_what_was_authorised_stands_under_the_policy(found: Any) -> None:
    numbers = {row["id"]: row["number"] for row in earlier_installation.table("clients_client")}
    covers = [
        [numbers[row["client_id"]], *(str(row[name]) for name in AUTHORISED)]
        for row in earlier_installation.table("clients_cover")
        if any(row[name] for name in AUTHORISED)
    ]
    assert len(covers) > 100
    assert found["authorisations"] == sorted(covers)


def test_each_service_has_its_price_and_codes_from_ever(found: Any) -> None:
    services = [
        [row["id"], "None", f"{row['price']:.2f}", f"{row['vat_rate']:.2f}", row["isc"], row["procedure_code"]]
        for row in earlier_installation.table("practice_service")
    ]
    assert found["rates"] == sorted(services)


def test_every_paper_given_out_before_is_kept(found: Any) -> None:
    entries = earlier_installation.table("billing_entry")
    taken_back = {row["takes_back_id"] for row in entries}
    paid = [row for row in entries if (row["kind"], row["source"]) == ("paid", "patient") and not row["takes_back_id"]]
    assert found["papers"] == {
        "invoice": len(earlier_installation.table("billing_invoice")),
        "credit note": len(earlier_installation.table("billing_creditnote")),
        "receipt": len([row for row in paid if row["id"] not in taken_back]),
    }


def test_every_kind_of_page_opens(found: Any) -> None:
    assert len(found["pages"]) > 25
    assert {address: status for address, status in found["pages"].items() if status != 200} == {}
