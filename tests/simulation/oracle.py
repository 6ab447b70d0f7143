"""What must be true whatever happens, measured against the house's own ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import inf

from django.conf import settings
from lxml import etree

from clearbill.bill.lifecycle import ASKED_ABOUT, STEPS_BACK, Event, Status
from clearbill.bill.lifecycle import STEPS as TABLE
from clearbill.claims.core import transitions, validation
from clearbill.claims.models import Claim, ClaimEvent, Exchange, Outbox, Task
from clearbill.claims.queue.backoff import MAX_RETRY_AFTER_SECONDS
from clearbill.clearinghouse.healthcode.assumed_2026_11 import write_bill
from clearbill.people.models import AuditEntry
from healthcode_sandbox.house.bill_status import KeptBill
from tests.clearinghouse.bill_reader import read_bill
from tests.simulation import rows_now
from tests.simulation.people import People
from tests.simulation.plan import Plan
from tests.simulation.processes import Worker
from tests.simulation.rows_now import ClaimNow, RowNow
from tests.simulation.standin import Judged, StandIn, plain
from tests.simulation.world import World

STEPS = {event.value for event in Event}
HAVE_IT = (Status.AWAITING_COLLECTION, Status.COLLECTED)
SLACK_SECONDS = 2.0
AGREEING = {
    "Unprocessed": {Status.SUBMITTED},
    "In-process": {Status.SUBMITTED},
    "Validated": {Status.SUBMITTED},
    "AwaitingCollection": {Status.SUBMITTED, Status.AWAITING_COLLECTION},
    "Collected": {Status.SUBMITTED, Status.AWAITING_COLLECTION, Status.COLLECTED},
    "AwaitingCorrection": {Status.SUBMITTED, Status.AWAITING_COLLECTION, Status.REJECTED},
    "Cancelled": {Status.SUBMITTED, Status.AWAITING_COLLECTION, Status.REJECTED, Status.CANCELLED},
}
"""What a claim may show while the house says the word: what it says now, or what it said when it was asked last."""


class Oracle:
    """The judge of one trial; `violations` are sentences."""

    def __init__(self, world: World, plan: Plan, standin: StandIn, people: People) -> None:
        self._world, self._plan, self._standin, self._people = world, plan, standin, people
        self.violations: list[str] = []
        self._judged = 0
        self._settled_at_restore: dict[str, float] = {}
        self._collected_before: set[str] = set()
        self._taken_back: set[str] = set()

    def blame(self, sentence: str) -> None:
        """Note a violation, once."""
        if sentence not in self.violations:
            self.violations.append(sentence)
            self._world.say(f"VIOLATION: {sentence}", who="oracle")

    def _name(self, reference: str) -> str:
        """Return what people call the bill of a reference."""
        row = Outbox.objects.select_related("claim").filter(reference=reference).first()
        return f"{row.claim.number} v{row.version}" if row else "a bill"

    # Whenever something was written

    def look(self) -> None:
        """Check what must hold at every moment."""
        self._new_bills()
        claims, rows = rows_now.claims(), rows_now.outbox()
        items = rows_now.claims_with_work()
        for claim in claims:
            mine = rows.get(claim.pk, [])
            if claim.last_status != claim.status:
                self.blame(f"{claim.number} is “{claim.status}”, and its last event says “{claim.last_status}”")
            self._stands_as_its_rows(claim, mine, has_item=claim.pk in items)
            self._is_with_the_house(claim, mine)
        if not self._plan.clock_steps:
            self._waits(claims, rows)
        for sentence in self._people.trouble:
            self.blame(sentence)

    def _new_bills(self) -> None:
        for one in self._standin.judged[self._judged :]:
            self._judged += 1
            if one.accepted:
                self._accepted(one)

    def _accepted(self, one: Judged) -> None:
        # One that was accepted, and failed later, may be taken once more.
        good = {bill.id for bill in self._standin.good_bills()}
        accepted = [other for other in self._standin.accepted(one.reference) if not other.is_forgotten]
        bills = {other.bill_id for other in accepted if other.bill_id in good}
        if len(bills) > 1:
            self.blame(f"{self._name(one.reference)} was accepted {len(bills)} times")
        # A message that was on its way since before, nobody can take back.
        if one.set_off > self._settled_at_restore.get(one.reference, inf):
            self.blame(f"{self._name(one.reference)} was sent again after the house had forgotten it")
        numbers = [bill for bill in self._standin.good_bills() if bill.invoice_no == one.invoice_no]
        if len(numbers) > 1 and one.invoice_no not in self._taken_back:
            self.blame(f"invoice {one.invoice_no} is accepted in {len(numbers)} bills")
        row = Outbox.objects.select_related("claim__practice").filter(reference=one.reference).first()
        if row is None:
            self.blame(f"invoice {one.invoice_no} was accepted under a reference that we do not know")
        elif plain(etree.fromstring(bytes(row.document))) != one.document:
            self.blame(f"invoice {one.invoice_no}: what was accepted is not what was frozen")
        elif row.version == row.claim.version:
            frozen, sent = validation.stored_bill(row.claim), read_bill(bytes(row.document))
            again = write_bill(frozen, reference="", at=self._world.now(), site_id="", message_status="Test")
            if read_bill(again) != replace(sent, sender=read_bill(again).sender):
                self.blame(f"invoice {one.invoice_no}: the document is not the claim's bill")

    def _stands_as_its_rows(self, claim: ClaimNow, rows: list[RowNow], *, has_item: bool) -> None:
        states = [row.state for row in rows if row.state in (Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN)]
        if len(states) > 1:
            self.blame(f"{claim.number} has {len(states)} open rows")
        if Outbox.UNCERTAIN in states and claim.status != Status.UNKNOWN and not has_item:
            self.blame(f"{claim.number} is “{claim.status}” while its sending is uncertain")
        if (Outbox.READY in states or Outbox.SENDING in states) and claim.status != Status.SUBMITTED and not has_item:
            self.blame(f"{claim.number} is “{claim.status}” while it waits to be sent")
        if claim.status == Status.UNKNOWN and Outbox.UNCERTAIN not in states and not has_item:
            self.blame(f"{claim.number} is Unknown, and nothing is uncertain")
        if claim.status == Status.SUBMITTED and not rows:
            self.blame(f"{claim.number} is Submitted, and there is nothing to send")
        if Status(claim.status) in ASKED_ABOUT and not states and claim.next_check_at is None and claim.is_current:
            self.blame(f"{claim.number} is “{claim.status}”, and nobody will ask about it")
        if Outbox.UNCERTAIN in states and claim.next_check_at is None:
            self.blame(f"{claim.number} is uncertain, and nobody will ask about it")

    def _is_with_the_house(self, claim: ClaimNow, rows: list[RowNow]) -> None:
        """Nobody is told that a bill is sent which the house has not."""
        row = next((one for one in rows if one.version == claim.version), None)
        is_done = row is not None and row.state == Outbox.DONE and claim.status != Status.CANCELLED
        # What a sleeping process has still to send arrives after a house failed the first one: nobody can take it back.
        came_late = not self._plan.remembers and claim.number in self._world.late_arrivals
        if claim.status in (Status.REJECTED, Status.CANCELLED) and self._is_good(claim.number) and not came_late:
            self.blame(f"{claim.number} is “{claim.status}”, and the house has a good bill of that number")
        says_so = claim.status in HAVE_IT or is_done
        if says_so and (row is None or not self._standin.accepted(row.reference)):
            self.blame(f"{claim.number} is “{claim.status}”, and the house never had it")

    def _is_good(self, number: str) -> bool:
        if number in self._taken_back:
            return False
        good = [bill for bill in self._standin.good_bills() if bill.invoice_no == number]
        return any(bill.status != "Unspecified" for bill in good)

    def _waits(self, claims: list[ClaimNow], rows: dict[str, list[RowNow]]) -> None:
        """No claim, no row and no connection waits longer than the longest pause."""
        now = self._world.our_now()
        asked = now + timedelta(
            seconds=max(settings.STATUS_PAUSES_SECONDS[-1], MAX_RETRY_AFTER_SECONDS) + SLACK_SECONDS
        )
        sent = now + timedelta(seconds=MAX_RETRY_AFTER_SECONDS + SLACK_SECONDS)
        for claim in claims:
            if claim.next_check_at and claim.next_check_at > asked:
                self.blame(f"{claim.number} is not asked about before {claim.next_check_at}")
        for row in (row for several in rows.values() for row in several):
            if row.state == Outbox.READY and row.ready_at and row.ready_at > sent:
                self.blame(f"a row waits until {row.ready_at}")
        may_be_told_to_wait = any("Retry-After" in one for one in self._plan_faults())
        if not may_be_told_to_wait and rows_now.is_paused_for_nothing(now):
            self.blame("a connection is paused, and nothing has failed")
        paused_until = rows_now.paused_until()
        if paused_until and paused_until > sent:
            self.blame(f"a connection is paused until {paused_until}")

    def _plan_faults(self) -> tuple[str, ...]:
        return (*self._plan.submit_faults, *self._plan.status_faults)

    # After a worker's step

    def after_step(self, worker: Worker) -> None:
        """Whole answers to sendings are kept as they came, unless the process or the database broke meanwhile."""
        for sentence in worker.faults:
            self.blame(f"{worker.name}: {sentence}")
        if worker.failure:
            return
        # A step may hold several sendings; of a question that was repeated only the last answer counts.
        *earlier, last = worker.line.answers or [("", b"")]
        for kind, received in [*(one for one in earlier if one[0] == "submit"), last]:
            if kind in ("submit", "broken") and not Exchange.objects.filter(received=received).exists():
                self.blame(f"an answer ({kind}) was not kept")

    def after_restore(self, forgotten: list[Judged], good_before: Mapping[str, KeptBill]) -> None:
        """Remember which bills were known to be with the house when it forgot them, and what it took back.

        A house may forget that it cancelled or rejected a bill after it said so, one whose next version it had taken
        since among them. Nobody can know that from outside.
        """
        received = {number: bill.received_at for number, bill in good_before.items()}
        good = self._standin.good_bills()
        self._taken_back |= {bill.invoice_no for bill in good if received.get(bill.invoice_no) != bill.received_at}
        self._collected_before |= {number for number, bill in good_before.items() if bill.status == "Collected"}
        for one in forgotten:
            row = Outbox.objects.filter(reference=one.reference).first()
            if row is not None and row.state == Outbox.DONE:
                self._settled_at_restore[one.reference] = self._world.elapsed

    # At the end

    def unsettled(self) -> list[str]:
        """Return what has not come to an end yet, in sentences."""
        items = set(Task.objects.filter(settled_at=None).values_list("claim", flat=True))
        found = []
        for claim in Claim.objects.filter(pk__in=self._people.queued).prefetch_related("outbox"):
            if claim.pk in items or claim.status == Status.CREATED:
                continue
            row = next((one for one in claim.outbox.all() if one.version == claim.version), None)
            sentence = self._unsettled(claim, row)
            if sentence:
                found.append(f"{claim.number} v{claim.version} {sentence}")
        return found

    def _unsettled(self, claim: Claim, row: Outbox | None) -> str:
        if claim.status == Status.CANCELLED or row is None:
            return ""
        if row.state in (Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN):
            return f"is still {row.state} ({claim.status})"
        if not claim.is_current:
            return ""
        is_known = row.reference in self._settled_at_restore or claim.number in self._collected_before
        if claim.status == Status.COLLECTED and is_known:
            # The insurer has it, whatever the house has forgotten since; nobody asks about it any more.
            return ""
        bill = self._standin.bill_of(row.reference)
        return self._disagrees(claim, bill.status if bill else "")

    def _disagrees(self, claim: Claim, word: str) -> str:
        """Say how the claim differs from the ledger; in a long trial it must have caught up."""
        if claim.number in self._taken_back:
            return ""
        if claim.status == Status.REJECTED:
            good = word not in ("", "AwaitingCorrection", "Cancelled", "Unspecified")
            return f"is Rejected, and the house has a good bill ({word})" if good else ""
        if word == "Unspecified":
            return ""
        if claim.status not in AGREEING.get(word, set()):
            return f"is “{claim.status}”, and the house says “{word}”"
        if self._plan.is_long and word != "AwaitingCollection":
            wanted = {"Collected": Status.COLLECTED, "AwaitingCorrection": Status.REJECTED}.get(word)
            return f"is “{claim.status}”, and the house says “{word}”" if wanted not in (None, claim.status) else ""
        return ""

    def end(self) -> None:
        """Check what must hold when everything has come to rest."""
        self.look()
        for sentence in self.unsettled():
            self.blame(f"never came to an end: {sentence}")
        self._audited()
        self._by_the_table()
        self._no_false_alarm()
        self._rejected_with_problems()

    def _audited(self) -> None:
        steps = Counter(ClaimEvent.objects.filter(event__in=STEPS).exclude(by=None).values_list("claim", "event"))
        actions = {action: event.value for event, action in transitions._ACTIONS.items()}
        entries = AuditEntry.objects.filter(subject_type="claim", action__in=actions).values_list(
            "subject_id", "action"
        )
        written = Counter((subject, actions[action]) for subject, action in entries)
        if {(str(pk), event): count for (pk, event), count in steps.items()} != dict(written):
            self.blame("the audit trail does not have every step that a person took, and those only")

    def _by_the_table(self) -> None:
        taken = ClaimEvent.objects.filter(event__in=STEPS).values_list(
            "claim__number", "status_before", "event", "status_after"
        )
        for number, before, event, after in taken:
            taken_step = (Status(before), Event(event))
            if TABLE.get(taken_step) != after and after not in STEPS_BACK.get(taken_step, ()):
                self.blame(f"{number} went from “{before}” to “{after}” by “{event}”, and the table has no such step")

    def _no_false_alarm(self) -> None:
        """Where nobody at the house presses anything, what it reports is always a step that the table foresees."""
        if self._plan.presses or self._plan.restores:
            return
        for item in Task.objects.filter(kind__in=STEPS - {Event.NOT_FOUND.value}):
            self.blame(f"there is work that nobody can do: {item.sentence}")

    def _rejected_with_problems(self) -> None:
        for claim in Claim.objects.filter(status=Status.REJECTED.value):
            event = claim.events.filter(event=Event.REFUSED.value).last()
            if event is None or not event.problems:
                self.blame(f"{claim.number} is Rejected, and nobody says why")
