"""The address that commands print is the one under which people open Clearbill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import run, surroundings


@pytest.mark.parametrize(
    ("origins", "address"),
    [("", "http://localhost:8123"), ("https://*.example.org,https://desk.example.org", "https://desk.example.org")],
)
def test_it_is_the_first_trusted_origin_that_names_one_host(tmp_path: Path, origins: str, address: str) -> None:
    around = surroundings(tmp_path, CLEARBILL_PORT="8123", CLEARBILL_TRUSTED_ORIGINS=origins)
    said = run(around, "-c", "from clearbill.config import settings; print(settings.ADDRESS)")
    assert said.stdout.strip() == address
