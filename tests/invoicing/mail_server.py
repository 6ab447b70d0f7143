"""A real e-mail server for tests, on this machine: it takes messages, or refuses whatever it is told to refuse."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Conversation(socketserver.StreamRequestHandler):
    """One connection: says what SMTP asks for, line by line."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 mail.invalid")
        while line := self.rfile.readline():
            verb = line.decode().split(maxsplit=1)[0].upper()
            if verb == self.server.refuses:
                self._say("550 no")
            elif verb == self.server.hangs_up_at:
                return
            elif verb == "DATA":
                self._say("354 go on")
                self.server.keep(self._message())
                self._say("250 kept")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 yes")

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`messages` are those it took; `refuses` and `hangs_up_at` name a command, such as RCPT."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.messages: list[EmailMessage] = []
        self.refuses = self.hangs_up_at = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def keep(self, content: bytes) -> None:
        self.messages.append(message_from_bytes(content, policy=policy.default))


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
