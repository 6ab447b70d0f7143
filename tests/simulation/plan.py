"""What will go wrong in a trial, drawn from its seed: some trials have one kind of fault, some have them all."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SUBMIT_FAULTS = (
    "nobody listens",
    "dropped before it arrived",
    "stored, no answer",
    "not stored, no answer",
    "stored, then 5xx",
    "not stored, 5xx",
    "stored, reset in mid-body",
    "stored, truncated answer",
    "stored after our time-out",
    "429 with Retry-After",
    "503 with Retry-After",
    "stored, malformed answer",
    "stored, oversized answer",
    "stored, entity-laden answer",
    "stored, dripping answer",
    "stored, answer to another message",
    "busy in its own words",
    "credentials refused for one call",
)
STATUS_FAULTS = (
    "nobody listens",
    "dropped before it arrived",
    "not stored, no answer",
    "not stored, 5xx",
    "stored, reset in mid-body",
    "stored, truncated answer",
    "429 with Retry-After",
    "stored, malformed answer",
    "stored, oversized answer",
    "stored, entity-laden answer",
    "busy in its own words",
    "older report",
    "not known yet",
    "unspecified",
    "word that nobody knows",
    "without a date",
)


@dataclass(slots=True, kw_only=True)
class Plan:
    """Rates are per occasion: per message, per statement, per commit. After `calm_at` seconds nothing goes wrong.

    A house may not remember references, and then not even refuse duplicates: the strict one leaves all care to us.
    """

    remembers: bool
    refuses: bool
    calm_at: float
    is_long: bool
    workers: int
    practices: int
    claims: int
    submit_faults: tuple[str, ...] = ()
    submit_rate: float = 0.0
    status_faults: tuple[str, ...] = ()
    status_rate: float = 0.0
    kill_rate: float = 0.0
    kill_in_post_rate: float = 0.0
    disk_rate: float = 0.0
    give_way_rate: float = 0.0
    suspend_rate: float = 0.0
    sleeps_in_questions: bool = True
    sleeps_only_after_questions: bool = False
    more_visits: int = 0
    clock_steps: list[tuple[float, float]] = field(default_factory=list)
    clock_is_mended: bool = True
    restores: list[tuple[float, float]] = field(default_factory=list)
    presses: int = 0
    outages: list[tuple[float, float]] = field(default_factory=list)
    never_returns: bool = False

    @property
    def strict(self) -> bool:
        return not self.remembers and not self.refuses


def draw(dice: random.Random) -> Plan:
    """Draw a trial's plan."""
    calm_at = dice.choice([600.0, 1800.0, 5400.0, 10800.0])
    remembers, refuses = dice.choice([(True, True), (False, True), (False, False), (False, False)])
    plan = Plan(
        remembers=remembers,
        refuses=refuses,
        calm_at=calm_at,
        is_long=dice.random() < 0.08,
        workers=dice.choice([1, 2, 2, 3]),
        practices=dice.choice([1, 1, 2, 3]),
        claims=dice.choice([1, 2, 3, 3, 4, 5]),
    )
    _draw_wire(plan, dice)
    _draw_own(plan, dice)
    _draw_house(plan, dice)
    _narrow(plan, dice.random())
    return plan


def _narrow(plan: Plan, drawn: float) -> None:
    """Let some trials have only what rarely comes together by chance."""
    if drawn < 0.15:
        _sleep_much(plan)
        plan.sleeps_in_questions = drawn < 0.05
    elif drawn < 0.25:
        _forget_much(plan, refuses=drawn < 0.2)
    elif drawn < 0.35:
        _act_late(plan)


def _sleep_much(plan: Plan) -> None:
    """Let nothing happen but that workers stand still, at a house that forgives nothing."""
    plan.remembers = plan.refuses = False
    plan.workers, plan.calm_at, plan.suspend_rate = 3, 5400.0, 1.5
    plan.submit_rate = plan.status_rate = 0.0
    _break_nothing_of_ours(plan)
    plan.clock_steps, plan.outages, plan.restores, plan.presses = [], [], [], 0


def _act_late(plan: Plan) -> None:
    """Let replies be lost and answers be acted on late, while people correct what others have learnt meanwhile."""
    _sleep_much(plan)
    plan.sleeps_only_after_questions, plan.claims, plan.more_visits = True, 6, 60
    plan.submit_faults, plan.submit_rate = ("dropped before it arrived", "stored, no answer"), 0.6


def _forget_much(plan: Plan, *, refuses: bool) -> None:
    """Let bills arrive without an answer at a house that first does not know them, then takes them twice or refuses."""
    plan.remembers, plan.refuses = False, refuses
    plan.submit_faults, plan.submit_rate = ("stored, no answer", "stored, then 5xx", "stored after our time-out"), 0.6
    plan.status_faults, plan.status_rate = ("not known yet",), 0.6
    plan.calm_at, plan.outages, plan.restores, plan.presses = 5400.0, [], [], 0
    _break_nothing_of_ours(plan)


def _break_nothing_of_ours(plan: Plan) -> None:
    """Then the story does not hang on how many statements a step takes."""
    plan.kill_rate = plan.kill_in_post_rate = plan.disk_rate = plan.give_way_rate = 0.0


def _draw_wire(plan: Plan, dice: random.Random) -> None:
    if dice.random() < 0.85:
        plan.submit_faults = _some(SUBMIT_FAULTS, dice)
        plan.submit_rate = dice.choice([0.2, 0.5, 0.8])
    if dice.random() < 0.6:
        plan.status_faults = _some(STATUS_FAULTS, dice)
        plan.status_rate = dice.choice([0.2, 0.5, 0.8])


def _draw_own(plan: Plan, dice: random.Random) -> None:
    if dice.random() < 0.4:
        plan.kill_rate = dice.choice([0.002, 0.01, 0.03])
        plan.kill_in_post_rate = dice.choice([0.0, 0.2, 0.5])
        plan.never_returns = plan.workers > 1 and dice.random() < 0.3
    if dice.random() < 0.3:
        plan.disk_rate = dice.choice([0.002, 0.01, 0.03])
    if dice.random() < 0.6:
        plan.give_way_rate = dice.choice([0.01, 0.03, 0.1])
    if dice.random() < 0.35:
        plan.suspend_rate = dice.choice([0.1, 0.3, 0.6])
    if dice.random() < 0.2:
        plan.clock_steps = [
            (
                dice.uniform(0, plan.calm_at),
                dice.choice([-1, 1]) * dice.choice([40.0, 600.0, 5400.0, 86400.0, 400000.0]),
            )
            for _ in range(dice.randint(1, 3))
        ]
        plan.clock_is_mended = dice.random() < 0.5


def _draw_house(plan: Plan, dice: random.Random) -> None:
    if dice.random() < 0.12:
        taken_at = dice.uniform(0, plan.calm_at * 0.7)
        plan.restores = [(taken_at, dice.uniform(taken_at, plan.calm_at))]
    if dice.random() < 0.3:
        plan.presses = dice.randint(1, 3)
    if dice.random() < 0.25:
        began = dice.uniform(0, plan.calm_at * 0.6)
        plan.outages = [(began, min(plan.calm_at, began + dice.choice([60.0, 600.0, 3600.0])))]


def _some(kinds: tuple[str, ...], dice: random.Random) -> tuple[str, ...]:
    """Return all kinds, a few, or only one."""
    return tuple(dice.sample(kinds, dice.choice([1, 2, 4, len(kinds), len(kinds)])))
