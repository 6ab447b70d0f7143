"""A connection to a page process: its answers to HEAD are a head alone, and it can be closed between two requests.

Nobody keeps it for long without asking something: a request has to arrive in time, however slowly it drips, and where
there are too many connections the one that has waited longest makes room.
"""

from __future__ import annotations

import copy
import resource
import time
from dataclasses import dataclass
from typing import Any
from wsgiref.util import FileWrapper

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, Task, WSGITask

from clearbill.server import known_browser
from clearbill.server.response_headers import HEADERS

FRESH_SECONDS = 2.0

"""A connection so new that its first request may still be on the way."""

IDLE_SECONDS = 120.0

"""How long a connection on which something was asked may be kept for the next request."""

SLOWEST_BYTES_A_SECOND = 8 * 1024

"""A body has so many more seconds as it has brought bytes: a large file over a slow line arrives."""

_HEAD = b"HEAD "

# Each connection may have a file of its own, for a large body; the rest is the database, logs, libraries.
_FILES_A_CONNECTION, _OTHER_FILES = 2, 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections there may be, of one address (0: any number) and in all, and how long a request may take."""

    connections: int
    of_an_address: int
    head_seconds: float
    body_seconds: float


def limits_of_settings() -> Limits:
    """Return the limits of this process, which is allowed so many open files where the system lets it."""
    wanted = settings.CONNECTIONS * _FILES_A_CONNECTION + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return Limits(
        connections=min(settings.CONNECTIONS, max(1, (soft - _OTHER_FILES) // _FILES_A_CONNECTION)),
        # Behind a proxy all come from its address: the limit is the proxy's to keep.
        of_an_address=0 if settings.BEHIND_TLS else settings.CONNECTIONS_OF_AN_ADDRESS,
        head_seconds=settings.HEAD_SECONDS,
        body_seconds=settings.BODY_SECONDS,
    )


class Request(HTTPRequestParser):
    """waitress's request, which knows that it is a HEAD even where the rest of it cannot be read.

    Its body may be large only where somebody has signed in with this browser before.
    """

    adj: Adjustments
    is_head = False
    _beginning = b""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is not None and not known_browser.is_known(self.headers.get("COOKIE", "")):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = settings.LARGEST_REQUEST_BYTES_OF_A_STRANGER

    def seconds(self, limits: Limits) -> float:
        """Return how long it may have taken so far."""
        if not self.headers_finished:
            return limits.head_seconds
        return limits.head_seconds + limits.body_seconds + self.body_bytes_received / SLOWEST_BYTES_A_SECOND

    def received(self, data: bytes) -> int:
        if len(self._beginning) < len(_HEAD):
            # Blank lines before a request are skipped.
            self._beginning = (self._beginning + data[:8192]).lstrip()[: len(_HEAD)]
            self.is_head = self._beginning == _HEAD
        count: int = super().received(data)
        return count


class _Answer(Task):
    """waitress's task, which sends no byte after the head in answer to HEAD, or with a status that has no body.

    Such a byte would be taken for the beginning of the next answer on the connection (RFC 9110, 9.3.2).
    """

    @property
    def _is_to_head(self) -> bool:
        # The connection's request and not the task's: where a page fails, waitress makes a request of its own for that.
        return bool(self.channel.requests[0].is_head)

    def build_response_header(self) -> bytes:
        if self.channel.server.is_ending:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header

    def write(self, data: bytes) -> None:
        if not self._is_to_head:
            super().write(data)
        elif not self.wrote_header:
            super().write(b"")

    def finish(self) -> None:
        if self._is_to_head:
            self.write(b"")
        else:
            super().finish()


class PageAnswer(_Answer, WSGITask):
    """The answer of a page."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.file_wrapper"] = self._wrap
        return environ

    def _wrap(self, file: Any, block_size: int) -> Any:
        """Return the file as waitress sends it at once, or to be read by `write` where nothing of it may be sent."""
        may_be_sent = self.has_body and not self._is_to_head
        return (ReadOnlyFileBasedBuffer if may_be_sent else FileWrapper)(file, block_size)


class RefusedAnswer(_Answer, ErrorTask):
    """What the server itself answers to a request that it cannot take."""

    def execute(self) -> None:
        self.response_headers.extend(HEADERS.items())
        super().execute()


class Connection(HTTPChannel):
    """waitress's connection, which can be closed between two requests, and in one only where it takes too long."""

    parser_class = Request
    task_class = PageAnswer
    error_task_class = RefusedAnswer

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Adjustments, map: Any = None) -> None:
        super().__init__(server, sock, addr, adj, map=map)
        self._waits_since = time.monotonic()
        self._began_at: float | None = None
        self._was_asked = False
        self._make_room()

    def received(self, data: bytes) -> bool:
        # Counted from the first byte after the last answer: blank lines before a request begin nothing anew.
        self._began_at = self._began_at or time.monotonic()
        is_taken: bool = super().received(data)
        return is_taken

    def service(self) -> None:
        self._was_asked, self._began_at, self._waits_since = True, None, time.monotonic()
        super().service()
        self._waits_since = time.monotonic()

    @property
    def _waits(self) -> bool:
        """Return whether it is open and nothing is being answered."""
        return not (self.requests or self.total_outbufs_len or self.will_close or self.close_when_flushed)

    def _make_room(self) -> None:
        """Close the connection that has waited longest where there are too many; this one where none of them waits."""
        limits: Limits = self.server.limits
        others = [one for one in self.server.active_channels.values() if one is not self and not one.will_close]
        neighbours = [one for one in others if one.addr[0] == self.addr[0]]
        if limits.of_an_address and len(neighbours) >= limits.of_an_address:
            others = neighbours
        elif len(others) < limits.connections:
            return
        waiting = [one for one in others if one._waits]
        min(waiting, key=lambda one: one._waiting_since(), default=self).will_close = True

    def _waiting_since(self) -> float:
        return self._began_at or self._waits_since

    def close_if_late(self, now: float) -> None:
        """Close the connection where its request does not arrive in time, or none comes."""
        limits: Limits = self.server.limits
        if not self._waits:
            return
        is_idle = self._was_asked and self._began_at is None and not self.request
        seconds = self.request.seconds(limits) if self.request else limits.head_seconds
        if now > self._waiting_since() + (IDLE_SECONDS if is_idle else seconds):
            self.will_close = True

    def close_if_idle(self) -> None:
        """Close the connection where nothing is asked, being asked, or still to be sent."""
        with self.requests_lock:
            is_fresh = self.last_activity == self.creation_time and time.time() < self.creation_time + FRESH_SECONDS
            if not (self.requests or self.request or is_fresh):
                self.close_when_flushed = True
