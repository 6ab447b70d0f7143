"""The Flask application: the wire, the controls and the page, with misbehaviour in front of the wire."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.misbehaviour import RETRY_AFTER_SECONDS
from healthcode_sandbox.page import controls, pages
from healthcode_sandbox.rest import endpoints
from healthcode_sandbox.rest.errors import Refusal
from healthcode_sandbox.wire import messages, soap

LARGEST_MESSAGE_BYTES = 5_000_000

DROP_CONNECTION = "healthcode_sandbox.drop_connection"

log = logging.getLogger("healthcode_sandbox")

_INSTEAD = {
    "drop_before": lambda: Response(""),
    "bad_gateway": lambda: Response("Bad Gateway", 502, mimetype="text/plain"),
    "down": lambda: Response("Service Unavailable", 503, mimetype="text/plain"),
    "too_many": lambda: Response("Too Many Requests", 429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}),
}


def create_app(house: House) -> Flask:
    """Return the application that serves a house."""
    app = Flask(__name__, template_folder="page/templates", static_folder="page/static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_MESSAGE_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(soap.blueprint(house))
    app.register_blueprint(endpoints.blueprint(house))
    app.register_blueprint(controls.blueprint(house))
    app.register_blueprint(pages.blueprint(house))
    _misbehave(app, house)

    @app.errorhandler(Exception)
    def unforeseen(fault: Exception) -> Response | HTTPException:
        if isinstance(fault, HTTPException):
            return _plain_refusal(fault)
        # The kind of fault and the path only: a message or a query may hold a patient's data.
        log.error("%s failed with %s", request.path, type(fault).__name__)
        if request.path == soap.PATH:
            body = messages.soap_fault(code="Server", text="The stand-in failed.")
            return Response(body, 500, content_type="text/xml; charset=utf-8")
        return Response("The stand-in failed.\n", 500, mimetype="text/plain")

    return app


def _plain_refusal(fault: HTTPException) -> Response | HTTPException:
    """Return an HTTP refusal: an OperationOutcome on the REST side, a page for a browser, else as it is."""
    if request.path.startswith(endpoints.PATHS):
        refusal = Refusal(fault.code or 500, code="not-found" if fault.code == 404 else "processing", text=fault.name)
        return endpoints.answer(refusal.body(endpoints.resource_at(request.path)), status=refusal.status)
    if fault.code == 404 and "text/html" in request.headers.get("Accept", ""):
        return Response(render_template("problem.html", sentence="There is no such page or bill."), 404)
    return fault


def _misbehave(app: Flask, house: House) -> None:
    """Let the switch of the page act on the wire, never on the page itself."""

    @app.before_request
    def before() -> Response | None:
        g.misbehaviour, g.drop = "", False
        if request.path == soap.PATH or request.path.startswith(endpoints.PATHS):
            submits = request.path == soap.PATH and b"submitBill" in request.get_data()
            g.misbehaviour = house.misbehaviour.take(submits=submits)
        g.drop = g.misbehaviour == "drop_before"
        if g.misbehaviour == "slow":
            house.pause()
        return _INSTEAD[g.misbehaviour]() if g.misbehaviour in _INSTEAD else None

    @app.after_request
    def after(response: Response) -> Response:
        kind = getattr(g, "misbehaviour", "")
        if kind == "broken_answer":
            whole = response.get_data()
            response.set_data(whole[: len(whole) // 2])
        if kind == "drop_after" or getattr(g, "drop", False):
            request.environ[DROP_CONNECTION] = True
        response.headers["Cache-Control"] = "no-store"
        return response
