"""Under which codes the practice's accountant keeps the accounts."""

from __future__ import annotations

from django.db import models

from clearbill.people.models import Owned
from clearbill.reports.chart_of_accounts import Account


def code(account: Account, usual: str) -> models.CharField[str, str]:
    return models.CharField(account.value, max_length=10, default=usual)


class AccountCodes(Owned):
    """The code of each account in the practice's accounting software, and the tax rate of every line."""

    debtors_insurers = code(Account.DEBTORS_INSURERS, "615")
    debtors_clients = code(Account.DEBTORS_CLIENTS, "616")
    shortfall = code(Account.SHORTFALL, "617")
    bank = code(Account.BANK, "618")
    income = code(Account.INCOME, "200")
    vat = code(Account.VAT, "820")
    written_off = code(Account.WRITTEN_OFF, "450")
    adjustments = code(Account.ADJUSTMENTS, "260")
    tax_rate = models.CharField(max_length=50, default="No VAT")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice"], name="one_set_of_account_codes")]
        verbose_name_plural = "account codes"

    def __str__(self) -> str:
        return "Account codes"
