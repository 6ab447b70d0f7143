"""Urls."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.money.shortfalls import excess as excess_views
from clearbill.web.money.shortfalls import letters as letter_views
from clearbill.web.money.shortfalls import shortfall as card_views
from clearbill.web.money.shortfalls import shortfall_list as list_views

urlpatterns: list[URLPattern] = [
    path("shortfalls", list_views.shortfalls, name="shortfalls"),
    path("shortfalls/<uuid:claim_id>", card_views.shortfall, name="shortfall"),
    path("shortfalls/<uuid:claim_id>/ask", card_views.ask, name="shortfall-ask"),
    path("shortfalls/<uuid:claim_id>/write-off", card_views.write_off, name="shortfall-write-off"),
    path("shortfalls/<uuid:claim_id>/wait", card_views.wait, name="shortfall-wait"),
    path("shortfalls/<uuid:claim_id>/owes", card_views.owes, name="shortfall-owes"),
    path("shortfalls/<uuid:claim_id>/note", card_views.note, name="shortfall-note"),
    path(
        "shortfalls/<uuid:claim_id>/entries/<int:entry_id>/take-back", card_views.take_back, name="shortfall-take-back"
    ),
    path("shortfalls/<uuid:claim_id>/decisions/<uuid:decision_id>/undo", card_views.undo, name="shortfall-undo"),
    path("shortfalls/<uuid:claim_id>/letter", letter_views.new, name="shortfall-letter-new"),
    path("letters/<uuid:letter_id>", letter_views.letter, name="shortfall-letter"),
    path("letters/<uuid:letter_id>/letter.pdf", letter_views.letter_pdf, name="shortfall-letter-pdf"),
    path("excess/<uuid:invoice_id>", excess_views.excess, name="excess"),
]
