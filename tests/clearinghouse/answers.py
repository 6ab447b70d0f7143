"""Answers of the bill service, and the addresses that the REST services are found by, as raw bytes for a test."""

from __future__ import annotations

from tests.fakes.raw_http_server import Answer, RawHttpServer, json_answer

SOAP_PATH = "/HCWebServices/HCWebServices"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def soap(inner: str, *, operation: str = "submitBill", status: int = 200) -> Answer:
    """An answer of the bill service around an inner document."""
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><ns2:{operation}Response '
        f'xmlns:ns2="http://webservices/"><return><![CDATA[{inner}]]></return></ns2:{operation}Response>'
        "</soapenv:Body></soapenv:Envelope>"
    )
    return Answer(status=status, body=body.encode(), headers={"Content-Type": "text/xml; charset=utf-8"})


def response(outcome: str = "Accepted", *, payload: str = "", errors: str = "", reference: str = "") -> str:
    """An inner document of the bill service."""
    echoed = f"<RequestorTransId>{reference}</RequestorTransId>" if reference else ""
    return f"<HCWSResponse>{echoed}<Outcome>{outcome}</Outcome><PayLoad>{payload}</PayLoad>{errors}</HCWSResponse>"


def result(
    status: str = "Unprocessed", *, number: str = "9000000123", invoice_number: str = "CB10042", more: str = ""
) -> str:
    """What a response says of one bill."""
    return (
        f"<BillResult><InvoiceNo>{invoice_number}</InvoiceNo><CHClaimNo>{number}</CHClaimNo>"
        f"<BillStatus>{status}</BillStatus>{more}</BillResult>"
    )


def fault(code: str, text: str) -> Answer:
    """A SOAP fault."""
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><soapenv:Fault><faultcode>soapenv:{code}</faultcode>'
        f"<faultstring>{text}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Answer(status=500, body=body.encode())


def give_addresses(server: RawHttpServer) -> None:
    """Let the server answer discovery, sign-in metadata and the question for a token."""
    services = {
        "find_member_endpoint": "/members",
        "search_remittance_summary_endpoint": "/payments",
        "search_remittance_detail_advanced_endpoint": "/claims",
        "codes_valueset_namespace": "/codes",
    }
    listed = {key: server.address + path for key, path in services.items()}
    server.on("/.well-known/discovery-document.json", json_answer(listed))
    server.on("/.well-known/openid-configuration", json_answer({"token_endpoint": f"{server.address}/token"}))
    server.on("/token", json_answer({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600}))
