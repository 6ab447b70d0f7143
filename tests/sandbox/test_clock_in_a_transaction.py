"""A house that is asked to stop while it has a message in hand finishes that message and then ends."""

from __future__ import annotations

import threading
from pathlib import Path

from healthcode_sandbox.house.clock import Clock
from healthcode_sandbox.house.ledger import Ledger
from tests import patience


def test_a_message_that_asks_the_time_while_the_clock_is_put_away_does_not_stand_still(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    clock = Clock(ledger)
    has_the_books, is_closing, answered = threading.Event(), threading.Event(), threading.Event()

    def message() -> None:
        with ledger.transaction():
            has_the_books.set()
            is_closing.wait(patience.SECONDS)
            # Time enough for the one that closes to take whatever it takes first.
            threading.Event().wait(0.1)
            clock.now()
        answered.set()

    def close() -> None:
        is_closing.set()
        clock.close()

    threads = [threading.Thread(target=work, daemon=True) for work in (message, close)]
    threads[0].start()
    assert has_the_books.wait(patience.SECONDS)
    threads[1].start()
    for thread in threads:
        thread.join(patience.SECONDS)
    assert answered.is_set()
    assert not any(thread.is_alive() for thread in threads)
    ledger.close()
