"""What a practice does with invoices: make, change, void, restore."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from clearbill.appointments import cancellation_charges
from clearbill.appointments.models import Appointment
from clearbill.bill import dates, money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import ENDED_UNPAID, Status
from clearbill.bill.problem import Refused
from clearbill.clients import merges
from clearbill.clients.models import Authorisation, Policy
from clearbill.db import number_sequences
from clearbill.db.number_sequences import next_number
from clearbill.invoicing import cover, drafts, ledger, missed_visits, patient_share_limits
from clearbill.invoicing.claimed.claim_link import current_claim, mark_claims_stale
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_for
from clearbill.invoicing.models import Invoice, InvoiceLine, IssuedPaper
from clearbill.invoicing.papers import issued
from clearbill.invoicing.prices import line_prices
from clearbill.invoicing.prices.line_prices import PricedLine
from clearbill.invoicing.queries import VOIDED
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.cancellation_policies import policies_of
from clearbill.workspace.models import CancellationPolicy, Service
from clearbill.workspace.pricing import PriceBook
from clearbill.workspace.provider_numbers import usual_site

INVOICE = "invoice"
"""The kind of its number sequence."""

FIRST_NUMBER = 10000

LONGEST_NUMBER = 10  # more characters are refused by AXA

NO_VAT_NUMBER = (
    "An invoice with VAT must show the practice’s VAT number, and none is entered. Enter it in the Workspace Settings "
    "under Practice details, or take the VAT off the lines."
)

MOST_LINES = 100

NOT_COMPLETED = "A visit is invoiced once it is completed. Complete the appointment first."

BILLED_ELSEWHERE = (
    "The visit of {} was invoiced in another system. Where that is wrong, say on the appointment that it is to be "
    "invoiced here."
)

MISSED = (Appointment.MISSED, Appointment.CANCELLED)

NOT_ITS_DAY = "The line says {billed}, and its visit was on {day}. Bill the day of the visit, or move the visit first."
NOT_THEIR_POLICY = "This policy is not the client’s with the insurer that is billed."


class AlreadyInvoiced(Refused):
    """A visit is on an invoice already: `invoice`."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(f"This visit is already on invoice {invoice.number}.")
        self.invoice = invoice


def create(
    actor: Actor,
    *,
    draft: InvoiceDraft,
    lines: Sequence[LineDraft],
    invoice_id: UUID | None = None,
    share_of: Invoice | None = None,
) -> Invoice:
    """Make an invoice, give it its number and issue it. A form sent twice with the same `invoice_id` makes one.

    Raises Refused, also where a line has another price than that of its day and payer and no reason, and
    AlreadyInvoiced where a line's visit is on another one that is not void or all credited.

    It takes the number first, then holds visits, client and services, as everybody does who needs several of these.
    """
    with transaction.atomic():
        if invoice_id and (there := Invoice.objects.filter(practice=actor.practice, pk=invoice_id).first()):
            return there
        totals = _totals(actor.practice, draft, lines)
        number = format_number(actor.practice, next_number(actor.practice, INVOICE))
        _require_billable(actor.practice, draft, lines)
        merges.hold(draft.client)
        priced = line_prices.priced(actor.practice, draft.insurer_slug, _with_held_services(lines))
        line_prices.require_reasons(priced)
        free = invoice_id is not None and not Invoice.objects.filter(pk=invoice_id).exists()
        invoice = Invoice.objects.create(
            id=invoice_id if free else uuid4(),
            practice=actor.practice,
            number=number,
            client=draft.client,
            practitioner=draft.practitioner,
            site=draft.site,
            insurer_slug=draft.insurer_slug,
            policy=draft.policy,
            authorisation=draft.authorisation,
            issued_on=draft.issued_on,
            note=draft.note,
            patient_paid_method=draft.patient_paid_method if draft.patient_paid else "",
            share_of=share_of,
            **asdict(totals),
        )
        _write_lines(invoice, priced)
        issued.issue(actor, issued.invoice_now(invoice))
        changes = {**audit.snapshot(invoice), **_told_cover(invoice), "lines": _told(invoice)}
        actor.audit("made the invoice", invoice, changes=changes)
        mark_claims_stale(invoice)
    return invoice


def invoice_appointments(actor: Actor, *, appointments: Sequence[Appointment]) -> Invoice:
    """Make one invoice of completed visits of one client with one practitioner.

    It is billed to the insurer that the client had on the days of the visits, at its prices of these days. Raises
    Refused, AlreadyInvoiced where one of them is on an invoice already, and CoverUnclear where a person has to choose
    who is billed.
    """
    visits = sorted(appointments, key=lambda visit: visit.starts_at)
    if not visits:
        raise Refused("Choose at least one visit.")
    if len({(visit.client_id, visit.practitioner_id) for visit in visits}) > 1:
        raise Refused("One invoice is for one client and one practitioner.")
    if any(visit.state != Appointment.COMPLETED for visit in visits):
        raise Refused(NOT_COMPLETED)
    first, prices = visits[0], PriceBook(actor.practice)
    draft = InvoiceDraft(
        client=first.client,
        practitioner=first.practitioner,
        site=first.site or usual_site(first.practitioner),
        insurer_slug=cover.insurer_of(first.client, [uk_day(visit.starts_at) for visit in visits]),
        issued_on=uk_day(actor.now),
    )
    return create(actor, draft=draft, lines=[line_for(visit, draft.insurer_slug, prices) for visit in visits])


def charge_missed(actor: Actor, *, appointments: Sequence[Appointment]) -> list[Invoice]:
    """Make an invoice to the client for each of these missed or late-cancelled visits, by the practice's policy.

    All or none: raises Refused where the policy charges nothing for one, or somebody decided not to charge it, and
    AlreadyInvoiced.
    """
    policies = policies_of(actor.practice)
    with transaction.atomic():
        _hold_in_turn(actor.practice, appointments)
        return [_charge_missed(actor, visit, policies) for visit in appointments]


def _charge_missed(actor: Actor, visit: Appointment, policies: Sequence[CancellationPolicy]) -> Invoice:
    line = missed_visits.charge_line(visit, policies)
    if line is None:
        raise Refused(cancellation_charges.NOTHING_CHARGED)
    draft = InvoiceDraft(
        client=visit.client,
        practitioner=visit.practitioner,
        site=visit.site or usual_site(visit.practitioner),
        issued_on=uk_day(actor.now),
    )
    return create(actor, draft=draft, lines=[line])


@dataclass(frozen=True, slots=True)
class UnclearVisit:
    """A visit of which no invoice was made, because a person has to choose who is billed: `question` says why."""

    visit: Appointment
    question: str


@dataclass(frozen=True, slots=True)
class MadeInvoices:
    """What came of invoicing many visits."""

    invoices: list[Invoice]
    unclear: list[UnclearVisit]


def invoice_all(actor: Actor, *, appointments: Sequence[Appointment]) -> MadeInvoices:
    """Make invoices of the visits: one for each client, practitioner, policy and authorisation of the day.

    Visits of which the days do not say who is billed are left out and returned. Else all or none: raises as above.
    """
    groups: dict[tuple[object, ...], list[Appointment]] = {}
    unclear: list[UnclearVisit] = []
    for visit in appointments:
        covered = cover.of_visit(visit)
        if covered.question:
            unclear.append(UnclearVisit(visit, covered.question))
            continue
        key = (visit.client_id, visit.practitioner_id, covered.policy, covered.authorisation)
        groups.setdefault(key, []).append(visit)
    with transaction.atomic():
        _hold_in_turn(actor.practice, appointments)
        made = [invoice_appointments(actor, appointments=group) for group in groups.values()]
    return MadeInvoices(made, unclear)


def change(actor: Actor, *, invoice: Invoice, draft: InvoiceDraft, lines: Sequence[LineDraft]) -> Invoice:
    """Make the invoice say what the draft says; number and client stay. What is new on it makes its next edition.

    Raises Refused.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if sentence := reason_locked(row):
            raise Refused(sentence)
        totals = _totals(actor.practice, draft, lines)
        if totals.net_total < row.paid_total:
            paid = money.show(row.paid_total)
            raise Refused(f"{paid} is already paid on this invoice; it cannot come to less.")
        _require_billable(actor.practice, draft, lines, but_for=row)
        priced = line_prices.priced(actor.practice, draft.insurer_slug, _with_held_services(lines), of=row)
        line_prices.require_reasons(priced)
        row.practice = actor.practice
        last = issued.of_invoice(actor, row)
        before = {**audit.snapshot(row), "lines": _told(row)}
        cover_before = _told_cover(row)
        for name in ("practitioner", "site", "insurer_slug", "policy", "authorisation", "issued_on", "note"):
            setattr(row, name, getattr(draft, name))
        row.patient_paid_method = draft.patient_paid_method if draft.patient_paid else ""
        for name, amount in asdict(totals).items():
            setattr(row, name, amount)
        row.save()
        row.lines.all().delete()
        _write_lines(row, priced)
        changes: dict[str, Any] = audit.difference(before, row)
        for name, was, now in (
            *((name, cover_before[name], value) for name, value in _told_cover(row).items()),
            ("lines", before["lines"], _told(row)),
        ):
            if was != now:
                changes[name] = [was, now]
        if changes and (edition := issued.correct_invoice(actor, row, last)):
            changes["edition"] = edition.edition
        actor.audit("changed the invoice", row, changes=changes)
        mark_claims_stale(row)
    return row


def choose_cover(
    actor: Actor, *, invoice: Invoice, policy: Policy, authorisation: Authorisation | None = None
) -> Invoice:
    """Keep the policy, and the authorisation under it, that a person chose for the invoice. Raises Refused."""
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if sentence := reason_locked(row):
            raise Refused(sentence)
        if (policy.client_id, policy.insurer_slug) != (row.client_id, row.insurer_slug) or policy.entered_in_error:
            raise Refused(NOT_THEIR_POLICY, "policy")
        if authorisation is not None and authorisation.policy_id != policy.pk:
            raise Refused(f"{authorisation} is no authorisation under {policy}.", "authorisation")
        last = issued.of_invoice(actor, row)
        before = _told_cover(row)
        row.policy, row.authorisation = policy, authorisation
        row.save(update_fields=["policy", "authorisation"])
        changes: dict[str, Any] = {
            name: [before[name], now] for name, now in _told_cover(row).items() if before[name] != now
        }
        if changes:
            if edition := issued.correct_invoice(actor, row, last):
                changes["edition"] = edition.edition
            actor.audit("chose the policy of the invoice", row, changes=changes)
            mark_claims_stale(row)
    return row


def reissue(actor: Actor, *, invoice: Invoice) -> IssuedPaper:
    """Issue the next edition of the invoice, with client, policy, practice and practitioner as they are today.

    Raises Refused where the invoice can no longer be changed, and where nothing that stands on it has changed.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if sentence := reason_locked(row):
            raise Refused(sentence)
        return issued.reissue(actor, row, issued.invoice_now(row))


def void(actor: Actor, *, invoice: Invoice, reason: str) -> Invoice:
    """Void the invoice: its number stays used, its visits can be invoiced again. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why the invoice is void.")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if row.voided_at:
            return row
        claim = current_claim(row)
        if claim and claim.status not in (Status.CANCELLED, Status.DECLINED):
            raise Refused(f"Its claim is “{claim.status}”. An invoice with a claim under way cannot be void.")
        if row.credited_total:
            raise Refused("A credit note was made on this invoice. Credit what is left of it instead.")
        if any(getattr(row, name) for name in ledger.SUMS.values()):
            raise Refused("Money was received on this invoice. Take the payment back first.")
        patient_share_limits.refuse_while_asked(row)
        row.voided_at = actor.now
        row.save(update_fields=["voided_at"])
        changes = {"reason": reason.strip()}
        actor.audit(VOIDED, row, changes=changes)
        _count_excess(actor, row)
        mark_claims_stale(row)
    return row


def restore(actor: Actor, *, invoice: Invoice) -> Invoice:
    """Take the voiding back, where the invoice could be made anew as it is.

    Raises Refused, and AlreadyInvoiced where one of its visits is on another invoice by now.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if row.voided_at is None:
            return row
        _require_still_billable(actor.practice, row)
        patient_share_limits.refuse_restoring(row)
        row.voided_at = None
        row.save(update_fields=["voided_at"])
        actor.audit("restored the invoice", row)
        _count_excess(actor, row)
        mark_claims_stale(row)
    return row


def _count_excess(actor: Actor, share: Invoice) -> None:
    """The excess that a share asks for is to be paid again once it is void."""
    if share.share_of_id:
        cover.count_excess(actor, [share.share_of_id])


def format_number(practice: Practice, value: int) -> str:
    """Return the number that an invoice has as the practice's `value`-th, from 1: at most 10 letters and digits.

    Raises Refused where it would be longer, after some ten million invoices.
    """
    number = f"{practice.invoice_prefix}{FIRST_NUMBER + value}"
    if len(number) > LONGEST_NUMBER:
        raise Refused("The next number is longer than insurers take. Shorten the invoice prefix in the settings.")
    return number


def reason_locked(invoice: Invoice) -> str:
    """Return the sentence on why this invoice can no longer be changed, or "" while it can."""
    if invoice.voided_at:
        return "This invoice is void. Restore it first."
    if invoice.is_imported:
        return "This invoice was given out by another system, so it stays as it is. Make a credit note instead."
    if invoice.credited_total:
        return "A credit note was made on this invoice, so it stays as it was given out."
    if sentence := patient_share_limits.reason_locked_by_share(invoice):
        return sentence
    if invoice.short_total or invoice.written_off_total:
        return "Money was deducted or written off on this invoice, so it stays as it is. Make a credit note instead."
    claim = current_claim(invoice)
    if claim is None or claim.status == Status.CREATED or claim.status in ENDED_UNPAID:
        return ""
    return f"Its claim is “{claim.status}”, so the invoice stays as it was sent."


def _totals(practice: Practice, draft: InvoiceDraft, lines: Sequence[LineDraft]) -> drafts.InvoiceAmounts:
    _refuse_foreign(practice, draft)
    _refuse_days(draft, lines)
    if not 1 <= len(lines) <= MOST_LINES:
        raise Refused(f"An invoice has 1 to {MOST_LINES} lines.")
    if any(line.vat_rate for line in lines) and not practice.vat_number:
        raise Refused(NO_VAT_NUMBER)
    if any(line.discount > line.amounts.gross for line in lines):
        raise Refused("A discount cannot be more than the line’s price.")
    totals = drafts.of_invoice((line.amounts for line in lines), patient_paid=draft.patient_paid)
    if max(totals.gross_total, totals.net_total) > money.LARGEST:
        raise Refused(f"The invoice comes to more than {money.show(money.LARGEST)}.")
    if totals.net_total < 0:
        raise Refused("The patient cannot have paid more than the invoice comes to.")
    return totals


def _refuse_foreign(practice: Practice, draft: InvoiceDraft) -> None:
    for part in (draft.client, draft.practitioner, draft.site):
        if part is not None and part.practice_id != practice.pk:
            raise Refused("Client, practitioner and site must be this practice’s own.")
    if draft.policy and (draft.policy.client_id, draft.policy.insurer_slug) != (draft.client.pk, draft.insurer_slug):
        raise Refused(NOT_THEIR_POLICY, "insurer")


def _refuse_days(draft: InvoiceDraft, lines: Sequence[LineDraft]) -> None:
    """A late cancellation may be charged before the day of its visit; what was done is invoiced from its day on."""
    born = draft.client.birth_date
    for place, line in enumerate(lines, start=1):
        if born and line.treated_on < born:
            raise Refused(f"Line {place} is before the client was born, on {dates.show(born)}. Look at both dates.")
        is_charge = line.appointment is not None and line.appointment.state in MISSED
        if draft.issued_on < line.treated_on and not is_charge:
            day = dates.show(line.treated_on)
            raise Refused(f"The invoice cannot be of a day before its treatment of {day}.", "issued_on")


def _require_billable(
    practice: Practice,
    draft: InvoiceDraft,
    lines: Sequence[LineDraft | InvoiceLine],
    *,
    but_for: Invoice | None = None,
    is_restored: bool = False,
) -> None:
    """Hold the visits of the lines. Raises Refused where one cannot be billed so, or where a line's visit was missed.

    A charge that stands on `but_for` stays there whatever the policy says by now, unless it is to be restored.
    """
    visits = [line.appointment_id for line in lines if line.appointment_id]
    if len(set(visits)) < len(visits):
        raise Refused("The same visit stands on two lines.")
    fresh = {visit.pk: visit for visit in _hold_visits(practice, visits, but_for=but_for)}
    charged = set()
    if but_for is not None and not is_restored:
        charged = set(but_for.lines.exclude(appointment=None).values_list("appointment", flat=True))
    for line in lines:
        if line.appointment_id is None:
            continue
        visit = fresh[line.appointment_id]
        if sentence := _why_not(visit, draft, line, is_charged=visit.pk in charged):
            raise Refused(sentence, "insurer" if visit.state in MISSED and draft.insurer_slug else "")
    if draft.insurer_slug:
        for place, sentence in missed_visits.why_untreated(draft.client, lines).items():
            raise Refused(f"Line {place + 1}: {sentence}")


def _require_still_billable(practice: Practice, invoice: Invoice) -> None:
    """Raise Refused where the invoice could not be made today: by its visits, prices and settings as they are now."""
    lines = list(invoice.lines.select_related("appointment__practitioner", "service", "invoice"))
    # A void invoice is not edited, so that it does not help to be told which line to change.
    for line in lines:
        if line.appointment and (sentence := _why_moved(line.appointment, invoice.client_id, line)):
            raise Refused(f"{sentence} Make a new invoice of it instead.")
    _require_billable(practice, draft_of(invoice), lines, but_for=invoice, is_restored=True)
    if invoice.vat_total and not practice.vat_number:
        raise Refused(NO_VAT_NUMBER)
    for line in lines:
        visit = line.appointment
        if visit is None:
            continue
        day = dates.show(line.treated_on)
        if visit.practitioner_id != invoice.practitioner_id:
            name = visit.practitioner.name
            raise Refused(f"The visit of {day} is with {name} by now. Make a new invoice of it instead.")
        if line.service_id and visit.service_id != line.service_id:
            raise Refused(f"The visit of {day} is for another service by now. Make a new invoice of it instead.")
    line_prices.require_current(practice, invoice.insurer_slug, lines)


def _why_moved(visit: Appointment, client_id: UUID, line: InvoiceLine) -> str:
    """Say that the visit is not what this line was made of any more: another day, or another client; "" where it is."""
    day, told = uk_day(visit.starts_at), dates.show(uk_day(visit.starts_at))
    if visit.client_id != client_id:
        return f"The visit of {told} is another client’s by now."
    return "" if day == line.treated_on else f"The visit of {dates.show(line.treated_on)} was moved to {told}."


def _why_not(visit: Appointment, draft: InvoiceDraft, line: LineDraft | InvoiceLine, *, is_charged: bool) -> str:
    """Say why the visit, as it is now, cannot be billed on this line of the invoice; "" where it can."""
    day, told = uk_day(visit.starts_at), dates.show(uk_day(visit.starts_at))
    if visit.client_id != draft.client.pk:
        return f"The visit of {told} is another client’s. Take its line off the invoice."
    if visit.is_billed_elsewhere:
        return BILLED_ELSEWHERE.format(told)
    if visit.state == Appointment.BOOKED:
        return NOT_COMPLETED
    if visit.state in MISSED and (
        sentence := missed_visits.why_not_charged(visit, line, insurer_slug=draft.insurer_slug, is_charged=is_charged)
    ):
        return sentence
    if visit.state == Appointment.COMPLETED and (sentence := missed_visits.why_not_treated(visit, line)):
        return sentence
    return "" if day == line.treated_on else NOT_ITS_DAY.format(billed=dates.show(line.treated_on), day=told)


def _hold_visits(practice: Practice, ids: Sequence[UUID], *, but_for: Invoice | None) -> list[Appointment]:
    """Lock the visits, so that no second invoice can be made of them meanwhile, and return them as they are now."""
    rows = _locked_visits(practice, ids)
    if len(rows) != len(set(ids)):
        raise Refused("One of the visits is no longer there.")
    taken = InvoiceLine.objects.live().filter(appointment__in=rows).select_related("invoice")
    if but_for:
        taken = taken.exclude(invoice=but_for)
    if line := taken.first():
        raise AlreadyInvoiced(line.invoice)
    return rows


def _locked_visits(practice: Practice, ids: Iterable[UUID]) -> list[Appointment]:
    rows = Appointment.objects.select_for_update(no_key=True).filter(practice=practice, pk__in=list(ids))
    return list(rows.order_by("pk"))


def _hold_in_turn(practice: Practice, visits: Sequence[Appointment]) -> None:
    """Hold what many invoices need, in the order in which one takes it, so that none waits for another in a circle."""
    number_sequences.hold(practice, INVOICE)
    _locked_visits(practice, [visit.pk for visit in visits])


def _with_held_services(lines: Sequence[LineDraft]) -> list[LineDraft]:
    """Return the lines with their services as they are now, held until the transaction ends.

    Whoever corrects a price meanwhile waits, and then sees the invoice.
    """
    keys = {line.service.pk for line in lines if line.service}
    keys |= {line.appointment.service_id for line in lines if line.appointment}
    rows = Service.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    fresh = {row.pk: row for row in rows.prefetch_related("rates")}
    for line in lines:
        if line.appointment:
            line.appointment.service = fresh[line.appointment.service_id]
    return [replace(line, service=fresh[line.service.pk]) if line.service else line for line in lines]


def _write_lines(invoice: Invoice, lines: Sequence[PricedLine]) -> None:
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            appointment=line.appointment,
            service=line.service,
            description=line.description,
            item_code=line.item_code,
            procedure_code=line.procedure_code,
            setting=line.setting,
            treated_on=line.treated_on,
            units=line.units,
            unit_price=line.unit_price,
            rule_price=priced.rule,
            price_basis=priced.basis,
            price_reason=line.price_reason,
            vat_rate=line.vat_rate,
            **asdict(line.amounts),
        )
        for position, (priced, line) in enumerate(((one, one.line) for one in lines), start=1)
    )


def _told(invoice: Invoice) -> list[str]:
    """Return the lines as they are stored, in words."""
    return [_line_in_words(line) for line in InvoiceLine.objects.filter(invoice=invoice)]


def _line_in_words(line: InvoiceLine) -> str:
    """Return a line as the audit trail tells it: day, what, how often at which price, discount and VAT if any."""
    what = f"{line.description} {line.item_code}".strip()
    parts = [dates.show(line.treated_on), what, f"{line.units} × {money.show(line.unit_price)}"]
    if line.is_price_overridden and line.rule_price is not None:
        parts += [f"instead of {money.show(line.rule_price)} ({line.price_reason})"]
    parts += [f"less {money.show(line.discount)}"] if line.discount else []
    parts += [f"VAT {line.vat_rate.normalize():f}%"] if line.vat_rate else []
    return ", ".join(parts)


def _told_cover(invoice: Invoice) -> dict[str, str]:
    """Return what a person chose of the client's policies, as the audit trail tells it."""
    return {name: str(getattr(invoice, name) or "") for name in ("policy", "authorisation")}
