"""One trial: a world from a seed, lived through to its end, and judged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.simulation import office, plan, rows_now
from tests.simulation.database import Database
from tests.simulation.office import Office
from tests.simulation.oracle import Oracle
from tests.simulation.people import People
from tests.simulation.processes import Worker
from tests.simulation.result import Result
from tests.simulation.standin import StandIn
from tests.simulation.world import Endless, World, seeded_chance

DRAIN_SECONDS = 8 * 3600.0
DRAIN_AFTER_WRONG_CLOCK_SECONDS = 60 * 3600.0
LONG_SECONDS = 30 * 3600.0


class Trial:
    """The world of one seed with everybody in it."""

    def __init__(self, seed: int, folder: Path, offices: list[Office]) -> None:
        self.world = World(seed)
        self.plan = plan.draw(self.world.dice)
        self.standin = StandIn(self.world, folder, remembers=self.plan.remembers, refuses=self.plan.refuses)
        self.database = Database(self.world, self.plan)
        self.database.others = self._give_way
        self.people = People(self.world, self.plan, self.standin, self.database, offices)
        self.oracle = Oracle(self.world, self.plan, self.standin, self.people)
        self.workers = [
            Worker(f"worker {letter}", self.world, self.plan, self.standin, self.database, self._after)
            for letter in "ABC"[: self.plan.workers]
        ]
        for worker in self.workers[1:]:
            # The first one always comes back: somebody has to be there at the end.
            worker.may_leave = self.plan.never_returns
        self._changes, self._judged_at = 0, -1

    def run(self) -> Result:
        """Live the trial and judge it."""
        world = self.world
        world.say(f"begins at {world.start:%d %b %Y %H:%M}, {_told(self.plan)}", who="trial")
        self.people.arrange()
        self._arrange_house()
        for worker in self.workers:
            worker.wake(world.dice.uniform(0, 1))
        try:
            with self.database.attached():
                try:
                    self._live()
                except Endless:
                    self.oracle.blame("the trial runs in circles")
                if not self.oracle.violations:
                    self.oracle.end()
        finally:
            world.end()
            self.standin.close()
        return Result(
            world.seed, world.digest(), self.oracle.violations, world.elapsed, dict(world.counts), world.story
        )

    def _live(self) -> None:
        world, plan = self.world, self.plan
        after = DRAIN_SECONDS
        if plan.is_long or plan.presses:
            # A day: until the insurer has collected, or until a lasting doubt has become work for a person.
            after = LONG_SECONDS
        if plan.clock_steps:
            after = DRAIN_AFTER_WRONG_CLOCK_SECONDS
        last = plan.calm_at + 1300 + after
        while world.elapsed < last and not self.oracle.violations:
            if not world.act():
                return
            self._looked()
            if world.elapsed > plan.calm_at + 1300 and self._is_over():
                return

    def _is_over(self) -> bool:
        if self._judged_at == self._changes:
            return False
        self._judged_at = self._changes
        return not self.oracle.unsettled()

    def _after(self, worker: Worker) -> None:
        """After a worker's step, whatever came of it: look, and let the others notice."""
        with self.database.quiet():
            self.oracle.after_step(worker)
            self._looked()

    def _looked(self) -> None:
        if not self.database.has_changed:
            return
        self.database.has_changed = False
        self._changes += 1
        with self.database.quiet():
            self.oracle.look()
            self._wake_workers()

    def _wake_workers(self) -> None:
        """Let the idle workers poll when the next thing is due by the rows as they are now."""
        due_at = self.world.elapsed + max(0.0, rows_now.due_in(self.world.our_now()))
        for place, worker in enumerate(self.workers):
            worker.wake(due_at + 0.3 * place)

    def _give_way(self) -> None:
        """Let another worker do a round between two statements of this one."""
        if self.world.actor == "people":
            with self.database.quiet():
                self.people.meanwhile()
            return
        free = [one for one in self.workers if not one.is_busy and not one.is_gone]
        if not free:
            return
        other = self.world.dice.choice(free)
        self.world.say(f"gives way to {other.name}", kind="another worker in between")
        self.world.at(self.world.elapsed, other.round)
        self.world.wait(self.world.dice.choice([0.0, 0.0, 0.5]))

    # The house and the clocks

    def _arrange_house(self) -> None:
        world, plan = self.world, self.plan
        for _ in range(plan.presses):
            world.at(world.dice.uniform(60, plan.calm_at), self._press)
        for taken_at, restored_at in plan.restores:
            world.at(taken_at, self.standin.take_backup)
            world.at(restored_at, self._restore)
        for moment, seconds in plan.clock_steps:
            world.at(moment, lambda by=seconds: self._step_clock(by))
        if plan.clock_steps and plan.clock_is_mended:
            world.at(plan.calm_at, lambda: self._step_clock(None))

    def _press(self) -> None:
        done = self.standin.press(self.world.dice)
        if done:
            self.world.say(done, who="house", kind=f"the house presses {done.split()[0]}")

    def _restore(self) -> None:
        good_before = {bill.invoice_no: bill for bill in self.standin.good_bills()}
        forgotten = self.standin.restore()
        self.world.say(f"restored from a backup, {len(forgotten)} bills forgotten", who="house", kind="ledger restored")
        self.oracle.after_restore(forgotten, good_before)

    def _step_clock(self, seconds: float | None) -> None:
        world = self.world
        world.clock_error = timedelta(0) if seconds is None else world.clock_error + timedelta(seconds=seconds)
        world.say(f"our clock is wrong by {world.clock_error}", who="clock", kind="clock step")
        with self.database.quiet():
            self._wake_workers()


def _told(drawn: plan.Plan) -> str:
    house = "strict" if drawn.strict else "ordinary" if drawn.remembers else "forgetful"
    return f"{house} house, {drawn.workers} workers, {drawn.claims} claims, faults until {drawn.calm_at:.0f} s"


def run(seed: int, folder: Path, offices: list[Office]) -> Result:
    """Run the trial of one seed."""
    with seeded_chance(seed):
        trial = Trial(seed, folder, offices)
        office.empty(trial.world.start)
        return trial.run()
