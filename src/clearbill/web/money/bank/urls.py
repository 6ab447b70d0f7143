"""Addresses of Money > Bank, under /money/bank."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.former_addresses import former_address
from clearbill.web.money.bank import accounts, statements, views

urlpatterns: list[URLPattern] = [
    path("bank", views.bank, name="bank"),
    path("bank/lines.csv", former_address("bank"), name="bank-lines-file"),
    path("bank/lines/<uuid:line_id>", views.line, name="bank-line"),
    path("bank/lines/<uuid:line_id>/match", views.match, name="bank-match"),
    path("bank/lines/<uuid:line_id>/set-aside", views.set_aside, name="bank-aside"),
    path("bank/lines/<uuid:line_id>/bring-back", views.bring_back, name="bank-bring-back"),
    path("bank/matches/<uuid:group>/undo", views.undo, name="bank-undo"),
    path("bank/payments/<uuid:remittance_id>/match", views.match_payment, name="bank-match-payment"),
    path("bank/payments/<uuid:remittance_id>/not-expected", views.excuse, name="bank-excuse"),
    path("bank/payments/<uuid:remittance_id>/expected", views.expect_again, name="bank-expect-again"),
    path("bank/usual/<uuid:usual_id>/stop", views.no_longer_usual, name="bank-not-usual"),
    path("bank/accounts", accounts.accounts, name="bank-accounts"),
    path("bank/accounts/<uuid:account_id>", accounts.account, name="bank-account"),
    path("bank/accounts/<uuid:account_id>/merge", accounts.merge, name="bank-account-merge"),
    path("bank/accounts/<uuid:account_id>/take-apart", accounts.take_apart, name="bank-account-take-apart"),
    path("bank/statements", statements.statements, name="bank-statements"),
    path("bank/statements/new", statements.bring, name="bank-bring"),
    path("bank/statements/<uuid:file_id>", statements.statement, name="bank-statement"),
    path("bank/statements/<uuid:file_id>/answer", statements.answer, name="bank-answer"),
    path("bank/statements/<uuid:file_id>/take-in", statements.take_in, name="bank-take-in"),
    path("bank/statements/<uuid:file_id>/take-out", statements.take_out, name="bank-take-out"),
    path("bank/statements/<uuid:file_id>/file", statements.content, name="bank-file"),
]
