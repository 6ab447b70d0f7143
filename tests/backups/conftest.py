"""Installations for tests of backups; one that is set up is made once and copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthcode_sandbox import server
from tests import migrated
from tests.backups.installation import Installation
from tests.postgres import cluster

__all__ = ["cluster"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[server.Running]:
    with server.start(data_folder=tmp_path / "house") as running:
        yield running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A practice with three claims that are Created, on SQLite."""
    made = Installation(tmp_path_factory.mktemp("template") / "data")
    migrated.put_into(made.folder)
    made.act("set_up")
    made.act("bill", "SIM-PAID", "3")
    return made


@pytest.fixture
def installation(template: Installation, tmp_path: Path) -> Installation:
    return template.copied(tmp_path / "data")
