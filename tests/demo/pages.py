"""The pages of the demo, and what on them leads to the page of one thing."""

from __future__ import annotations

from uuid import UUID

from clearbill.reports.catalogue import CATALOGUE
from tests.demo.promises import Ask

REPORTS = tuple(f"/reports/{kind.name}" for kind in CATALOGUE)
PAGES = (
    "/today",
    "/calendar/",
    "/calendar/?view=week",
    "/calendar/?view=day",
    "/calendar/new",
    "/clients/",
    "/clients/doubles",
    "/clients/new",
    "/invoices/",
    "/invoices/unbilled",
    "/invoices/new",
    "/claims/",
    "/claims/to-create",
    "/claims/work",
    "/claims/work?show=settled",
    "/money/",
    "/money/aside",
    "/money/takings",
    "/money/import",
    "/money/type-in",
    "/money/bank",
    "/money/bank?state=matched",
    "/money/bank/accounts",
    "/money/bank/statements",
    "/money/bank/statements/new",
    "/money/shortfalls",
    "/money/shortfalls?state=waiting",
    "/money/shortfalls?state=disputed",
    "/money/shortfalls?state=unexplained",
    "/money/expected",
    "/money/expected?show=late",
    "/money/expected?show=billed",
    "/money/expected?show=pace",
    "/money/accounts",
    "/money/accounts/codes",
    "/reports/",
    *REPORTS,
    "/settings/",
    "/settings/practice",
    "/settings/users",
    "/settings/users/invite",
    "/settings/sign-in",
    "/settings/services",
    "/settings/codes",
    "/settings/prices",
    "/settings/prices/new",
    "/settings/payees",
    "/settings/insurers",
    "/settings/missed-visits",
    "/settings/readiness",
    "/settings/integrations",
    "/settings/integrations/healthcode",
    "/settings/imports",
    "/settings/exports",
    "/settings/audit",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/app",
    "/account/second-factor/passkeys/new",
    "/account/sessions",
    "/nothing-here",
)
# A list, and the link in it that opens the page of one thing.
FIRST_OF = {
    "/clients/": "main table tbody a",
    "/invoices/": "main table tbody a",
    "/claims/?tab=created": "main table tbody a",
    "/claims/?tab=rejected": "main table tbody a",
    "/claims/?tab=collected": "main table tbody a",
    "/claims/?tab=unknown": "main table tbody a",
    "/claims/work": "main table tbody a",
    "/settings/users": "main table tbody a",
    "/settings/insurers": "main table tbody a",
}
# The address of one thing, and where the demo has it.
ONE = {
    "/clients/{}/edit": "select id from clients_client order by number",
    "/clients/{}/merge": "select id from clients_client order by number",
    "/clients/{}/merge/{}": "select a.id, b.id from clients_client a, clients_client b where a.number = 'P-00001' "
    "and b.number = 'P-00047'",
    "/invoices/{}": "select id from billing_invoice where share_of_id is not null",
    "/invoices/{}/credit": "select invoice_id from billing_creditnote",
    "/invoices/{}/email": "select invoice_id from billing_creditnote",
    "/invoices/{}/payments/{}/email": "select invoice_id, id from billing_entry where source = 'patient'",
    "/invoices/credit-notes/{}": "select id from billing_creditnote",
    "/invoices/credit-notes/{}/email": "select id from billing_creditnote",
    "/invoices/statements/{}": "select client_id from billing_invoice where share_of_id is not null",
    "/invoices/statements/{}/email": "select client_id from billing_invoice where share_of_id is not null",
    "/money/payments/{}": "select remittance_id from bank_match where remittance_id is not null",
    "/money/bills/{}": "select id from remittances_advice where state = 'allocated'",
    "/money/import/{}": "select id from remittances_upload where state = 'taken in'",
    "/money/bank/lines/{}?matched": "select id from bank_bankline where state = 'matched'",
    "/money/bank/lines/{}?aside": "select id from bank_bankline where state = 'aside'",
    "/money/bank/lines/{}": "select id from bank_bankline where state = 'new' order by amount desc",
    "/money/bank/statements/{}": "select id from bank_statementfile where taken_at is not null",
    "/money/shortfalls/{}": "select claim_id from shortfalls_letter",
    "/money/shortfalls/{}/letter": "select claim_id from shortfalls_letter",
    "/money/letters/{}": "select id from shortfalls_letter",
    "/money/excess/{}": "select invoice_id from claims_claim where status = 'Awaiting collection'",
    "/money/expected/claims/{}/asked": "select claim_id from expected_chase",
    "/settings/prices/{}": "select id from expected_contractprice",
}
# What the guide shows or speaks of, and what has to be there: a link that the page must have.
GUIDE = {
    "/settings/services": "//main//details//a",
    "/claims/work": "//main//table//tbody//a",
    "/money/": "//main//a[starts-with(@href, '/money/bills/')]",
    "/money/shortfalls": "//main//a[starts-with(@href, '/money/shortfalls/')]",
    "/money/bank": "//main//a[starts-with(@href, '/money/bank/lines/')]",
    "/invoices/?insurer=client&paid=open": "//main//table//tbody//a",
    "/invoices/unbilled": "//main//table//tbody//tr",
    "/money/expected": "//main//a[starts-with(@href, '/claims/')]",
    "/money/expected?show=late": "//main//a[starts-with(@href, '/claims/')]",
    "/money/expected?show=late&move=asked": "//main//a[starts-with(@href, '/claims/')]",
    **dict.fromkeys(REPORTS, "//main//table//tbody//tr"),
}


def one_of_each(ask: Ask) -> list[str]:
    """Return the address of one thing of every kind that is in ONE."""
    found = {path: ask(f"{question} limit 1") for path, question in ONE.items()}
    missing = [path for path, rows in found.items() if not rows]
    assert not missing, missing
    return [path.format(*map(_shown, rows[0])) for path, rows in found.items()]


def _shown(value: object) -> str:
    return str(UUID(value)) if isinstance(value, str) else str(value)
