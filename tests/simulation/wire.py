"""The line between our computers and the house: an HTTP transport on which everything can go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import format_datetime

import httpx

from healthcode_sandbox.wire.soap import PATH
from tests.simulation.plan import Plan
from tests.simulation.standin import StandIn
from tests.simulation.world import Killed, World

REPLY_SECONDS = 15.0
LARGEST_REPLY_BYTES = 60_000
NEVER_STORED_LATER_THAN = 2 * REPLY_SECONDS
AFTER_QUESTION = "after the answer to a question"
_ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Envelope><Body><return>&b;</return></Body></Envelope>"""
_DATE = re.compile(rb"<StatusDate>.*?</StatusDate>")
_INVOICE = re.compile("<InvoiceNo>([^<]+)<")
_MALFORMED = (b"", b"<html><body>Service desk</body></html>", b'{"ok": true}', b"<Envelope><Body>", b"\xff\xfe\x00")
Fault = Callable[["Line", httpx.Request, bytes], httpx.Response]


class Pieces(httpx.SyncByteStream):
    """An answer that comes in pieces; each may take its time or be the end."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces()


class Line(httpx.BaseTransport):
    """What one process of ours has for a network. `answers` collects the complete answers it was given."""

    def __init__(self, world: World, plan: Plan, standin: StandIn) -> None:
        self.world, self.plan, self.standin = world, plan, standin
        self.answers: list[tuple[str, bytes]] = []
        self.is_faulty = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one message there and its answer back, or not."""
        body = request.read()
        kind = _kind(request, body)
        request.extensions["set_off"] = self.world.elapsed
        if self.is_down():
            self.world.say(f"{kind}: nobody listens", kind="outage")
            self.world.wait(0.01)
            raise httpx.ConnectError("nobody listens")
        if kind == "submit":
            self.standin.note_begun(body)
        self._perhaps_killed(kind, "before it arrived")
        if self._perhaps_suspended(kind, is_sent=False) and kind == "submit":
            self.world.late_arrivals.update(_INVOICE.findall(body.decode()))
        response = self._carried(kind, request, body)
        self._perhaps_killed(kind, "after it arrived")
        self._perhaps_suspended(kind, is_sent=True)
        return response

    def _carried(self, kind: str, request: httpx.Request, body: bytes) -> httpx.Response:
        plan = self.plan
        kinds, rate = {
            "submit": (plan.submit_faults, plan.submit_rate),
            "status": (plan.status_faults, plan.status_rate),
        }.get(kind, ((), 0.0))
        if kinds and self.is_faulty and self.world.elapsed < plan.calm_at and self.world.chance(rate):
            fault = self.world.dice.choice(kinds)
            self.world.say(f"{kind}: {fault}", kind=f"{kind}: {fault}")
            return FAULTS[fault](self, request, body)
        self.world.wait(self.world.dice.choice([0.05, 0.2, 1.0]))
        return self.complete(self.store(request, body), kind)

    def store(self, request: httpx.Request, body: bytes) -> httpx.Response:
        """Let the message arrive."""
        set_off = request.extensions["set_off"]
        return self.standin.answer(request.method, str(request.url), request.headers, body, set_off=set_off)

    def complete(self, response: httpx.Response, kind: str = "") -> httpx.Response:
        """Hand over a whole answer."""
        body = response.read()
        self.answers.append((kind or "status", body))
        return _copy(response, body)

    def lost(self, seconds: float = REPLY_SECONDS) -> httpx.Response:
        """Wait for an answer in vain."""
        self.world.wait(seconds)
        raise httpx.ReadTimeout("no answer")

    def is_down(self) -> bool:
        """Say whether the house is out of reach just now."""
        return any(began <= self.world.elapsed < ended for began, ended in self.plan.outages)

    def _perhaps_killed(self, kind: str, when: str) -> None:
        world = self.world
        if kind == "rest" or not self.is_faulty or world.elapsed >= self.plan.calm_at:
            return
        if world.chance(self.plan.kill_in_post_rate / 2):
            world.say(f"killed in the POST ({kind}), {when}", kind=f"killed in the POST, {when}")
            raise Killed

    def _perhaps_suspended(self, kind: str, *, is_sent: bool) -> bool:
        if kind == "submit" and self.plan.strict and not is_sent:
            # Nobody can take back a message that a sleeping process has still to send: only a house that
            # remembers references, or refuses duplicates, is safe from it.
            return False
        where = f"in the POST ({kind}), {'after' if is_sent else 'before'} it arrived"
        return kind != "rest" and self.perhaps_sleep(where)

    def perhaps_sleep(self, where: str) -> bool:
        """Perhaps let this process stand still for longer than it may hold a row. Say whether it did."""
        world = self.world
        if not self.plan.sleeps_in_questions and ("status" in where or "question" in where):
            return False
        if self.plan.sleeps_only_after_questions and where != AFTER_QUESTION:
            return False
        if not self.is_faulty or world.elapsed >= self.plan.calm_at or not world.chance(self.plan.suspend_rate / 3):
            return False
        seconds = world.dice.choice([70.0, 195.0, 220.0, 400.0, 1500.0])
        world.say(f"stands still {where} for {seconds:.0f} s", kind=f"stands still beyond its lease, {where}")
        world.wait(seconds)
        return True


def _kind(request: httpx.Request, body: bytes) -> str:
    if request.url.path != PATH:
        return "rest"
    return "submit" if b"submitBill" in body else "status"


def _copy(response: httpx.Response, body: bytes) -> httpx.Response:
    """Return the answer with this body, not yet read, as it comes from a network."""
    headers = {"Content-Type": response.headers.get("Content-Type", "text/xml")}
    return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(body))


def _nobody(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    line.world.wait(0.01)
    raise httpx.ConnectError("nobody listens")


def _dropped(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    raise httpx.ReadError("reset")


def _stored_no_answer(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    line.store(request, body)
    return line.lost()


def _no_answer(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return line.lost()


def _stored_5xx(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    line.store(request, body)
    return _plain(line, line.world.dice.choice([500, 502, 503, 504]))


def _not_stored_5xx(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return _plain(line, line.world.dice.choice([500, 502, 503, 504]))


def _plain(line: Line, status: int, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    line.world.wait(0.1)
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(b"The gateway is sorry."))


def _reset(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)

    def pieces() -> Iterator[bytes]:
        yield whole.content[: len(whole.content) // 3]
        raise httpx.ReadError("reset in mid-body")

    return httpx.Response(200, stream=Pieces(pieces))


def _truncated(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)
    return line.complete(_copy(whole, whole.content[: line.world.dice.randint(0, len(whole.content) - 1)]), "broken")


def _stored_late(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    """As late as a message may be under way at all; at a house that knows it again, any time."""
    world = line.world
    latest = 900.0 if line.plan.remembers else NEVER_STORED_LATER_THAN - 0.5
    after = world.dice.uniform(REPLY_SECONDS, latest)
    world.at(world.elapsed + after, lambda: line.store(request, body) and None)
    return line.lost()


def _wait_429(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return _plain(line, 429, Retry_After=_retry_after(line))


def _wait_503(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return _plain(line, 503, Retry_After=_retry_after(line))


def _retry_after(line: Line) -> str:
    seconds = line.world.dice.choice([0, 5, 40, 600, 90000])
    if line.world.chance(0.5):
        return str(seconds)
    return format_datetime(line.world.now().replace(microsecond=0), usegmt=True)


def _malformed(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)
    return line.complete(_copy(whole, line.world.dice.choice(_MALFORMED)), "broken")


def _oversized(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    line.store(request, body)

    def pieces() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * (LARGEST_REPLY_BYTES // 5)

    return httpx.Response(200, stream=Pieces(pieces))


def _entities(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)
    return line.complete(_copy(whole, _ENTITIES), "broken")


def _dripping(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)

    def pieces() -> Iterator[bytes]:
        for place in range(len(whole.content)):
            line.world.wait(4.0)
            yield whole.content[place : place + 1]

    return httpx.Response(200, stream=Pieces(pieces))


def _of_another(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)
    return line.complete(
        _copy(whole, whole.content.replace(b"<RequestorTransId>CB", b"<RequestorTransId>XX")), "broken"
    )


def _busy(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    answer = line.standin.fails(body, "Service Unavailable")
    return line.complete(httpx.Response(200, stream=httpx.ByteStream(answer)), "broken")


def _credentials(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    answer = line.standin.fails(body, "Invalid Username/Password")
    return line.complete(httpx.Response(200, stream=httpx.ByteStream(answer)), "broken")


def _older(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    behind = line.world.dice.choice([30.0, 400.0, 4000.0])
    whole = line.standin.answer_late(request.method, str(request.url), request.headers, body, behind)
    # That a bill failed or was cancelled is told with its date: without one nobody could know of which version.
    is_undated = int(line.world.elapsed) % 2 and not re.search(rb"AwaitingCorrection|Cancelled", whole.content)
    return _copy(whole, _DATE.sub(b"", whole.content) if is_undated else whole.content)


def _not_known_yet(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    """A part of the house that has not heard of the bill: in a strict house only while it may still be under way."""
    if line.plan.strict and not line.standin.may_be_under_way(body, NEVER_STORED_LATER_THAN):
        return line.complete(line.store(request, body))
    return httpx.Response(200, stream=httpx.ByteStream(line.standin.says_of_it(body, status="NotFound")))


def _unspecified(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(line.standin.says_of_it(body, status="Unspecified")))


def _strange_word(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(line.standin.says_of_it(body, status="Pondering")))


def _undated(line: Line, request: httpx.Request, body: bytes) -> httpx.Response:
    whole = line.store(request, body)
    return _copy(whole, _DATE.sub(b"", whole.content))


FAULTS: dict[str, Fault] = {
    "nobody listens": _nobody,
    "dropped before it arrived": _dropped,
    "stored, no answer": _stored_no_answer,
    "not stored, no answer": _no_answer,
    "stored, then 5xx": _stored_5xx,
    "not stored, 5xx": _not_stored_5xx,
    "stored, reset in mid-body": _reset,
    "stored, truncated answer": _truncated,
    "stored after our time-out": _stored_late,
    "429 with Retry-After": _wait_429,
    "503 with Retry-After": _wait_503,
    "stored, malformed answer": _malformed,
    "stored, oversized answer": _oversized,
    "stored, entity-laden answer": _entities,
    "stored, dripping answer": _dripping,
    "stored, answer to another message": _of_another,
    "busy in its own words": _busy,
    "credentials refused for one call": _credentials,
    "older report": _older,
    "not known yet": _not_known_yet,
    "unspecified": _unspecified,
    "word that nobody knows": _strange_word,
    "without a date": _undated,
}
