from __future__ import annotations

import json

import lxml.html
import pytest

from tests import builders

pytestmark = pytest.mark.django_db


def test_a_script_can_read_the_headers_that_a_page_gives_it() -> None:
    member = builders.member(builders.practice())
    page = builders.signed_in(member).get("/calendar/").content.decode()
    headers = json.loads(lxml.html.fromstring(page).xpath("//body/@hx-headers")[0])
    assert set(headers) == {"X-CSRFToken", "X-Shown-To"}
