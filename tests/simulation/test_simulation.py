"""The everyday part of the simulation: a few seeds, the same story twice, and a planted fault that is caught."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import patience
from tests.simulation.__main__ import seeds
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutating import Mutant
from tests.simulation.world import World, seeded_chance

ROOT = Path(__file__).resolve().parents[2]


def simulated(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: it brings its own database."""
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


def digests(run: subprocess.CompletedProcess[str]) -> list[str]:
    return re.findall(r"^seed \d+: ([0-9a-f]{16})$", run.stdout, re.MULTILINE)


@pytest.mark.slow
def test_a_few_trials_have_no_violation_and_the_same_seeds_tell_the_same_story_twice() -> None:
    first, second = (simulated("--seeds", "1-12", "--digests") for _ in range(2))
    for run in (first, second):
        assert run.returncode == 0, run.stdout + run.stderr
    assert first.stdout.splitlines()[-1] == "12 trials, 0 violations"
    assert "virtual hours" in first.stdout
    assert len(set(digests(first))) == 12
    assert digests(first) == digests(second)


def test_a_planted_fault_is_caught() -> None:
    run = simulated("--mutant", "resend on time-out", "--seeds", "1-60", "--first")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "was accepted 2 times" in run.stdout


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_every_fault_can_be_planted(mutant: Mutant) -> None:
    mutated = mutant.mutated()
    assert mutated != mutant.path.read_text()
    compile(mutated, str(mutant.path), "exec")


def test_there_are_enough_planted_faults_and_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20


def test_seeds_are_read_as_ranges_and_lists() -> None:
    assert seeds("7") == [7]
    assert seeds("1,5,9") == [1, 5, 9]
    assert seeds("1-3,8") == [1, 2, 3, 8]
    with pytest.raises(ValueError):
        seeds("some")


def test_what_waits_lets_the_others_act_and_time_passes_for_all() -> None:
    world, seen = World(1), []
    world.at(5.0, lambda: seen.append(("late", world.elapsed)))
    world.at(1.0, lambda: (world.wait(2.0), seen.append(("slow", world.elapsed))))
    world.at(2.0, lambda: seen.append(("meanwhile", world.elapsed)))
    while world.act():
        pass
    assert seen == [("meanwhile", 2.0), ("slow", 3.0), ("late", 5.0)]


def test_one_seed_gives_the_same_references_again() -> None:
    import secrets
    import uuid

    drawn = []
    for _ in range(2):
        with seeded_chance(3):
            drawn.append((secrets.token_hex(10), uuid.uuid4()))
    assert drawn[0] == drawn[1]
    assert drawn[0] != (secrets.token_hex(10), uuid.uuid4())
