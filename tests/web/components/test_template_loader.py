"""What the template loader takes out of the source of a template, and what it leaves."""

from __future__ import annotations

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from clearbill.web.components.template_loader import folded


@pytest.mark.parametrize(
    ("laid_out", "short"),
    {
        "a sentence over two lines": ("<p>Nothing is\n    lost.</p>", "<p>Nothing is lost.</p>"),
        "the edges of a block": (
            "<td>\n  {% if one %}\n    1\n  {% endif %}\n</td>",
            "<td>{% if one %} 1 {% endif %}</td>",
        ),
        "a space between links": (
            '<a href="/x">x</a>\n    <a href="/y">y</a>',
            '<a href="/x">x</a>\n<a href="/y">y</a>',
        ),
        "no space between links": (
            '<a href="/x">x</a><a\n  href="/y"\n>y</a>',
            '<a href="/x">x</a><a href="/y">y</a>',
        ),
        "a condition among the attributes": (
            '<td class="{% if n > "1" %}many{% endif %}" {% if n > 2 %}hidden{% endif %}>\n  {{ n }}\n</td>',
            '<td class="{% if n > "1" %}many{% endif %}" {% if n > 2 %}hidden{% endif %}>{{ n }}</td>',
        ),
        "spaces on one line": ("<b>a</b>  <i>b</i>", "<b>a</b>  <i>b</i>"),
        "what is verbatim": (
            "<pre>\n  a\n  b\n</pre>\n<textarea>\n a</textarea>",
            "<pre>\n  a\n  b\n</pre> <textarea>\n a</textarea>",
        ),
    }.values(),
)  # each: as it stands in a file, and what is made of it
def test_the_layout_of_a_template_is_not_sent_and_nothing_else_is_lost(laid_out: str, short: str) -> None:
    assert folded(laid_out) == short


def test_a_page_is_found_in_its_folder_and_a_paper_in_its_app() -> None:
    assert get_template("base.html").template.source.startswith("{% load django_htmx %}")
    assert "\n  " not in get_template("base.html").template.source
    assert get_template("claims/evidence_page.html")
    with pytest.raises(TemplateDoesNotExist):
        get_template("nowhere.html")


def test_what_is_no_page_keeps_its_lines() -> None:
    assert "\n" in get_template("registration/password_reset_subject.txt").template.source
