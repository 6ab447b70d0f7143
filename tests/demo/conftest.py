from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests import moment
from tests.demo import whole


@pytest.fixture
def faults_at(transactional_db: None, settings: Any, tmp_path: Path) -> Callable[[str], list[str]]:
    """Give what loads the demo at a moment, such as 2028-02-29T23:55 in the UK, and returns what is wrong in it."""
    cache.clear()
    return lambda text: whole.faults_at(moment.uk(text), folder=tmp_path, settings=settings)
