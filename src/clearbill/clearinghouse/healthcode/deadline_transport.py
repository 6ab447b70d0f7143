"""A transport whose messages end in time: the client's own time-out restarts with every byte that comes.

A house, or what stands before it, that sends a header letter by letter, or says “100 Continue” for ever, would hold a
lane for good. Here each read and write may take no longer than what is left for the whole message.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

SecondsLeft = Callable[[], float]


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport; `seconds_left` says for how long the message in hand may still take."""

    def __init__(self, *, seconds_left: SecondsLeft, verify: ssl.SSLContext, proxy: str | None) -> None:
        super().__init__(verify=verify, trust_env=False, proxy=proxy)
        # httpx has no door for it; tests with dripping servers hold that it stays bounded.
        pool: Any = self._pool
        pool._network_backend = _Backend(pool._network_backend, seconds_left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend, seconds_left: SecondsLeft) -> None:
        self._backend, self._seconds_left = backend, seconds_left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._seconds_left)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, seconds_left: SecondsLeft) -> None:
        self._stream, self._seconds_left = stream, seconds_left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._bounded(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bounded(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._seconds_left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _bounded(self, timeout: float | None, over: type[Exception]) -> float:
        left = self._seconds_left()
        if left <= 0:
            raise over("the time for the whole message is over")
        return left if timeout is None else min(timeout, left)
