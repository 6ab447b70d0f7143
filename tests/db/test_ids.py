from __future__ import annotations

from uuid import UUID

import pytest

from clearbill.db.ids import parse_id

SOME_ID = "6f1c1d4e-5f0a-4c53-9a55-0d6a4d5b8a10"


@pytest.mark.parametrize("text", [SOME_ID, SOME_ID.upper(), SOME_ID.replace("-", "")])
def test_an_id_is_read_from_text(text: str) -> None:
    assert parse_id(text) == UUID(SOME_ID)


@pytest.mark.parametrize("text", ["", "clearbill", SOME_ID[:-1], f"{SOME_ID}0", "1' OR '1'='1"])
def test_any_other_text_is_no_id(text: str) -> None:
    assert parse_id(text) is None
