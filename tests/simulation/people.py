"""The people of the practices: they create, submit, press twice, correct, resubmit, claim anew, cancel, ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import amendments, services, validation
from clearbill.claims.core.transitions import ConcurrentChange
from clearbill.claims.models import Claim
from clearbill.clearinghouse.port import ClearingError, MemberEnquiry
from clearbill.people.actor import Actor
from clearbill.workspace.models import HealthcodeConnection
from tests.simulation.database import Database
from tests.simulation.office import RIGHT_NUMBER, Office
from tests.simulation.plan import Plan
from tests.simulation.processes import Process
from tests.simulation.standin import StandIn
from tests.simulation.world import Killed, World

MOST_VERSIONS = 6


class People:
    """Everybody in the practices of one trial, through one web process."""

    def __init__(self, world: World, plan: Plan, standin: StandIn, database: Database, offices: list[Office]) -> None:
        self.world, self.plan, self._database, self.offices = world, plan, database, offices
        self._web = Process(world, plan, standin)
        self._web.line.is_faulty = False
        self.queued: set[UUID] = set()
        self.trouble: list[str] = []
        self._in_hand: tuple[Office, UUID] | None = None

    def arrange(self) -> None:
        """Put on the agenda what they will do."""
        world, plan = self.world, self.plan
        chosen = [(office, place) for office in self.offices[: plan.practices] for place in range(len(office.invoices))]
        for office, place in world.dice.sample(chosen, min(plan.claims, len(chosen))):
            world.at(world.dice.uniform(0, plan.calm_at * 0.5), self._acts(lambda o=office, p=place: self._bill(o, p)))
        for _ in range(world.dice.randint(1, 5) + plan.more_visits):
            world.at(world.dice.uniform(30, plan.calm_at + 900), self._acts(self._look_after))
        for _ in range(4):
            world.at(world.dice.uniform(plan.calm_at, plan.calm_at + 1200), self._acts(self._look_after))
        if world.chance(0.3):
            world.at(world.dice.uniform(0, plan.calm_at), self._acts(self._ask_members))

    def _acts(self, act: Any) -> Any:
        """Return an entry for the agenda that survives what strikes the web process."""

        def entry() -> None:
            actor, self.world.actor = self.world.actor, "people"
            try:
                with self._database.watched():
                    act()
            except Killed:
                self._web.restart()
                self._in_hand = None
            except (DatabaseError, Refused, ConcurrentChange) as failure:
                self.world.say(f"were told: {type(failure).__name__}")
            except Exception as failure:
                self.trouble.append(f"a page broke: {type(failure).__name__}")
            self._in_hand = None
            self.world.actor = actor

        return entry

    def _again(self, act: Any) -> None:
        """A person whose page did not answer, or who was told to wait, tries again."""
        if self.world.elapsed < self.plan.calm_at + 1200:
            self.world.at(self.world.elapsed + self.world.dice.uniform(5, 60), self._acts(act))

    def _bill(self, office: Office, place: int) -> None:
        _, invoice = office.invoices[place]
        try:
            claim = Claim.objects.filter(invoice=invoice, is_current=True).first() or services.create(
                self._actor(office), invoice=invoice
            )
            if claim.status == Status.CREATED:
                self._submit(office, claim)
        except (Killed, DatabaseError, Refused):
            self._again(lambda: self._bill(office, place))
            raise

    def _submit(self, office: Office, claim: Claim) -> None:
        self.queued.add(claim.pk)
        self._in_hand = (office, claim.pk)
        self.world.say(f"submit {claim.number} v{claim.version}")
        services.submit(self._actor(office), claim_id=claim.pk, house_of=self._web.house_of)
        self._in_hand = None
        if self.world.chance(0.5):
            # Somebody cannot wait.
            self.world.at(
                self.world.elapsed + self.world.dice.uniform(10, 40), self._acts(lambda: self._ask_now(claim))
            )
        if self.world.chance(0.3):
            self.world.say(f"submit {claim.number} v{claim.version} once more", kind="double click")
            services.submit(self._actor(office), claim_id=claim.pk, house_of=self._web.house_of)

    def meanwhile(self) -> None:
        """Let a colleague do something with the very claim that somebody submits just now."""
        if self._in_hand is None:
            return
        (office, pk), self._in_hand = self._in_hand, None
        claim = Claim.objects.select_related("invoice", "practice").get(pk=pk)
        try:
            if self.world.chance(0.5):
                self.world.say(f"submit {claim.number} in another tab", kind="submitted in two tabs")
                services.submit(self._actor(office), claim_id=pk, house_of=self._web.house_of)
            elif claim.status == Status.CREATED:
                self.world.say(f"change {claim.number} in another tab", kind="changed while it is submitted")
                bill = replace(validation.stored_bill(claim), note=f"Changed at {self.world.elapsed:.0f}")
                amendments.amend(self._actor(office), claim=claim, bill=bill, also_client=False)
        except (Refused, ConcurrentChange) as failure:
            self.world.say(f"colleague was told: {type(failure).__name__}")

    def _look_after(self) -> None:
        """Go through the list and do something about one claim."""
        office = self.world.dice.choice(self.offices[: self.plan.practices])
        self._mend_connection(office)
        claims = list(
            Claim.objects.filter(practice=office.practice, is_current=True)
            .select_related("invoice", "practice")
            .order_by("number")
        )
        if not claims:
            return
        claim = self.world.dice.choice(claims)
        for wanted in claims:
            if wanted.status in (Status.REJECTED, Status.CREATED):
                claim = wanted
        if claim.status == Status.CREATED:
            self._submit(office, claim)
        elif claim.status == Status.REJECTED and claim.version < MOST_VERSIONS:
            self._rejected(office, claim)
        elif claim.status in (Status.SUBMITTED, Status.UNKNOWN):
            self._ask_now(claim)

    def _ask_now(self, claim: Claim) -> None:
        self.world.say(f"ask now about {claim.number}")
        services.poll_now(practice=claim.practice, now=self.world.our_now(), claim=claim)

    def _rejected(self, office: Office, claim: Claim) -> None:
        dice, actor = self.world.dice.random(), self._actor(office)
        if dice < 0.1:
            self.world.say(f"cancel {claim.number}")
            services.cancel(actor, claim=claim)
        elif dice < 0.3:
            self.world.say(f"claim {claim.number} anew")
            claim = services.create_follow_on(actor, invoice=claim.invoice)
            self._mend(office, claim)
            self._submit(office, claim)
        else:
            self._correct(office, claim)

    def _correct(self, office: Office, claim: Claim) -> None:
        actor, other_tab = self._actor(office), Claim.objects.select_related("invoice", "practice").get(pk=claim.pk)
        self.world.say(f"correct {claim.number} v{claim.version}")
        services.reopen(actor, claim=claim)
        self._mend(office, claim)
        self._submit(office, claim)
        if self.world.chance(0.3):
            self.world.say(f"correct {claim.number} in another tab", kind="two tabs")
            services.reopen(actor, claim=other_tab)

    def _mend(self, office: Office, claim: Claim) -> None:
        if not self.world.chance(0.8):
            return
        bill = validation.stored_bill(claim)
        patient = replace(bill.patient, patient_last_name="Sample")
        bill = replace(bill, patient=patient, cover=replace(bill.cover, registration_number=RIGHT_NUMBER))
        amendments.amend(self._actor(office), claim=claim, bill=bill, also_client=False)

    def _mend_connection(self, office: Office) -> None:
        """Whoever sees that the credentials were refused tries them again, and they are right."""
        refused = HealthcodeConnection.objects.filter(practice=office.practice).exclude(refusal="")
        now = self.world.our_now()
        if refused.update(refusal="", failures=0, paused_until=None, not_answering_since=None, tried_at=now):
            self.world.say("connected Healthcode again")

    def _ask_members(self) -> None:
        """A batch of questions to the member list, in which the sign-in runs out."""
        office = self.offices[0]
        house = self._web.house_of(HealthcodeConnection.objects.get(practice=office.practice))
        enquiry = MemberEnquiry(
            insurer_id="bup",
            first_name="Testa",
            last_name="Sample",
            sex="F",
            birth_date=mending_date(office),
            postcode="ZZ1 1ZZ",
            membership_number=RIGHT_NUMBER,
        )
        for place in range(3):
            if place == 1:
                self._web.line.standin.house.tokens.forget()
                self.world.say("the sign-in ran out", kind="token expiry in a batch")
            try:
                answer = house.find_member(enquiry)
            except ClearingError as failure:
                if not self._web.line.is_down():
                    self.trouble.append(f"the batch of member enquiries broke: {type(failure).__name__}")
                return
            if answer.outcome != "match":
                self.trouble.append(f"the member enquiry said {answer.outcome}")

    def _actor(self, office: Office) -> Actor:
        return Actor(office.practice, office.user, self.world.our_now())


def mending_date(office: Office) -> Any:
    """Return the birth date of the practices' client."""
    return office.invoices[0][1].client.birth_date
