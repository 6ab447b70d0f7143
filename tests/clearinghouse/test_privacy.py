"""No secret and no patient in logs, addresses, exceptions or evidence."""

from __future__ import annotations

import logging
import traceback

import pytest

from clearbill.clearinghouse.healthcode import Clock, connect
from clearbill.clearinghouse.port import BillKey, ClearingError, MemberEnquiry
from tests.clearinghouse.answers import SOAP_PATH, fault, give_addresses, response, result, soap
from tests.clearinghouse.examples import API_KEY, NOW, SECOND_KEY, a_bill, a_connection
from tests.fakes.raw_http_server import Answer, RawHttpServer, json_answer

SECRETS = (API_KEY, SECOND_KEY, "Unmistakable", "ZZ00000001", "1985", "M54.5", "token-1")
OUTCOMES = [
    soap(response(payload=result())),
    soap(response("Refused", payload=result("AwaitingCorrection", more="<Error><Text>Unmistakable</Text></Error>"))),
    fault("Client", "Unmistakable"),
    Answer(body=b"<Unmistakable>"),
    Answer(status=502, body=b"Unmistakable"),
    Answer(silent=True),
]


@pytest.mark.parametrize("says", OUTCOMES, ids=range(len(OUTCOMES)))
def test_logs_and_exceptions_hold_no_secret_and_no_patient(
    server: RawHttpServer, caplog: pytest.LogCaptureFixture, says: Answer
) -> None:
    caplog.set_level(logging.DEBUG)
    give_addresses(server)
    server.on(SOAP_PATH, says)
    server.on("/members", json_answer({"resourceType": "Coverage", "subscriberId": "ZZ00000001"}))
    house = connect(a_connection(server.address, rest_api_key=SECOND_KEY), clock=Clock(sleep=lambda seconds: None))
    told = []
    for question in (
        lambda: house.submit(
            house.prepare(a_bill("Unmistakable"), reference="ref-9", at=NOW), reference="ref-9", at=NOW
        ),
        lambda: house.status_of(BillKey(reference="ref-9"), at=NOW),
        lambda: house.find_member(MemberEnquiry(insurer_id="bup", last_name="Unmistakable")),
    ):
        try:
            question()
        except ClearingError:
            told.append(traceback.format_exc())
    # The names of tests and files are not what is looked for; only what was logged, said and asked by address.
    seen = "\n".join([caplog.text, *told, *(asked.path for asked in server.requests)])
    assert [secret for secret in SECRETS if secret in seen.replace('"Unmistakable"', "")] == []
    assert "submitBill ref-9" in caplog.text
    assert "findMember: answered" in caplog.text
