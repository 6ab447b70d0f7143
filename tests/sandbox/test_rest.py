"""Discovery, token, find member, code lists, practitioner register."""

from __future__ import annotations

import pytest

from tests.sandbox.caller import Caller

FIND = "/policies/coverage/_search"
TESTA = {
    "insurerIdentifier": "bup",
    "firstName": "T",
    "lastName": "Sample",
    "sex": "Female",
    "dateOfbirth": "1985-04-12",
    "postCode": "zz11zz",
}


def test_discovery_names_addresses_that_answer(caller: Caller) -> None:
    keys = caller.http.get("/.well-known/discovery-document.json").json()
    assert len(keys) == 6
    assert all(address.startswith(caller.running.address) for address in keys.values())
    found = caller.ask(keys["find_member_endpoint"], TESTA)
    assert found.json()["resourceType"] == "Coverage"
    assert caller.http.get("/.well-known/openid-configuration").json()["token_endpoint"].endswith("/token")


def test_a_token_is_given_for_basic_and_for_form_credentials(caller: Caller) -> None:
    form = {"grant_type": "client_credentials"}
    basic = caller.http.post("/token", data=form, auth=caller.key)
    posted = caller.http.post("/token", data=form | {"client_id": caller.key[0], "client_secret": caller.key[1]})
    assert (basic.json()["token_type"], posted.json()["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize("auth", [("stand-in-key", "wrong"), ("nobody", "stand-in-secret"), ("", "")])
def test_a_wrong_key_gets_no_token(caller: Caller, auth: tuple[str, str]) -> None:
    reply = caller.http.post("/token", data={"grant_type": "client_credentials"}, auth=auth)
    assert (reply.status_code, reply.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer forged"}, 401),
        ({"SU_SiteId": "HC0CLIN"}, 403),
        ({"SU_SiteId": ""}, 400),
        ({"HC_API_Version": "2"}, 400),
    ],
)
def test_token_site_and_version_must_fit(caller: Caller, headers: dict[str, str], status: int) -> None:
    reply = caller.ask(FIND, TESTA, **headers)
    assert reply.status_code == status
    assert reply.json()["resourceType"] == "OperationOutcome"
    issue = reply.json()["issue"][0]
    assert issue["severity"] == ("fatal" if status in (401, 403) else "error")
    assert issue["location"] == ["Coverage"]


def test_a_member_is_found_with_cover_and_group(caller: Caller) -> None:
    found = caller.ask(FIND, TESTA).json()
    assert found["subscriberId"] == "ZZ00000001"
    assert found["contained"][0]["name"] == [{"family": "Sample", "given": ["Testa", "Quill"]}]
    assert found["period"] == {"start": "2020-04-01", "end": "2099-03-31"}
    assert (found["status"], found["class"][0]["value"]) == ("active", "ZG0001")


@pytest.mark.parametrize(
    "changes",
    [
        {"lastName": "Simple"},
        {"firstName": "X"},
        {"dateOfbirth": "1985-04-13"},
        {"postCode": "ZZ9 9ZZ"},
        {"sex": "Male"},
        {"membershipNumber": "ZZ00000002"},
        {"groupId": "ZG0002"},
        {"policyActiveOn": "2099-04-01"},
    ],
)
def test_a_difference_is_no_match(caller: Caller, changes: dict[str, str]) -> None:
    reply = caller.ask(FIND, TESTA | changes)
    assert reply.status_code == 200
    assert reply.json()["meta"]["tag"][0]["display"] == "NoMatch"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"dateOfbirth": "12/04/1985"}, "dateOfbirth", "MSG_DATE_FORMAT"),
        ({"dateOfbirth": ""}, "dateOfbirth", "MSG_PARAM_INVALID"),
        ({"sex": ""}, "sex", "MSG_PARAM_INVALID"),
        ({"insurerIdentifier": "xyz"}, "insurerIdentifier", ""),
        ({"insurerIdentifier": "hhs"}, "insurerIdentifier", ""),
    ],
)
def test_a_bad_question_is_refused_at_its_field(caller: Caller, changes: dict[str, str], field: str, code: str) -> None:
    reply = caller.ask(FIND, TESTA | changes)
    issue = reply.json()["issue"][0]
    assert (reply.status_code, issue["expression"]) == (400, [field])
    assert issue.get("details", {}).get("coding", [{}])[0].get("code", "") == code
    assert issue["diagnostics"] not in ("", issue.get("details", {}).get("coding", [{}])[0].get("display"))


def test_sex_is_not_asked_for_where_the_insurer_does_not_need_it(caller: Caller) -> None:
    found = caller.ask(FIND, TESTA | {"insurerIdentifier": "nuh", "sex": ""}).json()
    assert found["subscriberId"] == "ZZ0001"


def test_a_slow_insurer_is_processing_twice_and_then_answers(caller: Caller) -> None:
    asked = TESTA | {"lastName": "SIM-PROCESSING"}
    replies = [caller.ask(FIND, asked) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [202, 202, 200]
    assert replies[0].headers["Retry-After"] == "30"
    assert replies[2].json()["resourceType"] == "Coverage"


def test_code_lists_are_paged(caller: Caller) -> None:
    seen = []
    for page in (1, 2, 3, 4):
        body = caller.ask(f"/ref/valueset/service-type/ISC?page={page}&count=4").json()
        assert {tag["code"]: tag["display"] for tag in body["meta"]["tag"]}["maxCount"] == "9"
        seen += [entry["code"] for entry in body["expansion"]["contains"]]
    assert len(seen) == 9
    assert "ZPHY01" in seen


def test_a_list_without_a_count_comes_whole(caller: Caller) -> None:
    body = caller.ask("/ref/valueset/service-type/ISC").json()
    assert {tag["code"]: tag["display"] for tag in body["meta"]["tag"]}["count"] == "2147483647"
    assert len(body["expansion"]["contains"]) == 9


def test_unknown_lists_and_paths_are_not_there(caller: Caller) -> None:
    for path in ("/ref/valueset/nothing/ISC", "/claims/paymentreconciliation/pr-000009", "/claims/nothing"):
        reply = caller.ask(path)
        assert (reply.status_code, reply.json()["resourceType"]) == (404, "OperationOutcome")


@pytest.mark.parametrize("query", ["page=0", "count=0", "page=x", "count=-1"])
def test_a_page_that_cannot_be_is_refused(caller: Caller, query: str) -> None:
    assert caller.ask(f"/ref/valueset/service-type/ISC?{query}").status_code == 400


def test_practitioners_are_found_by_insurer(caller: Caller) -> None:
    found = caller.ask("/ref/practitioner?insurer=ppp&count=100").json()["entry"]
    numbers = {entry["resource"]["id"] for entry in found}
    assert "TP000002" in numbers
    assert not {"TP000003", "TP000009", "TP000010"} & numbers
