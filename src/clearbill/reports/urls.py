from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.reports import accounts_views, views

urlpatterns: list[URLPattern] = [
    path("reports/", views.index, name="reports"),
    path("reports/<slug:name>", views.report, name="report"),
    path("reports/<slug:name>.csv", views.file, name="report-file"),
    path("money/accounts", accounts_views.accounts, name="accounts"),
    path("money/accounts/codes", accounts_views.codes, name="account-codes"),
    path("money/accounts/xero.csv", accounts_views.xero, name="accounts-xero"),
    path("money/accounts/books.journal", accounts_views.hledger, name="accounts-hledger"),
]
