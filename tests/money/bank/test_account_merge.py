"""One bank account that stands here twice: merged, each line once, and taken apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.test import Client as Browser

from clearbill.bill.problem import Refused
from clearbill.imports.bank_statements import services
from clearbill.money.bank import account_merge, accounts, auto_match, manual_match, queries
from clearbill.money.bank.account_merge import MergePreview
from clearbill.money.bank.models import Account, BankLine, Match
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.desk import Desk
from tests.money.bank.teller import TODAY, csv, line, paid, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Two accounts that are one: both have the rent of October and 20 November, each has a line of its own."""
    desk = Desk()
    taken(desk, csv("20/11/2026,Card takings,20.00", "21/11/2026,Only here,21.00"), account="Business")
    taken(desk, csv("20/11/2026,Card takings,20.00", "22/11/2026,BUPA PAY900001,70.00"), account="Old name")
    return desk


def named(name: str) -> Account:
    return Account.objects.get(name=name)


def pair() -> dict[str, Account]:
    return {"merged": named("Old name"), "survivor": named("Business")}


def standing() -> list[tuple[str, str, Decimal]]:
    rows = BankLine.objects.exclude(state=BankLine.OUT).order_by("on", "description", "account__name")
    return list(rows.values_list("account__name", "description", "amount"))


def every_row() -> list[Any]:
    return list(BankLine.objects.order_by("pk").values()) + list(Account.objects.order_by("pk").values())


def total() -> Decimal:
    return Decimal(BankLine.objects.exclude(state=BankLine.OUT).aggregate(sum=Sum("amount"))["sum"])


def test_each_line_stands_once_and_the_sums_are_those_of_one_account(desk: Desk) -> None:
    assert account_merge.preview(**pair()) == MergePreview(moving=1, in_both=2)
    account_merge.merge(desk.actor(), **pair())
    assert standing() == [
        ("Business", "Rent", -1),
        ("Business", "Card takings", 20),
        ("Business", "Only here", 21),
        ("Business", "BUPA PAY900001", 70),
    ]
    assert total() == 110
    assert [one.name for one in queries.open_accounts(desk.practice)] == ["Business"]
    audit = AuditEntry.objects.get(action="merged a bank account into another")
    assert audit.changes == {"into": "Business", "lines": 1, "in both": 2}


def test_a_match_stays_with_its_line(desk: Desk) -> None:
    payment = paid(desk)
    auto_match.match_and_ignore(desk.practice, now=desk.now)
    account_merge.merge(desk.actor(), **pair())
    match = Match.objects.get(undone_at=None)
    assert (match.remittance, match.line.account.name) == (payment, "Business")


def test_the_same_statements_brought_again_add_nothing(desk: Desk) -> None:
    account_merge.merge(desk.actor(), **pair())
    before = standing()
    again = taken(desk, csv("20/11/2026,Card takings,20.00", "22/11/2026,BUPA PAY900001,70.00"), account="Business")
    assert again.fresh_lines == 0
    assert standing() == before


def test_a_merge_that_is_taken_apart_leaves_the_accounts_as_they_were(desk: Desk) -> None:
    double = BankLine.objects.get(account=named("Old name"), amount=20)
    manual_match.ignore_line(desk.actor(), line=double, reason="Till")
    before = every_row()
    account_merge.merge(desk.actor(), **pair())
    account_merge.take_apart(desk.actor(), merged=named("Old name"))
    assert every_row() == before
    with pytest.raises(Refused, match="not merged"):
        account_merge.take_apart(desk.actor(), merged=named("Old name"))


def test_a_line_that_is_matched_in_the_account_that_goes_is_said(desk: Desk) -> None:
    double = BankLine.objects.get(account=named("Old name"), amount=20)
    manual_match.match_payments(desk.actor(), lines=[double], payments=[paid(desk, 20)])
    with pytest.raises(Refused, match="1 line of “Old name” is in “Business” too and matched here"):
        account_merge.merge(desk.actor(), **pair())
    account_merge.merge(desk.actor(), merged=named("Business"), survivor=named("Old name"))
    assert total() == 110


def test_accounts_with_other_numbers_are_two(desk: Desk) -> None:
    Account.objects.filter(name="Business").update(last_digits="1234")
    Account.objects.filter(name="Old name").update(last_digits="5678")
    with pytest.raises(Refused, match="ends in 5678"):
        account_merge.merge(desk.actor(), **pair())


def test_what_is_merged_is_merged_once_and_its_statements_stay_in(desk: Desk) -> None:
    account_merge.merge(desk.actor(), **pair())
    for both in (pair(), {"merged": named("Business"), "survivor": named("Old name")}):
        with pytest.raises(Refused, match="not merged with another one yet"):
            account_merge.merge(desk.actor(), **both)
    for name in ("Business", "Old name"):
        statement = named(name).files.get()
        with pytest.raises(Refused, match="Take the merge apart first"):
            services.undo(desk.actor(), file=statement, today=TODAY)
    with pytest.raises(Refused, match="Take the merge apart first"):
        accounts.save_account(desk.actor(), account=named("Old name"), name="Another", is_closed=False)


def test_a_statement_that_was_taken_out_is_taken_in_first(desk: Desk) -> None:
    services.undo(desk.actor(), file=named("Business").files.get(), today=TODAY)
    with pytest.raises(Refused, match="was taken out"):
        account_merge.merge(desk.actor(), **pair())


def test_numbers_that_the_bank_counts_anew_name_no_line_of_the_other_account(desk: Desk) -> None:
    BankLine.objects.filter(pk__in=[line("Only here").pk, line("BUPA").pk]).update(ofx_id="1")
    account_merge.merge(desk.actor(), **pair())
    assert sorted(BankLine.objects.filter(amount__gt=20).values_list("ofx_id", flat=True)) == ["", "1"]


def test_the_page_says_what_moves_before_and_takes_it_apart(desk: Desk) -> None:
    browser = builders.signed_in(desk.owner)
    merged, survivor = named("Old name"), named("Business")
    address = f"/money/bank/accounts/{merged.pk}/merge"
    assert address in text(browser, "/money/bank/accounts")
    page = text(browser, f"{address}?into={survivor.pk}")
    assert "1 line of “Old name” moves to “Business”" in page
    assert "2 lines are in both" in page
    assert named("Old name").merged_into is None
    assert "Choose the account that stays." in " ".join(browser.post(address, {"into": ""}).content.decode().split())
    done = browser.post(address, {"into": survivor.pk}, follow=True).content.decode()
    assert "“Old name” is part of “Business”" in " ".join(done.split())
    done = browser.post(f"/money/bank/accounts/{merged.pk}/take-apart", follow=True).content.decode()
    assert "has its own lines again" in done


def test_a_statement_is_not_brought_under_the_name_of_an_account_that_was_merged(desk: Desk) -> None:
    account_merge.merge(desk.actor(), **pair())
    given = {"file": SimpleUploadedFile("nov.csv", csv("20/11/2026,New,1.00")), "name": "Old name"}
    page = builders.signed_in(desk.owner).post("/money/bank/statements/new", given).content.decode()
    assert "This account is merged into “Business”. Choose that one." in page


def test_others_merge_nothing(desk: Desk) -> None:
    given = {"into": named("Business").pk}
    address = f"/money/bank/accounts/{named('Old name').pk}/merge"
    practitioner = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    assert practitioner.post(address, given).status_code == 403
    assert builders.signed_in(builders.member(builders.practice())).post(address, given).status_code == 404


def text(browser: Browser, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())
