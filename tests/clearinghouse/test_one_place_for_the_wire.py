"""Every assumed name of the wire lives in one replaceable package."""

from __future__ import annotations

import re
from pathlib import Path

import clearbill
from clearbill.clearinghouse.healthcode import assumed_2026_11

ROOT = Path(clearbill.__file__).parent
HERE = Path(assumed_2026_11.__file__).parent
WIRE_NAMES = re.compile(
    r"PMIClaimMsg|HCWSRe|CHClaimNo|BillResult|RequestorTransId|PaymentReconciliation|ClaimResponse|OperationOutcome|"
    r"dateOfbirth|insurerIdentifier|find_member_endpoint|search_remittance|codes_valueset_namespace|schemas\.xmlsoap"
)


def test_no_assumed_name_appears_outside_the_contract_package() -> None:
    inside = [path for path in HERE.glob("*.py") if WIRE_NAMES.search(path.read_text())]
    outside = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if HERE not in path.parents and WIRE_NAMES.search(path.read_text())
    ]
    assert inside
    assert outside == []
