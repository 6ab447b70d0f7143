"""A real PostgreSQL for tests: a cluster of their own, which they may stop, crash and start again.

    from tests.postgres import Cluster, cluster

`Cluster` is a context manager with `url`, `start()`, `stop(mode)`, `restart(mode)` (`"fast"` or `"immediate"`) and
`new_database(name)`; `cluster` is a fixture that gives one for a whole test file.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.postgres import Cluster

__all__ = ["Cluster", "cluster"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running
