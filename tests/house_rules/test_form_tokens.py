"""Every form that is sent says whom it was shown to: a template that forgets it is found before anybody opens it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clearbill.web.components.template_loader import folded

SOURCE = Path(__file__).parents[2] / "src" / "clearbill"
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
# These send what was typed before, which says by itself whom it was shown to.
SEND_AGAIN = {"sign_in/send_again.html", "sign_in/other_owner.html"}
FORMS = re.compile(r"<form\b.*?</form>", re.DOTALL)


def name_of(path: Path) -> str:
    return str(path).rpartition("/templates/")[2]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_form_that_is_sent_carries_the_token_of_forms(path: Path) -> None:
    text = path.read_text()
    assert "csrf" not in text or name_of(path) in SEND_AGAIN
    for form in FORMS.findall(folded(text)):
        is_sent = re.search(r'method="post"|hx-post', form.partition(">")[0])
        assert not is_sent or "{% form_token %}" in form or name_of(path) in SEND_AGAIN
