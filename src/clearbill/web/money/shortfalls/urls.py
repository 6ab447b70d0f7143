"""Addresses of Money > Shortfalls, under /money/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.money.shortfalls import excess, letters, shortfall, shortfall_list

urlpatterns: list[URLPattern] = [
    path("shortfalls", shortfall_list.shortfalls, name="shortfalls"),
    path("shortfalls/<uuid:claim_id>", shortfall.shortfall, name="shortfall"),
    path("shortfalls/<uuid:claim_id>/ask", shortfall.ask, name="shortfall-ask"),
    path("shortfalls/<uuid:claim_id>/write-off", shortfall.write_off, name="shortfall-write-off"),
    path("shortfalls/<uuid:claim_id>/wait", shortfall.wait, name="shortfall-wait"),
    path("shortfalls/<uuid:claim_id>/owes", shortfall.owes, name="shortfall-owes"),
    path("shortfalls/<uuid:claim_id>/note", shortfall.note, name="shortfall-note"),
    path(
        "shortfalls/<uuid:claim_id>/entries/<int:entry_id>/take-back", shortfall.take_back, name="shortfall-take-back"
    ),
    path("shortfalls/<uuid:claim_id>/decisions/<uuid:decision_id>/undo", shortfall.undo, name="shortfall-undo"),
    path("shortfalls/<uuid:claim_id>/letter", letters.new, name="shortfall-letter-new"),
    path("letters/<uuid:letter_id>", letters.letter, name="shortfall-letter"),
    path("letters/<uuid:letter_id>/letter.pdf", letters.letter_pdf, name="shortfall-letter-pdf"),
    path("excess/<uuid:invoice_id>", excess.excess, name="excess"),
]
