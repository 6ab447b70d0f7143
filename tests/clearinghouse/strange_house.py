"""A small real HTTP server that answers exactly what a test tells it to, however wrong that is."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Says:
    """One answer. `cut` sends only that many bytes of the body and then breaks the connection hard."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    cut: int | None = None
    silent: bool = False
    drip_seconds: float = 0.0


Script = Callable[[Asked], Says]


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what the tests are about."""


class StrangeHouse:
    """Answers by path: `on(path, says, says, ...)`, one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[str, list[Says | Script]] = {}
        house = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                house.answer(self)

            def do_POST(self) -> None:
                house.answer(self)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def on(self, path: str, *answers: Says | Script) -> None:
        self._answers[path] = list(answers)

    def with_addresses(self) -> None:
        """Offer discovery, sign-in metadata and a token, as a house in good order does."""
        services = {
            "find_member_endpoint": "/members",
            "search_remittance_summary_endpoint": "/payments",
            "search_remittance_detail_advanced_endpoint": "/claims",
            "codes_valueset_namespace": "/codes",
        }
        listed = {key: self.address + path for key, path in services.items()}
        self.on("/.well-known/discovery-document.json", says_json(listed))
        self.on("/.well-known/openid-configuration", says_json({"token_endpoint": f"{self.address}/token"}))
        self.on("/token", says_json({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600}))

    def asked_at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.partition("?")[0] == path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(
            method=handler.command, path=handler.path, headers=dict(handler.headers), body=handler.rfile.read(length)
        )
        self.asked.append(asked)
        answers = self._answers.get(asked.path.partition("?")[0]) or [Says(status=404)]
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        _say(handler, chosen if isinstance(chosen, Says) else chosen(asked))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _say(handler: BaseHTTPRequestHandler, says: Says) -> None:
    time.sleep(says.wait_seconds)
    try:
        if says.silent:
            _break_off(handler)
            return
        handler.send_response(says.status)
        for name, text in {"Content-Length": str(len(says.body)), **says.headers}.items():
            handler.send_header(name, text)
        handler.end_headers()
        if says.drip_seconds:
            for place in range(len(says.body)):
                handler.wfile.write(says.body[place : place + 1])
                handler.wfile.flush()
                time.sleep(says.drip_seconds)
            return
        handler.wfile.write(says.body[: says.cut])
        handler.wfile.flush()
        if says.cut is not None:
            _break_off(handler)
    except OSError:
        handler.close_connection = True


def _break_off(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection instead of closing it in good order."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def says_json(document: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Says:
    return Says(status=status, body=json.dumps(document).encode(), headers=headers or {})


def soap(inner: str, *, operation: str = "submitBill", status: int = 200) -> Says:
    """An answer of the bill service around an inner document."""
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><ns2:{operation}Response '
        f'xmlns:ns2="http://webservices/"><return><![CDATA[{inner}]]></return></ns2:{operation}Response>'
        "</soapenv:Body></soapenv:Envelope>"
    )
    return Says(status=status, body=body.encode(), headers={"Content-Type": "text/xml; charset=utf-8"})


def response(outcome: str = "Accepted", *, payload: str = "", errors: str = "", reference: str = "") -> str:
    """An inner document of the bill service."""
    echoed = f"<RequestorTransId>{reference}</RequestorTransId>" if reference else ""
    return f"<HCWSResponse>{echoed}<Outcome>{outcome}</Outcome><PayLoad>{payload}</PayLoad>{errors}</HCWSResponse>"


def result(
    status: str = "Unprocessed", *, number: str = "9000000123", invoice_number: str = "CB10042", more: str = ""
) -> str:
    return (
        f"<BillResult><InvoiceNo>{invoice_number}</InvoiceNo><CHClaimNo>{number}</CHClaimNo>"
        f"<BillStatus>{status}</BillStatus>{more}</BillResult>"
    )


def fault(code: str, text: str) -> Says:
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><soapenv:Fault><faultcode>soapenv:{code}</faultcode>'
        f"<faultstring>{text}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Says(status=500, body=body.encode())
