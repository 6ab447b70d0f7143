"""Thirteen weeks at the demo practice: invoices, claims, fixes and payments, through the real services."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services
from clearbill.claims.models import Claim, ClaimEvent
from clearbill.claims.queue import sender, status_polling
from clearbill.claims.queue.client_pool import ConnectionPool
from clearbill.clients.policies import policy_on
from clearbill.demo.appointments import WEEKS_BACK
from clearbill.demo.insurers import Insurers
from clearbill.demo.letters import Letters
from clearbill.demo.sandbox_client import StandIn
from clearbill.demo.workspace import Cast
from clearbill.invoicing import payments
from clearbill.invoicing import services as invoicing_services
from clearbill.invoicing.models import Invoice, LedgerEntry, Method
from clearbill.money.remittances import poll
from clearbill.people.actor import Actor

FRIDAY_EVENING, MONDAY_MORNING = time(17, 30), time(9, 0)

PAID_BY = (Method.CARD, Method.CARD, Method.CASH)

VISITS_ON_AN_INVOICE = 4

MENDED_UNTIL = timedelta(weeks=3)

# A published format of their own: a missing digit is certain to come back.
STRICT_ABOUT_NUMBERS = {"vitalityhealth", "bupa-global", "alliance-health-corporate"}


class Story:
    """The clinic's weeks up to `now`, told with the same dice every time."""

    def __init__(self, cast: Cast, stand_in: StandIn, now: datetime, dice: Random, say: Callable[[str], None]) -> None:
        self.cast, self.stand_in, self.now, self.dice, self.say = cast, stand_in, now, dice, say
        self.houses, self.insurers = ConnectionPool(), Insurers(stand_in)
        self.todays_post: Claim | None = None

    def tell(self) -> None:
        """Tell the whole story: the past weeks, then what is on the desk today."""
        monday = dates.uk_day(self.now)
        monday -= timedelta(days=monday.weekday(), weeks=WEEKS_BACK)
        week = 0
        while self._is_past(monday):
            week += 1
            self.say(f"week {week} of {WEEKS_BACK}")
            self._week(monday, is_last=not self._is_past(monday + timedelta(weeks=1)))
            monday += timedelta(weeks=1)
        self._today()
        first = ClaimEvent.objects.filter(claim=OuterRef("pk")).order_by("at").values("at")[:1]
        Claim.objects.filter(practice=self.cast.practice).update(created_at=Subquery(first))

    def _is_past(self, monday: date) -> bool:
        return _at(monday + timedelta(days=4), FRIDAY_EVENING) < self.now - timedelta(days=3)

    def _week(self, monday: date, *, is_last: bool) -> None:
        friday = _at(monday + timedelta(days=4), FRIDAY_EVENING)
        self.stand_in.move_clock_to(friday)
        made = self._bill(friday)
        for claim in [claim for claim in made if is_last and not claim.blocking_count][:1]:
            # By Monday nobody has said for more than a day whether Healthcode has it: that is a person's to settle.
            self._leave_one_unknown(claim, friday)
        self._submit([claim for claim in made if claim.status == Status.CREATED], friday)
        self._mend(friday)
        self._send(friday + timedelta(minutes=5))
        if is_last:
            self._leave_a_letter()
        self.stand_in.move_clock_to(friday + timedelta(hours=2))
        self._ask(friday + timedelta(hours=2))
        after = _at(monday + timedelta(days=7), MONDAY_MORNING)
        self.stand_in.move_clock_to(after)
        self._ask(after)
        self._settle(after)

    def _bill(self, friday: datetime, *, at_once: bool = False) -> list[Claim]:
        """Invoice what is due and make the insured clients' claims; a client who pays in person has paid."""
        made = []
        for visits in self._due(friday, at_once=at_once):
            for invoice in invoicing_services.invoice_all(self._desk(friday), appointments=visits).invoices:
                if invoice.insurer_slug:
                    made.append(services.create(self._desk(friday), invoice=invoice))
                else:
                    self._paid_in_person(invoice, friday)
        return made

    def _due(self, friday: datetime, *, at_once: bool) -> Iterable[list[Appointment]]:
        """Return visits to bill, by client and practitioner: a full invoice, or a course that has ended."""
        open_visits = (
            Appointment.objects.filter(
                practice=self.cast.practice, ends_at__lt=friday, state=Appointment.COMPLETED, invoice_lines=None
            )
            .select_related("client", "practitioner__site", "service", "site")
            .prefetch_related("client__policies__authorisations")
        )
        groups: dict[tuple[object, object], list[Appointment]] = {}
        for visit in open_visits.order_by("starts_at", "client__number"):
            groups.setdefault((visit.client_id, visit.practitioner_id), []).append(visit)
        for visits in groups.values():
            ended = visits[-1].starts_at < friday - timedelta(days=10)
            if at_once or len(visits) >= VISITS_ON_AN_INVOICE or ended:
                yield visits[:VISITS_ON_AN_INVOICE]

    def _submit(self, made: list[Claim], at: datetime) -> None:
        for claim in made:
            if not claim.blocking_count:
                services.submit(self._desk(at), claim_id=claim.pk)

    def _send(self, at: datetime) -> None:
        while sender.send_one(now=at, house_of=self.houses):
            pass

    def _ask(self, at: datetime) -> None:
        while status_polling.poll_next(now=at, house_of=self.houses):
            pass

    def _mend(self, friday: datetime) -> None:
        """Fix last weeks' rejections: a birth date read from the card again, or the claim given up."""
        rejected = self._claims(Status.REJECTED).filter(status_at__lt=friday - timedelta(days=5))
        for claim in rejected if friday < self.now - MENDED_UNTIL else ():
            said = str([event.problems for event in claim.events.all()])
            if "HC-" in said and "birth" in said.lower():
                self._correct_birth_date(claim, friday)
            elif self.dice.random() < 0.5:
                services.cancel(self._desk(friday), claim=claim)

    def _correct_birth_date(self, claim: Claim, at: datetime) -> None:
        client = claim.invoice.client
        if client.birth_date:
            client.birth_date -= timedelta(days=31)
            client.save(update_fields=["birth_date"])
        actor = self._desk(at)
        claim = services.reopen(actor, claim=claim)
        claim = services.rebuild(actor, claim=claim)
        self._submit([claim], at)

    def _settle(self, monday: datetime) -> None:
        """The insurers deal with what they collected; what they paid is fetched, or comes by post and is typed in."""
        self.insurers.do_what_is_due(monday)
        letters = Letters(self.stand_in)
        for claim in self._claims(Status.COLLECTED).order_by("status_at", "number"):
            self.insurers.deal_with(claim, monday)
            if letters.has_come(claim) and claim != self.todays_post:
                letters.type_in(claim, by=self.cast.owner, now=monday)
        poll.poll_now(practice=self.cast.practice, now=monday)
        while poll.poll_next(now=monday, house_of=self.houses):
            pass

    def _leave_a_letter(self) -> None:
        """One more letter comes this Friday, which nobody types in: it lies on the desk today."""
        letters = Letters(self.stand_in)
        collected = self._claims(Status.COLLECTED).order_by("status_at", "number")
        self.todays_post = self.insurers.pay_by_post(claim for claim in collected if not letters.has_come(claim))

    def _today(self) -> None:
        """Leave a desk as it is on a working day: a claim in every state, some visits not yet invoiced."""
        self.say("today’s desk")
        waiting = self.now - timedelta(minutes=65)
        self.stand_in.move_clock_to(waiting)
        fresh = self._bill(waiting - timedelta(days=3), at_once=True)
        slips = [claim for claim in fresh if claim.insurer_slug in STRICT_ABOUT_NUMBERS][:3]
        ready = [claim for claim in fresh if claim not in slips and not claim.blocking_count]
        sent, rest = ready[::2], ready[1::2]
        self._submit(sent, waiting)
        self._send(waiting)
        self.stand_in.move_clock_to(self.now - timedelta(minutes=1))
        self._ask(self.now - timedelta(minutes=1))
        self._leave_one_unknown(rest[0], self.now - timedelta(minutes=1))
        just_now = self.now - timedelta(seconds=20)
        self._submit(rest[1:7], just_now)
        self._send(just_now)
        for claim in slips:
            _break_membership_number(self._desk(self.now), claim)
        services.cancel(self._desk(self.now), claim=rest[-1])

    def _leave_one_unknown(self, claim: Claim, at: datetime) -> None:
        """One reply is lost and the clearing house gives no clear word about the bill: a person may look into it."""
        services.submit(self._desk(at), claim_id=claim.pk)
        self.stand_in.switch("drop_after")
        self._send(at)
        self.stand_in.say_nothing_clear_about(claim.number)
        claim.refresh_from_db()

    def _desk(self, at: datetime) -> Actor:
        return Actor(self.cast.practice, self.cast.desk, at)

    def _paid_in_person(self, invoice: Invoice, at: datetime) -> None:
        payments.record_payment(
            self._desk(at),
            invoice=invoice,
            amount=invoice.net_total,
            received_on=dates.uk_day(at),
            source=LedgerEntry.PATIENT,
            method=PAID_BY[int(invoice.number[-1]) % len(PAID_BY)],
        )

    def _claims(self, status: Status) -> QuerySet[Claim]:
        return Claim.objects.filter(practice=self.cast.practice, status=status, is_current=True).select_related(
            "invoice__client", "practice"
        )


def _break_membership_number(actor: Actor, claim: Claim) -> None:
    """Lose the last character of the membership number, as happens when a card is read out on the telephone."""
    policy = policy_on(claim.invoice.client, claim.treated_on or dates.uk_day(actor.now)).policy
    if policy is not None:
        policy.membership_number = policy.membership_number[:-1]
        policy.save(update_fields=["membership_number", "changed_at"])
    services.rebuild(actor, claim=claim)


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
