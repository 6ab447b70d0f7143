"""One HTTP client for one connection: bounded in time and size, guarded, and exact about what went out."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from clearbill.clearinghouse.healthcode.connection import Clock, Connection, guard
from clearbill.clearinghouse.healthcode.deadline_transport import DeadlineTransport
from clearbill.clearinghouse.port import NotSent

MOVED = (301, 302, 307, 308)

PAUSES_SECONDS = (0.2, 0.8)

MOST_REDIRECTS = 3

ALWAYS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Clearbill"}

NOT_ANSWERING = "Healthcode is not answering."

# All that can go wrong before the first byte of a message is on its way. Whatever is not listed counts as sent.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer, whatever its status."""

    status: int
    body: bytes = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    seconds: float

    def retry_after_seconds(self, now: datetime) -> float | None:
        """Return how long Healthcode asks us to wait, given as seconds or as a date; None where it does not say."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 8:
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


class TransportError(Exception):
    """There is no complete answer; the text says in a sentence why. `left`: bytes of our message may have gone out."""

    def __init__(
        self,
        why: str = "No answer came.",
        *,
        left: bool,
        received: bytes = b"",
        http_status: int | None = None,
        seconds: float,
    ) -> None:
        super().__init__(why)
        self.why = why
        self.left, self.received, self.http_status, self.seconds = left, received, http_status, seconds


@cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that are trusted; reading them takes longer than a whole exchange."""
    return httpx.create_ssl_context()


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Return the address, read once: bills all go to the same. Raises httpx.InvalidURL."""
    return httpx.URL(url)


def _proxy_for(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment of this process names for an address, if any."""
    named = getproxies()
    proxy = None if proxy_bypass(host) else named.get(scheme) or named.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


class HttpClient:
    """Sends one request at a time over kept connections. Nothing passes that the connection's guards refuse."""

    def __init__(self, connection: Connection, *, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._connection, self._clock, self._given = connection, clock, transport
        self._transports: dict[tuple[str, str], httpx.BaseTransport] = {}
        limits = httpx.Timeout(connection.reply_seconds, connect=connection.connect_seconds)
        self._extensions = {"timeout": limits.as_dict()}
        self._ends_at = 0.0

    def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Reply:
        """Send once and return the answer. Raises NotSent where a guard refuses, TransportError where none comes."""
        refusal = guard(self._connection, url)
        if refusal:
            raise NotSent(refusal)
        started = self._clock.seconds()
        try:
            # Bytes, because a header with other letters than ASCII is Healthcode's to refuse, not ours to crash on.
            named = [(name.encode(), text.encode()) for name, text in {**ALWAYS, **(headers or {})}.items()]
            request = httpx.Request(
                method, _parsed(url), headers=named, content=content or None, extensions=self._extensions
            )
        except (httpx.InvalidURL, ValueError) as exc:
            raise TransportError(left=False, seconds=0.0) from exc
        self._ends_at = started + self._connection.connect_seconds + self._connection.reply_seconds
        return self._receive(request, started)

    def _receive(self, request: httpx.Request, started: float) -> Reply:
        received, status = bytearray(), None
        try:
            response = self._transport(request.url).handle_request(request)
            status = response.status_code
            try:
                # As they come: a packed answer, for which we never ask, may unpack to more than the machine holds.
                for chunk in response.iter_raw():
                    received += chunk
                    if why := self._too_much(len(received), started):
                        raise TransportError(
                            why, left=True, received=bytes(received), http_status=status, seconds=self._since(started)
                        )
            finally:
                response.close()
        except _BEFORE_SENDING as exc:
            raise TransportError(left=False, seconds=self._since(started)) from exc
        except (httpx.HTTPError, httpx.StreamError, OSError) as exc:
            why = self._why(exc, began=status is not None)
            raise TransportError(
                why, left=True, received=bytes(received), http_status=status, seconds=self._since(started)
            ) from exc
        return Reply(status=status, body=bytes(received), headers=response.headers, seconds=self._since(started))

    def ask(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Reply:
        """Ask a question that may be repeated: again, at most twice, on network trouble and 5xx, within the time-out.

        Raises NotSent where a guard refuses, TransportError where there is no answer at last.
        """
        started = self._clock.seconds()
        for pause_seconds in PAUSES_SECONDS:
            try:
                reply = self.send(method, url, headers=headers, content=content)
            except TransportError:
                if self._used_up(started):
                    raise
            else:
                told_to_wait = reply.retry_after_seconds(self._clock.now()) is not None
                if reply.status < 500 or told_to_wait or self._used_up(started):
                    return reply
            self._clock.sleep(pause_seconds)
        return self.send(method, url, headers=headers, content=content)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask by GET and follow a bounded number of moves. Credentials never follow to another host."""
        kept = dict(headers or {})
        for _ in range(MOST_REDIRECTS):
            reply = self.ask("GET", url, headers=kept)
            target = reply.headers.get("Location", "")
            if reply.status not in MOVED or not target:
                return reply
            moved = urljoin(url, target)
            if urlsplit(moved).netloc != urlsplit(url).netloc:
                kept.pop("Authorization", None)
            url = moved
        return self.ask("GET", url, headers=kept)

    def close(self) -> None:
        """Give back the connections held."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def _transport(self, url: httpx.URL) -> httpx.BaseTransport:
        """Return what carries messages to this address: straight, without what else a client of httpx looks after."""
        place = (url.scheme, url.host)
        if place not in self._transports:
            # A proxy named in the environment would carry test messages off this machine.
            proxy = _proxy_for(*place) if self._connection.environment == "live" else None
            made = self._given or DeadlineTransport(seconds_left=self._left, verify=_trusted(), proxy=proxy)
            self._transports[place] = made
        return self._transports[place]

    def _left(self) -> float:
        """Return for how many seconds the message in hand may still take."""
        return self._ends_at - self._clock.seconds()

    def _since(self, started: float) -> float:
        return self._clock.seconds() - started

    def _too_much(self, size: int, started: float) -> str:
        # The client's own time-out restarts with every byte; a dripping answer would never end.
        if size > self._connection.largest_reply_bytes:
            return f"The answer was larger than {self._connection.largest_reply_bytes // 1024**2} MB."
        return self._late(began=True) if self._used_up(started) else ""

    def _why(self, failure: Exception, *, began: bool) -> str:
        if isinstance(failure, httpx.TimeoutException):
            return self._late(began=began)
        return "The answer broke off in the middle." if began else "The connection broke before an answer came."

    def _late(self, *, began: bool) -> str:
        what = "The whole answer did not come" if began else "No answer came"
        return f"{what} within {self._connection.reply_seconds:.0f} seconds."

    def _used_up(self, started: float) -> bool:
        return self._since(started) > self._connection.reply_seconds
