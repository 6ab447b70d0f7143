"""The accounts that entries go to."""

from __future__ import annotations

from enum import StrEnum


class Account(StrEnum):
    """Where money stands; its value is how people call it."""

    DEBTORS_INSURERS = "Debtors, insurers"
    DEBTORS_CLIENTS = "Debtors, clients"
    SHORTFALL = "Shortfall not decided"
    BANK = "Money received"
    INCOME = "Fees"
    VAT = "VAT"
    WRITTEN_OFF = "Written off"
    ADJUSTMENTS = "Insurers’ adjustments"


FIELDS = {
    Account.DEBTORS_INSURERS: "debtors_insurers",
    Account.DEBTORS_CLIENTS: "debtors_clients",
    Account.SHORTFALL: "shortfall",
    Account.BANK: "bank",
    Account.INCOME: "income",
    Account.VAT: "vat",
    Account.WRITTEN_OFF: "written_off",
    Account.ADJUSTMENTS: "adjustments",
}

# Below one of the five kinds of accounts that hledger knows by name.
PLAIN_ACCOUNTS = {
    Account.DEBTORS_INSURERS: "assets:debtors:insurers",
    Account.DEBTORS_CLIENTS: "assets:debtors:clients",
    Account.SHORTFALL: "assets:shortfall",
    Account.BANK: "assets:received",
    Account.INCOME: "income:fees",
    Account.VAT: "liabilities:vat",
    Account.WRITTEN_OFF: "expenses:written off",
    Account.ADJUSTMENTS: "income:adjustments of insurers",
}
