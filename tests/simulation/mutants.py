"""The negative control: faults planted in the real sending, each of which the simulation must catch.

Run `python -m tests.simulation.mutants [--jobs 2] [--only NAME]`. A snippet must occur exactly once in its module, and
a test says so; a mutant whose snippet has gone is moved on with the code.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.simulation import setting
from tests.simulation.mutating import Mutant

LONGEST_SECONDS = 60.0
"""Of processor time, so that a busy machine is no mercy."""
OTHER_SEEDS = "1-400"
_CLAIMS = "clearbill.claims"
_SENDER, _LEASE, _POLLING = f"{_CLAIMS}.queue.sender", f"{_CLAIMS}.queue.lease", f"{_CLAIMS}.queue.status_polling"
_BREAKER, _BACKOFF = f"{_CLAIMS}.queue.circuit_breaker", f"{_CLAIMS}.queue.backoff"
_TRANSITIONS, _SUBMISSION = f"{_CLAIMS}.core.transitions", f"{_CLAIMS}.core.submission"

MUTANTS = (
    Mutant(
        "resend on time-out",
        _SENDER,
        "    if _complete(row, Outbox.UNCERTAIN, last_error=kind[:300], may_have_arrived=True):\n"
        '        _mark_uncertain(row, f"{sentence} {ASKS}", at, exchange=exchange)',
        "    _complete(row, Outbox.READY, ready_at=at, last_error=kind[:300], may_have_arrived=True)",
    ),
    Mutant(
        "commit after send",
        _SENDER,
        "def send_batch(",
        "@transaction.atomic\ndef send_batch(",
    ),
    Mutant(
        "any failure counts as not sent",
        _SENDER,
        "        elif isinstance(outcome, NotSent):",
        "        elif isinstance(outcome, ClearingError):",
    ),
    Mutant(
        "an unreadable answer counts as a receipt",
        _SENDER,
        "    if _complete(row, Outbox.UNCERTAIN, last_error=kind[:300], may_have_arrived=True):\n"
        '        _mark_uncertain(row, f"{sentence} {ASKS}", at, exchange=exchange)',
        "    if _complete(row, Outbox.DONE, finished_at=at):\n"
        "        transitions.apply_report(row.claim, Event.RECEIPT, now=at, source=transitions.HEALTHCODE,"
        " next_check_at=first_check_at(at))",
    ),
    Mutant(
        "lost lease check",
        _SENDER,
        'held = {"id": row.pk, "state": Outbox.SENDING, "lease": row.lease}',
        'held = {"id": row.pk, "state": Outbox.SENDING}',
        seeds=(315,),
    ),
    Mutant(
        "finish without state check",
        _SENDER,
        'held = {"id": row.pk, "state": Outbox.SENDING, "lease": row.lease}',
        'held = {"id": row.pk}',
    ),
    Mutant(
        "a late receipt is applied though the row is lost",
        _SENDER,
        '    if not _complete(row, Outbox.DONE, finished_at=at, last_error=""):\n        return\n',
        '    _complete(row, Outbox.DONE, finished_at=at, last_error="")\n',
    ),
    Mutant(
        "forget that a bill may have arrived",
        _SENDER,
        "last_error=kind[:300], may_have_arrived=True",
        "last_error=kind[:300]",
        seeds=(40,),
    ),
    Mutant(
        "duplicate counted as rejection",
        _SENDER,
        "    if row.may_have_arrived and is_only_duplicate(",
        "    if False and is_only_duplicate(",
        seeds=(40,),
    ),
    Mutant(
        "recover as ready",
        _SENDER,
        "            if _complete(row, Outbox.UNCERTAIN, last_error=INTERRUPTED, may_have_arrived=True):\n"
        '                _mark_uncertain(row, f"{INTERRUPTED} {ASKS}", now)\n',
        "            if _complete(row, Outbox.READY, ready_at=now, last_error=INTERRUPTED):\n",
    ),
    Mutant(
        "new reference for each attempt",
        _SENDER,
        "return house.submit(bytes(row.document), reference=row.reference, at=at)",
        'return house.submit(bytes(row.document), reference=f"CB{row.pk:010}{row.attempts}", at=at)',
    ),
    Mutant(
        "a sending may begin at any time",
        _SENDER,
        "        if seconds() - began > max_start_delay_seconds():",
        "        if False:",
        seeds=(24,),
    ),
    Mutant(
        "nobody asks after a receipt",
        _SENDER,
        "        next_check_at=at + timedelta(seconds=settings.STATUS_PAUSES_SECONDS[0]),",
        "        next_check_at=None,",
    ),
    Mutant(
        "nobody asks after a lost reply",
        _SENDER,
        "        next_check_at=first_check_at(at),",
        "        next_check_at=None,",
    ),
    Mutant(
        "a bill that was not sent waits for days",
        _SENDER,
        "    next_at = at + timedelta(seconds=_retry_delay_seconds(row.attempts, failure))",
        "    next_at = at + timedelta(days=_retry_delay_seconds(row.attempts, failure))",
    ),
    Mutant(
        "rows of a dead worker are never recovered",
        _LEASE,
        "too_old = Q(taken_at__lt=now - timedelta(seconds=after_seconds))",
        "too_old = Q(taken_at__lt=now - timedelta(days=after_seconds))",
    ),
    Mutant(
        "unconditional take",
        _LEASE,
        'seen = {"id": row.pk, "state": Outbox.READY, "attempts": row.attempts}',
        'seen = {"id": row.pk}',
    ),
    Mutant(
        "an unclear answer counts as “not found”",
        _POLLING,
        "    if report.status == ClearingStatus.NOT_FOUND:\n",
        "    if report.status in (ClearingStatus.NOT_FOUND, ClearingStatus.UNSPECIFIED):\n",
        seeds=(48,),
    ),
    Mutant(
        "believe “not found” at once",
        _POLLING,
        "    if now - sent_at < timedelta(seconds=not_found_grace_seconds()):",
        "    if False:",
        seeds=(155,),
    ),
    Mutant(
        "an old answer decides about a later sending",
        _POLLING,
        "    asked_about = Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN, attempts=row.attempts)",
        "    asked_about = Outbox.objects.filter(pk=row.pk).exclude(state=Outbox.SENDING)",
        seeds=(30,),
    ),
    Mutant(
        "an answer about an earlier version is applied",
        _POLLING,
        "        if claim.reference == reference and Status(claim.status) in ASKED_ABOUT"
        " and not _is_being_sent(claim):",
        "        if not _is_being_sent(claim):",
        seeds=(87,),
    ),
    Mutant(
        "an answer is applied while the bill goes out again",
        _POLLING,
        "        if claim.reference == reference and Status(claim.status) in ASKED_ABOUT"
        " and not _is_being_sent(claim):",
        "        if claim.reference == reference and Status(claim.status) in ASKED_ABOUT:",
        seeds=(323,),
    ),
    Mutant(
        "a bill that the house forgot is sent again",
        _POLLING,
        "    if row is None:\n        transitions.open_task(\n            claim,\n            kind=TaskKind.NOT_FOUND,",
        "    if row is None:\n"
        "        claim.outbox.filter(state=Outbox.DONE).update(state=Outbox.READY, ready_at=now)\n"
        "        transitions.open_task(\n            claim,\n            kind=TaskKind.NOT_FOUND,",
    ),
    Mutant(
        "older report applied",
        _POLLING,
        "    if latest and told_at and latest < told_at:\n        return True\n",
        "",
    ),
    Mutant(
        "a step back without a date counts",
        _POLLING,
        "    return goes_back and not is_surely_newer",
        "    return False",
        seeds=(243,),
    ),
    Mutant(
        "an uncertain row stays open after the answer",
        _POLLING,
        "    if row is not None:\n        Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN).update(",
        "    if False:\n        Outbox.objects.filter(pk=row.pk, state=Outbox.UNCERTAIN).update(",
    ),
    Mutant(
        "pause never ends",
        _BREAKER,
        "until = now + timedelta(seconds=pause_seconds)",
        "until = now + timedelta(hours=pause_seconds)",
    ),
    Mutant(
        "probe never released",
        _BREAKER,
        'failures=0, refusal="", paused_until=None, not_answering_since=None',
        'failures=0, refusal="", not_answering_since=None',
    ),
    Mutant(
        "the house may ask for any wait",
        _BACKOFF,
        "min(max(float(seconds), 1.0), MAX_RETRY_AFTER_SECONDS)",
        "max(float(seconds), 1.0)",
    ),
    Mutant(
        "moved without looking where it stands",
        _TRANSITIONS,
        'statements.update(Claim, {"id": claim.pk, "status": before.value, "version": claim.version}, **values)',
        'statements.update(Claim, {"id": claim.pk}, **values)',
    ),
    Mutant(
        "swallow the exchange",
        _TRANSITIONS,
        "    if exchange is None:\n        return None\n",
        "    if exchange is None or row is not None:\n        return None\n",
    ),
    Mutant(
        "audit dropped",
        _TRANSITIONS,
        "        Actor(claim.practice, by, now).audit(",
        "        print(",
    ),
    Mutant(
        "status and outbox row in two transactions",
        _SUBMISSION,
        "    Outbox.objects.create(\n",
        "    (lambda **row: transaction.on_commit(lambda: Outbox.objects.create(**row)))(\n",
    ),
    Mutant(
        "a bill changed after it was checked is sent as it was",
        _SUBMISSION,
        "        if stands != [claim.bill, claim.is_restored, claim.is_current, claim.invoice.voided_at]:",
        "        if False:",
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the simulation said of a mutant; `seed` is None where it survived."""

    mutant: Mutant
    seed: int | None
    said: str


def caught(mutant: Mutant, ground: Path) -> Verdict:
    """Run trials with the fault planted until one is violated, for at most a minute."""
    seeds = ",".join([*map(str, mutant.seeds), OTHER_SEEDS])
    words = [sys.executable, "-m", "tests.simulation", "--mutant", mutant.name, "--seeds", seeds, "--first"]
    words += ["--seconds", str(LONGEST_SECONDS), "--ground", str(ground)]
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    said = run.stdout
    found = re.search(r"^seed (\d+): (.*)$", said, re.MULTILINE)
    if found is None:
        return Verdict(mutant, None, said.strip().splitlines()[-1] if said.strip() else "")
    return Verdict(mutant, int(found[1]), found[2])


def failing(seeds: set[int], ground: Path) -> set[int]:
    """Return which of the seeds are violated even where nothing is planted: they prove nothing."""
    if not seeds:
        return set()
    words = [sys.executable, "-m", "tests.simulation", "--seeds", ",".join(map(str, sorted(seeds)))]
    run = subprocess.run([*words, "--ground", str(ground)], capture_output=True, text=True, check=False)
    return {int(seed) for seed in re.findall(r"^seed (\d+):", run.stdout, re.MULTILINE)}


def main(argv: Sequence[str] | None = None) -> int:
    """Try every mutant. Returns 1 where one survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument(
        "--only", default="", metavar="NAME", choices=["", *(one.name for one in MUTANTS)], help="try one of them"
    )
    choice = parser.parse_args(argv)
    chosen = [one for one in MUTANTS if choice.only in ("", one.name)]
    verdicts = []
    with setting.ground() as ground, ThreadPoolExecutor(max(1, choice.jobs)) as several:
        for verdict in several.map(lambda one: caught(one, ground), chosen):
            verdicts.append(verdict)
            seed = "SURVIVED" if verdict.seed is None else f"seed {verdict.seed}"
            file = verdict.mutant.path.relative_to(verdict.mutant.path.parents[2])
            print(f"{seed:>9}  {verdict.mutant.name} ({file}): {verdict.said}", flush=True)
        catching = {verdict.seed for verdict in verdicts if verdict.seed is not None}
        fails_anyway = failing(catching, ground)
    if fails_anyway:
        print(f"no proof, because they fail without any planted fault: seeds {sorted(fails_anyway)}")
    held = sum(verdict.seed is not None and verdict.seed not in fails_anyway for verdict in verdicts)
    print(f"caught {held} of {len(verdicts)}")
    return 0 if held == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
