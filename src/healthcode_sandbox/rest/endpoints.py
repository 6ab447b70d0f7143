"""The REST side: discovery, token, find member, remittances, code lists, practitioner register."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, Response, g, request

from healthcode_sandbox.house.catalogue import Site
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.tokens import LIVES_SECONDS
from healthcode_sandbox.rest import fhir
from healthcode_sandbox.rest.errors import Refusal
from healthcode_sandbox.rest.member_enquiry import answer_enquiry
from healthcode_sandbox.rest.remittance_search import find_claims, find_payment, find_payments, insurer_asked

DISCOVERY = {
    "find_member_endpoint": "/policies/coverage/_search",
    "search_remittance_summary_endpoint": "/claims/paymentreconciliation/_search",
    "search_remittance_detail_advanced_endpoint": "/claims/claimresponse/_search",
    "get_remittance_endpoint": "/claims/paymentreconciliation",
    "codes_valueset_namespace": "/ref/valueset",
    "search_practitioner_endpoint": "/ref/practitioner",
}

_RESOURCES = {
    "/policies/coverage": "Coverage",
    "/claims/paymentreconciliation": "PaymentReconciliation",
    "/claims/claimresponse": "ClaimResponse",
    "/ref/valueset": "ValueSet",
    "/ref/practitioner": "Practitioner",
}

PATHS = ("/.well-known/", "/token", "/policies/", "/claims/", "/ref/")

EVERYTHING, LARGEST_COUNT = 2_147_483_647, 100  # A24

_Entry = TypeVar("_Entry")


def blueprint(house: House) -> Blueprint:
    """Return the REST side of a house."""
    api = Blueprint("rest", __name__)
    _add_sign_in(api, house)
    _add_remittances(api, house)
    _add_reference(api, house)

    @api.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return answer(refusal.body(resource_at(request.path)), status=refusal.status)

    @api.post(DISCOVERY["find_member_endpoint"])
    def find_member() -> Response:
        body, status = answer_enquiry(house, signed_in(house), request.form.to_dict())
        reply = answer(body, status=status)
        if status == 202:
            reply.headers["Retry-After"] = "30"
        return reply

    return api


def _add_sign_in(api: Blueprint, house: House) -> None:
    @api.get("/.well-known/discovery-document.json")
    def discovery() -> Response:
        return answer({key: _address(path) for key, path in DISCOVERY.items()}, mimetype="application/json")

    @api.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        described = {
            "issuer": _address(""),
            "token_endpoint": _address("/token"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return answer(described, mimetype="application/json")

    @api.post("/token")
    def token() -> Response:
        if request.form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, status=400, mimetype="application/json")
        site = _site_of_key(house)
        if site is None or g.misbehaviour == "refuse_credentials":
            refused = answer({"error": "invalid_client"}, status=401, mimetype="application/json")
            refused.headers["WWW-Authenticate"] = "Basic"
            return refused
        given = {"access_token": house.tokens.give(site.id), "token_type": "Bearer", "expires_in": LIVES_SECONDS}
        return answer(given, mimetype="application/json")


def _add_remittances(api: Blueprint, house: House) -> None:
    @api.post(DISCOVERY["search_remittance_summary_endpoint"])
    def summaries() -> Response:
        site, form = signed_in(house), request.form.to_dict()
        insurer = insurer_asked(house, form)
        payments = find_payments(house, site, form)
        return _listed(
            [fhir.reconciliation(payment, insurer) for payment in payments], path=DISCOVERY["get_remittance_endpoint"]
        )

    @api.post(DISCOVERY["search_remittance_detail_advanced_endpoint"])
    def details() -> Response:
        found = find_claims(house, signed_in(house), request.form.to_dict())
        claims = [fhir.claim_response(payment, claim, house.catalogue) for payment, claim in found]
        return _listed(claims, path="/claims/claimresponse")

    @api.get(f"{DISCOVERY['get_remittance_endpoint']}/<name>")
    def remittance(name: str) -> Response:
        payment = find_payment(house, signed_in(house), name.removeprefix("pr-"))
        return answer(fhir.reconciliation(payment, house.catalogue.insurers[payment.insurer]))


def _add_reference(api: Blueprint, house: House) -> None:
    @api.get(f"{DISCOVERY['codes_valueset_namespace']}/<path:name>")
    def codes(name: str) -> Response:
        signed_in(house)
        values = house.catalogue.value_set(name)
        if values is None:
            raise Refusal(404, code="not-found", coding="MSG_NO_EXIST", text="There is no such code list.")
        entries, page, count = one_page(values)
        return answer(fhir.value_set(entries, name=name, page=page, count=count, every=len(values)))

    @api.get(DISCOVERY["search_practitioner_endpoint"])
    def practitioners() -> Response:
        signed_in(house)
        wanted = request.args
        people = [
            fhir.practitioner(provider)
            for provider in house.catalogue.providers.values()
            if provider.kind == "person"
            and provider.mapped
            and wanted.get("family", "").lower() in provider.name.lower()
            if wanted.get("insurer-provider-number", provider.number) == provider.number
            if not wanted.get("insurer") or house.recognition(provider, wanted["insurer"]) == "recognised"
        ]
        return _listed(people, path=DISCOVERY["search_practitioner_endpoint"])


def signed_in(house: House) -> Site:
    """Return the site that calls. Raises Refusal where token, site or version do not fit (A23, A27)."""
    token = request.headers.get("Authorization", "")
    of_token = house.tokens.site_of(token[7:].strip()) if token[:7].lower() == "bearer " else ""
    if not of_token or g.misbehaviour == "refuse_credentials":
        raise Refusal(401, code="login", coding="MSG_AUTH_REQUIRED", text="A valid token is required.")
    asked = request.headers.get("SU-SiteId", "")
    if not asked:
        raise Refusal(400, code="required", coding="MSG_PARAM_INVALID", text="SU-SiteId is missing.", field="SU-SiteId")
    site = house.catalogue.sites[of_token]
    if asked != site.id or not site.subscribed:
        raise Refusal(403, code="forbidden", text="The key may not be used for this site.", field="SU-SiteId")
    if request.headers.get("HC-API-Version", "1") != "1":
        raise Refusal(400, code="value", text="HC-API-Version must be 1.", field="HC-API-Version")
    return site


def one_page(entries: Sequence[_Entry]) -> tuple[Sequence[_Entry], int, int]:
    """Return the page asked for, its number and its size. Raises Refusal for numbers below 1."""
    is_counted = bool(request.values.get("count", "").strip())
    page, count = _number("page", 1), min(_number("count", 1), LARGEST_COUNT) if is_counted else EVERYTHING
    return entries[(page - 1) * count : page * count], page, count


def answer(body: dict[str, Any], *, status: int = 200, mimetype: str = "application/fhir+json") -> Response:
    """Return a JSON answer."""
    return Response(fhir.write_json(body), status, mimetype=mimetype)


def _listed(resources: Sequence[dict[str, Any]], *, path: str) -> Response:
    entries, page, count = one_page(resources)
    return answer(fhir.bundle(entries, address=_address(path), page=page, count=count, every=len(resources)))


def _number(name: str, usual: int) -> int:
    text = request.values.get(name, "").strip() or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
        raise Refusal(400, code="value", coding="MSG_PARAM_INVALID", text=f"{name} must be 1 or more.", field=name)
    return int(text)


def resource_at(path: str) -> str:
    """Return the kind of resource that is asked for at a path, "" where it is none."""
    return next((kind for start, kind in _RESOURCES.items() if path.startswith(start)), "")


def _site_of_key(house: House) -> Site | None:
    key_id, key = _given_key()
    for site in house.catalogue.sites.values():
        if key_id and hmac.compare_digest(f"{key_id}\n{key}".encode(), f"{site.key_id}\n{site.key}".encode()):
            return site
    return None


def _given_key() -> tuple[str, str]:
    """Return key id and key from Basic credentials, else from the form (A22)."""
    header = request.headers.get("Authorization", "")
    if header[:6].lower() == "basic ":
        try:
            key_id, _, key = base64.b64decode(header[6:].strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return "", ""
        return key_id, key
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def _address(path: str) -> str:
    return f"{request.host_url.rstrip('/')}{path}"
