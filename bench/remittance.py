"""A remittance of 10,000 bills taken in and put to the claims, against a bare insert of the same rows.

Run as `python -m bench.remittance`. Both write to the same kind of database in one transaction.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench import installation
from bench.figure import Figure

BILLS, ROUNDS = 10_000, 3
SPEED_GOAL = 20.0


def run(bills: int = BILLS, rounds: int = ROUNDS) -> list[Figure]:
    installation.begin()
    counter = Counter()
    ours, bare = [], []
    for _ in range(rounds):
        claims = counter.collected(bills)
        ours.append(counter.ours(claims))
        bare.append(counter.bare())
    return [
        Figure(
            name=f"a remittance of {bills:,} bills, put to the claims",
            ours=statistics.median(ours),
            denominator=statistics.median(bare),
            unit="s",
            goal=SPEED_GOAL,
            at_least=False,
        )
    ]


class Counter(installation.Desk):
    """A practice whose claims are with an insurer that pays them all in one payment."""

    def __init__(self) -> None:
        super().__init__()
        self._payments = 0

    def collected(self, wanted: int) -> list[Any]:
        """Return so many claims that the insurer has collected, as what the payment says of each."""
        from clearbill.bill.lifecycle import Status
        from clearbill.claims.models import Claim
        from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceLine

        ids = self.created(wanted)
        rows = []
        for start in range(0, wanted, 500):
            some = Claim.objects.filter(pk__in=ids[start : start + 500])
            some.update(status=Status.COLLECTED.value)
            rows += some.values_list("number", "net_total")
        return [
            RemittanceClaim(
                invoice_number=number,
                claimed=net,
                paid=net,
                lines=(RemittanceLine(line_no=1, claimed=net, paid=net),),
            )
            for number, net in rows
        ]

    def ours(self, claims: list[Any]) -> float:
        """Take the payment in and put it to the claims, and return how many seconds that took."""
        from clearbill.clearinghouse.remittance import RemittanceSummary
        from clearbill.money.remittances import store
        from clearbill.money.remittances.allocation import automatic
        from clearbill.people.actor import Actor

        self._payments += 1
        reference = f"PAY{self._payments}"
        content = reference.encode()
        document = store.store_document(Actor(self.practice, None, self.now), way="file", content=content)
        summary = RemittanceSummary(remittance_id=reference, insurer_id="bup", payment_reference=reference)
        began = time.perf_counter()
        taken_in = store.store_remittance(
            practice=self.practice, document=document, insurer_slug="bupa", summary=summary, claims=claims
        )
        told = automatic.auto_allocate(taken_in.remittance, now=self.now)
        spent_seconds, self._last = time.perf_counter() - began, taken_in.remittance.pk
        if told.allocated != len(claims):
            raise AssertionError("Every bill must be on its claim for the time to count.")
        return spent_seconds

    def bare(self) -> float:
        """Insert the very rows that the payment left into plain tables, in one transaction; return the seconds."""
        from django.db import connection, transaction

        where = f"(SELECT id FROM remittances_advice WHERE remittance_id = '{self._last.hex}')"
        tables = {
            "remittances_advice": f"id IN {where}",
            "billing_entry": f"advice IN {where}",
            "claims_claimevent": f"claim_id IN (SELECT claim_id FROM remittances_advice WHERE id IN {where})",
        }
        several = []
        with connection.cursor() as cursor:
            for table, condition in tables.items():
                cursor.execute(f"SELECT * FROM {table} WHERE {condition}")
                rows, width = cursor.fetchall(), len(cursor.description)
                cursor.execute(f"CREATE TABLE bare_{table}_{self._payments} AS SELECT * FROM {table} WHERE 1 = 0")
                marks = ", ".join(["%s"] * width)
                several.append((f"INSERT INTO bare_{table}_{self._payments} VALUES ({marks})", rows))
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, rows in several:
                cursor.executemany(statement, rows)
        return time.perf_counter() - began


if __name__ == "__main__":
    for line in run():
        print(line)
