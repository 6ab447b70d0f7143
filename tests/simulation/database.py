"""Faults between us and our own database: processes killed at a statement or a commit, a full disk, other workers in
between. What is committed is committed by the real database; what is not is rolled back by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connection

from tests.simulation.plan import Plan
from tests.simulation.world import Killed, World

DISK_FULL = "database or disk is full"
WRITES = ("INSERT", "UPDATE", "DELETE")
NO_ANSWER = "the connection to the database was lost"


# Every greenlet has its own.
_is_watched: ContextVar[bool] = ContextVar("is_watched", default=False)


class Database:
    """The faults of one trial. `others` lets somebody else act; `has_changed` says whether anything was written."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world, self._plan = world, plan
        self.others: Callable[[], None] = lambda: None
        self.has_changed = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let the faults strike what is done inside."""
        before = _is_watched.set(True)
        try:
            yield
        finally:
            _is_watched.reset(before)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Look at the rows without being struck."""
        before = _is_watched.set(False)
        try:
            yield
        finally:
            _is_watched.reset(before)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Stand between Django and its database."""
        connection._commit = self._commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._statement):
                yield
        finally:
            del connection._commit  # type: ignore[method-assign]

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        sql = sql.lstrip()
        if _is_watched.get() and self._strikes():
            answer = self._struck_statement(execute, sql, params, many, context)
        else:
            answer = execute(sql, params, many, context)
        if sql.startswith(WRITES) and context["cursor"].rowcount:
            self.has_changed = True
        return answer

    def _struck_statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        world, plan = self._world, self._plan
        is_write = sql.startswith(WRITES)
        if world.chance(plan.give_way_rate) and not connection.in_atomic_block:
            self.others()
        if world.chance(plan.kill_rate):
            world.say(f"killed before {_short(sql)}", kind="killed at a statement")
            raise Killed
        if is_write and world.chance(plan.disk_rate):
            world.say(f"disk full at {_short(sql)}", kind="disk full at a statement")
            raise OperationalError(DISK_FULL)
        answer = execute(sql, params, many, context)
        if is_write and not connection.in_atomic_block and world.chance(plan.kill_rate):
            self.has_changed = True
            world.say(f"killed after {_short(sql)}", kind="killed after a commit")
            raise Killed
        return answer

    def _commit(self) -> None:
        world, plan = self._world, self._plan
        strikes = _is_watched.get() and self._strikes()
        # A commit is rarer than a statement, and it is where most can go wrong.
        if strikes and world.chance(3 * plan.kill_rate):
            self._end(kept=world.chance(0.5))
            raise Killed
        if strikes and world.chance(3 * plan.disk_rate):
            kept = world.chance(0.3)
            self._finish(kept=kept)
            world.say(f"the commit failed{', but was kept' if kept else ''}", kind="I/O error at a commit")
            raise OperationalError(NO_ANSWER if kept else DISK_FULL)
        self._finish(kept=True)

    def _end(self, *, kept: bool) -> None:
        self._finish(kept=kept)
        what = "killed after a commit" if kept else "killed before a commit"
        self._world.say(what, kind=what)

    def _finish(self, *, kept: bool) -> None:
        if connection.connection is None:
            return
        if kept:
            connection.connection.commit()
        else:
            connection.connection.rollback()

    def _strikes(self) -> bool:
        return self._world.elapsed < self._plan.calm_at


def _short(sql: str) -> str:
    """Return what a statement does and to which table, without values."""
    words = sql.replace('"', "").split()
    verb = words[0]
    if verb in ("UPDATE", "INSERT"):
        return f"{verb} {words[2] if verb == 'INSERT' else words[1]}"
    if "FROM" in words:
        return f"{verb} {words[words.index('FROM') + 1]}"
    return verb
