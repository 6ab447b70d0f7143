"""One process that serves the pages on waitress and can end without failing a single request.

waitress alone, told to end, drops what is queued and cuts every open connection. Here a process that ends goes in
steps: it marks each answer as the last one of its connection, takes no new connections, answers what it has been
asked, and only then closes what is left.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from django.conf import settings
from waitress import create_server, wasyncore

from clearbill.config.network import is_loopback
from clearbill.server.connections import Connection, limits_of_settings
from clearbill.server.health import shutting_down

LINGER_SECONDS = 15.0

"""How long a replaced process waits for the next request on each connection that browsers or a proxy keep open."""

FINISH_SECONDS = 15.0

"""How long requests in hand may take after that."""

BACKLOG = 1024

LOOK_SECONDS = 0.5

"""How often it is looked which connections are late."""


@dataclass(frozen=True, slots=True)
class ShutdownMode:
    """A way to end: is the process missing at /ready, does it take connections meanwhile, and for how long at most."""

    is_leaving: bool
    takes_connections: bool
    linger_seconds: Callable[[], float]


SHUTDOWN_MODES = {
    # This address goes away: say so at /ready, for the proxy to see, and serve on until it has.
    signal.SIGTERM: ShutdownMode(True, True, lambda: settings.LEAVE_SECONDS),
    # Another process on the same socket has taken over: leave new connections to it.
    signal.SIGHUP: ShutdownMode(False, False, lambda: LINGER_SECONDS),
    # Ctrl-C: at once, but not in mid-sentence.
    signal.SIGINT: ShutdownMode(False, False, lambda: 0.0),
}


def why_not_open(host: str) -> str:
    """Return why the pages are not served at this host name or address, "" where nothing speaks against it."""
    if settings.BEHIND_TLS or settings.PLAIN_HTTP or (host and is_loopback(host)):
        return ""
    return (
        f"At {host or 'every address'} other machines would reach the pages without TLS, with patients’ data in clear. "
        "Put a proxy with TLS in front and set CLEARBILL_TLS=on, or CLEARBILL_PLAIN_HTTP=on where the network between "
        "is your own."
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the address. Raises OSError where it cannot."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address, family=family, backlog=BACKLOG)


def _proxy() -> dict[str, Any]:
    """Return whose word counts for where a request came from: the proxy's, where the settings say that there is one."""
    if not settings.BEHIND_TLS:
        return {"clear_untrusted_proxy_headers": False}
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


class Server:
    """waitress on one listening socket, until one of the signals in SHUTDOWN_MODES."""

    def __init__(self, application: Any, listening: socket.socket, *, threads: int) -> None:
        self._way: ShutdownMode | None = None
        self._map: dict[int, Any] = {}
        self._looked_at = 0.0
        limits = limits_of_settings()
        self._waitress = create_server(
            application,
            map=self._map,
            sockets=[listening],
            threads=threads,
            ident="",
            max_request_body_size=settings.LARGEST_REQUEST_BYTES,
            # Never reached: before, a connection that waits makes room for a new one.
            connection_limit=limits.connections * 2 + 100,
            **_proxy(),
        )
        self._waitress.channel_class = Connection
        self._waitress.limits = limits
        self._waitress.is_ending = False
        for number in SHUTDOWN_MODES:
            signal.signal(number, self._end)

    def run(self) -> None:
        """Serve until told to end, and return when everything that was asked is answered (or has taken too long)."""
        while self._way is None:
            self._turn(30.0)
        self._linger(self._way)
        self._stop_listening()
        self._finish()
        self._waitress.task_dispatcher.shutdown(timeout=1)
        self._waitress.trigger.close()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._way = SHUTDOWN_MODES[signal.Signals(number)]
        self._waitress.is_ending = True
        if self._way.is_leaving:
            shutting_down.set()
        self._waitress.pull_trigger()

    def _turn(self, seconds: float) -> None:
        pause = min(seconds, LOOK_SECONDS) if self._waitress.active_channels else seconds
        wasyncore.loop(timeout=pause, map=self._map, use_poll=True, count=1)
        now = time.monotonic()
        if now >= self._looked_at + LOOK_SECONDS:
            self._looked_at = now
            for connection in list(self._waitress.active_channels.values()):
                connection.close_if_late(now)

    def _linger(self, way: ShutdownMode) -> None:
        """Serve on for a while; another signal cuts it short."""
        self._waitress.accepting = way.takes_connections
        until = time.monotonic() + way.linger_seconds()
        while self._way is way and (left := until - time.monotonic()) > 0:
            if not way.takes_connections and not self._waitress.active_channels:
                return
            self._turn(min(left, 0.5))

    def _stop_listening(self) -> None:
        """Take what has already connected, then give up the socket; where others share it, it stays open for them."""
        before = -1
        while self._waitress.accepting and before < (before := len(self._waitress.active_channels)):
            self._waitress.handle_accept()
        wasyncore.dispatcher.close(self._waitress)

    def _finish(self) -> None:
        deadline = time.monotonic() + FINISH_SECONDS
        while self._waitress.active_channels and time.monotonic() < deadline:
            # What arrived meanwhile is read before a connection counts as idle.
            self._turn(0.05)
            for channel in list(self._waitress.active_channels.values()):
                channel.close_if_idle()
