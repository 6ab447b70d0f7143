"""A house answers whatever it likes: the worker lives, the bytes are kept, the claim is Unknown and says why."""

from __future__ import annotations

import gzip
import zlib

import pytest

from tests.clearinghouse.answers import SOAP_PATH, fault, response, result, soap
from tests.fakes.raw_http_server import Answer, RawHttpServer, Request
from tests.journeys.processes import BOTH, UNKNOWN, Scene, Stage, waits
from tests.patience import wait_until

pytestmark = pytest.mark.slow
MOST_MEGABYTES = 400
_BOMB = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
_BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "0123456789">%s]><x>&e9;</x>' % _BOMB
_GOOD = soap(response(payload=result())).body
_HALF = _GOOD[: len(_GOOD) // 2]


def _twice_packed() -> bytes:
    """A few hundred bytes that unpack to 512 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join(packer.compress(bytes(1 << 20)) for _ in range(512)) + packer.flush()
    return gzip.compress(once, 9)


def _packed(body: bytes, encoding: str) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": encoding})


# How the house answers, and what the claim must say of it.
ANSWERS: dict[str, tuple[Answer, str]] = {
    "nothing at all": (Answer(), "not well-formed"),
    "not XML": (Answer(body=b"\x00\xff\xfe OK"), "not well-formed"),
    "a page in HTML": (Answer(body=b"<html><body><p>Maintenance<br></body></html>"), "not well-formed"),
    "another document": (Answer(body=b"<html><body>Maintenance</body></html>"), "could not be read"),
    "half an envelope": (Answer(body=_HALF), "not well-formed"),
    "cut off": (Answer(body=_HALF, headers={"Content-Length": str(len(_GOOD)), "Connection": "close"}), "broke off"),
    "6 MB": (Answer(body=b"<x>" + b" " * 6_000_000 + b"</x>"), "larger than 5 MB"),
    "an entity bomb": (Answer(body=_BOMB), "DOCTYPE"),
    "an entity bomb inside": (soap(_BOMB.decode()), "DOCTYPE"),
    "an entity bomb in UTF-16": (Answer(body=_BOMB[21:].decode().encode("utf-16")), "could not be read"),
    "a wrong encoding": (Answer(body=b'<?xml version="1.0" encoding="utf-8"?><x>\xe9\xa0\xff</x>'), "not well-formed"),
    "an unknown encoding": (Answer(body=b'<?xml version="1.0" encoding="x-klingon"?><x/>'), "not well-formed"),
    "nested without end": (Answer(body=b"<x>" * 200_000 + b"</x>" * 200_000), "not well-formed"),
    "packed": (_packed(gzip.compress(_GOOD), "gzip"), "not well-formed"),
    "a bomb, packed twice": (_packed(_twice_packed(), "gzip, gzip"), "not well-formed"),
    "another’s answer": (soap(response(payload=result(), reference="CB00000000000000000000")), "another message"),
    "an error with an answer": (soap(response(payload=result()), status=500), "error status"),
    "a break-down": (fault("Server", "it broke down"), "broke down"),
}


class Answers:
    """Gives each bill its own bad answer, and each question one after the other."""

    def __init__(self) -> None:
        self.of_reference: dict[str, str] = {}
        self.questions = 0

    def __call__(self, asked: Request) -> Answer:
        names = list(ANSWERS)
        if b"billStatus" in asked.body:
            self.questions += 1
            return ANSWERS[names[self.questions % len(names)]][0]
        reference = asked.body.partition(b"<RequestorTransId>")[2].partition(b"<")[0].decode()
        assert reference not in self.of_reference, "a bill was sent again while nobody said that it is not there"
        self.of_reference[reference] = names[len(self.of_reference)]
        return ANSWERS[self.of_reference[reference]][0]


def each_is_unknown(scene: Scene) -> bool:
    # A house that answers so badly is left alone for a while; a person presses “Try now”.
    scene.try_now()
    return scene.count(f"status = '{UNKNOWN}'") == len(ANSWERS)


@BOTH
def test_no_answer_ends_the_worker_or_loses_a_byte_or_a_claim(stage: Stage, database: str) -> None:
    server, answers = RawHttpServer(), Answers()
    server.on(SOAP_PATH, answers)
    with stage.scene(database, claims=len(ANSWERS), port=server.port, refuses_duplicates=True) as scene:
        try:
            # Long enough that no answer counts as late: what is wrong with it is to be said.
            worker = scene.worker(**waits(reply_seconds=10))
            wait_until("each claim is Unknown", lambda: each_is_unknown(scene))
            wait_until("each answer was given to a question too", lambda: has_asked(scene, answers))
            assert not worker.has_died(), worker.said()
            assert worker.peak_megabytes() < MOST_MEGABYTES
        finally:
            server.stop()
        assert faults_of_the_claims(scene, answers) == {}
        scene.house.start()
        scene.try_now()
        scene.wait_until_settled()
        assert not worker.has_died()
        scene.check()


def has_asked(scene: Scene, answers: Answers) -> bool:
    scene.try_now()
    return answers.questions >= len(ANSWERS)


def faults_of_the_claims(scene: Scene, answers: Answers) -> dict[str, tuple[str, str]]:
    """Return the kinds of answer whose claim does not say why, or whose bytes were not kept."""
    asked = "SELECT reference, received FROM claims_exchange WHERE operation = 'submitBill'"
    kept = {reference: bytes(received) for reference, received in scene.database.rows(asked)}
    asked = (
        "SELECT c.reference, e.note FROM claims_claim c JOIN claims_claimevent e ON e.claim_id = c.id "
        "WHERE e.event = 'reply lost'"
    )
    faults = {}
    for reference, note in scene.database.rows(asked):
        kind = answers.of_reference[reference]
        says, why = ANSWERS[kind]
        is_cut = len(kept[reference]) > 5_000_000 and says.body.startswith(kept[reference])
        if why not in note or not (kept[reference] == says.body or is_cut):
            faults[kind] = (note, f"{len(kept[reference])} of {len(says.body)} bytes kept")
    return faults
