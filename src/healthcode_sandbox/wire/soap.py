"""POST /HCWebServices/HCWebServices: the web service for bills."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from healthcode_sandbox.house.house import House
from healthcode_sandbox.wire import messages as wire_messages
from healthcode_sandbox.wire.intake import Reply, handle

PATH = "/HCWebServices/HCWebServices"

_WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://webservices/" targetNamespace="http://webservices/"
  name="HCWebServices">
  <documentation>Of the stand-in: it names the operations only. The house's own WSDL is not public.</documentation>
  <types><xsd:schema targetNamespace="http://webservices/">{types}</xsd:schema></types>
  {messages}
  <portType name="HCWebServices">{port}</portType>
  <binding name="HCWebServicesBinding" type="tns:HCWebServices">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>{binding}
  </binding>
  <service name="HCWebServices"><port name="HCWebServicesPort" binding="tns:HCWebServicesBinding">
    <soap:address location="{address}"/></port></service>
</definitions>"""

_TYPE = (
    '<xsd:element name="{name}"><xsd:complexType><xsd:sequence>'
    '<xsd:element name="{part}" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>'
)


def blueprint(house: House) -> Blueprint:
    """Return the web service of a house."""
    service = Blueprint("soap", __name__)

    @service.post(PATH)
    def call() -> Response:
        try:
            asked = wire_messages.read_request(request.get_data())
        except wire_messages.BrokenEnvelope as fault:
            return _xml(wire_messages.soap_fault(code="Client", text=f"{wire_messages.MALFORMED}: {fault}"), status=500)
        except wire_messages.MalformedRequest as fault:
            return _xml(_malformed(house, fault))
        reply = handle(house, asked, refuse_everybody=g.misbehaviour == "refuse_credentials")
        return _deliver(house, asked.operation, reply)

    @service.get(PATH)
    def describe() -> Response:
        if "wsdl" not in {name.lower() for name in request.args}:
            return Response("Post a SOAP message here, or ask for ?wsdl.\n", 405, mimetype="text/plain")
        return _xml(_wsdl(f"{request.host_url.rstrip('/')}{PATH}").encode())

    return service


def _deliver(house: House, operation: str, reply: Reply) -> Response:
    """Return the answer, or let happen to it what the patient's family name asks for."""
    match reply.scenario:
        case "SIM-502":
            return Response("Bad Gateway", 502, mimetype="text/plain")
        case "SIM-TIMEOUT-LOST" | "SIM-TIMEOUT-STORED":
            g.drop = True
        case "SIM-SLOW":
            house.pause()
    return _xml(wire_messages.envelope(operation, reply.document))


def _malformed(house: House, fault: wire_messages.MalformedRequest) -> bytes:
    operation = "submitBill" if b"billStatus" not in request.get_data() else "billStatus"
    document = wire_messages.answer(
        operation=operation,
        site=fault.site,
        reference=fault.reference,
        at=house.clock.now(),
        outcome="Failed",
        errors=(wire_messages.MALFORMED, str(fault)),
    )
    return wire_messages.envelope(operation, document)


def _xml(body: bytes, *, status: int = 200) -> Response:
    return Response(body, status, content_type="text/xml; charset=utf-8")


def _wsdl(address: str) -> str:
    names = [(name, f"{name}Response") for name in wire_messages.OPERATIONS]
    types = "".join(
        _TYPE.format(name=ask, part="arg0") + _TYPE.format(name=reply, part="return") for ask, reply in names
    )
    messages = "".join(
        f'<message name="{name}"><part name="parameters" element="tns:{name}"/></message>'
        for pair in names
        for name in pair
    )
    port = "".join(
        f'<operation name="{ask}"><input message="tns:{ask}"/><output message="tns:{reply}"/></operation>'
        for ask, reply in names
    )
    literal = '<soap:body use="literal"/>'
    binding = "".join(
        f'<operation name="{ask}"><soap:operation soapAction=""/><input>{literal}</input><output>{literal}</output>'
        "</operation>"
        for ask, _ in names
    )
    return _WSDL.format(types=types, messages=messages, port=port, binding=binding, address=address)
