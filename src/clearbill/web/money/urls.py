"""Addresses of Money, under /money/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from clearbill.web.former_addresses import former_address
from clearbill.web.money import accounts, takings

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("clearbill.web.money.remittances.urls")),
    path("", include("clearbill.web.money.bank.urls")),
    path("", include("clearbill.web.money.shortfalls.urls")),
    path("", include("clearbill.web.money.follow_up.urls")),
    path("takings", takings.takings, name="takings"),
    path("takings.csv", former_address("takings"), name="takings-file"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/codes", accounts.codes, name="account-codes"),
    path("accounts/xero.csv", accounts.xero, name="accounts-xero"),
    path("accounts/books.journal", accounts.hledger, name="accounts-hledger"),
]
