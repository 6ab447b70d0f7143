"""A clearing house that answers at once: it takes every bill and remembers none, so that it costs as little as can be.

Run as its own process, it says its port on the first line. It speaks HTTP/1.1 over kept connections and sends each
answer in one write. `--pause SECONDS` makes it a slow one.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SOAP_PATH = "/HCWebServices/HCWebServices"
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_ANSWER = (
    b'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    b'<soapenv:Body><ns2:%sResponse xmlns:ns2="http://webservices/"><return><![CDATA[<HCWSResponse>'
    b"<SiteId>HC0TEST</SiteId><RequestorTransId>%s</RequestorTransId><Outcome>Accepted</Outcome><PayLoad><BillResult>"
    b"<InvoiceNo>%s</InvoiceNo><CHClaimNo>CH%s</CHClaimNo><BillStatus>%s</BillStatus></BillResult></PayLoad>"
    b"</HCWSResponse>]]></return></ns2:%sResponse></soapenv:Body></soapenv:Envelope>"
)


@contextmanager
def running(*, pause_seconds: float = 0.0, port: int = 0) -> Iterator[str]:
    """Start the house as a process of its own and give its address; it ends with the block."""
    words = [sys.executable, "-m", "bench.house", "--pause", str(pause_seconds), "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the house says nothing")
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}{SOAP_PATH}"
        finally:
            process.terminate()


def answer_to(body: bytes) -> bytes:
    """Return the answer that belongs to this message: accepted, or where it asks for a status, collected."""
    asks = b"billStatus" in body
    operation, status = (b"billStatus", b"Collected") if asks else (b"submitBill", b"Unprocessed")
    reference = _between(body, b"<RequestorTransId>", b"</RequestorTransId>")
    number = _between(body, b"<InvoiceNo>", b"</InvoiceNo>")
    return _ANSWER % (operation, reference, number, number or reference, status, operation)


def _between(body: bytes, start: bytes, end: bytes) -> bytes:
    return body.partition(start)[2].partition(end)[0]


def _serve(connection: socket.socket, pause_seconds: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    kept = b""
    with connection:
        while True:
            head, mark, rest = kept.partition(b"\r\n\r\n")
            found = _LENGTH.search(head) if mark else None
            length = int(found[1]) if found else 0
            if not mark or len(rest) < length:
                piece = connection.recv(65536)
                if not piece:
                    return
                kept += piece
                continue
            kept = rest[length:]
            if pause_seconds:
                time.sleep(pause_seconds)
            body = answer_to(rest[:length])
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", given.port)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_serve, args=(connection, given.pause), daemon=True).start()


if __name__ == "__main__":
    main()
