"""The wire as we assume it in November 2026: every shape that Healthcode has not published, and nothing else.

Pure mapping between Clearbill's records and bytes; no network, no clock. When Healthcode gives out its schema, a
package with the same names takes the place of this one, and nothing else changes.
"""

from __future__ import annotations

from clearbill.clearinghouse.healthcode.assumed_2026_11.bill_answers import (
    broke_down,
    read_answer,
    refused_credential,
    try_later,
)
from clearbill.clearinghouse.healthcode.assumed_2026_11.bill_document import write_bill
from clearbill.clearinghouse.healthcode.assumed_2026_11.bill_requests import (
    SOAP_HEADERS,
    status_request,
    submit_request,
)
from clearbill.clearinghouse.healthcode.assumed_2026_11.members import MEMBER_SEARCH, member_form, read_member
from clearbill.clearinghouse.healthcode.assumed_2026_11.paging import (
    API_VERSION,
    CODE_LIST_PATH,
    CODE_LISTS,
    page_form,
    read_issues,
    read_page,
)
from clearbill.clearinghouse.healthcode.assumed_2026_11.remittances import (
    OLDEST_SINCE_DAYS,
    REMITTANCE_DETAIL,
    REMITTANCE_ONE,
    REMITTANCE_SEARCH,
    read_remittance_claims,
    read_remittances,
    remittance_detail_form,
    remittance_form,
)

VERSION = "assumed-2026-11"

__all__ = [
    "API_VERSION",
    "CODE_LISTS",
    "CODE_LIST_PATH",
    "MEMBER_SEARCH",
    "OLDEST_SINCE_DAYS",
    "REMITTANCE_DETAIL",
    "REMITTANCE_ONE",
    "REMITTANCE_SEARCH",
    "SOAP_HEADERS",
    "VERSION",
    "broke_down",
    "member_form",
    "page_form",
    "read_answer",
    "read_issues",
    "read_member",
    "read_page",
    "read_remittance_claims",
    "read_remittances",
    "refused_credential",
    "remittance_detail_form",
    "remittance_form",
    "status_request",
    "submit_request",
    "try_later",
    "write_bill",
]
