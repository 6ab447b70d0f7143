"""What a claim waits for, and whose move it is, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any

from clearbill.bill import dates, insurers
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import WHO
from clearbill.bill.text import plural
from clearbill.claims.core.problems import group_equal
from clearbill.claims.models import Claim

NEEDS_PRACTICE = (Status.CREATED, Status.REJECTED, Status.PART_PAID, Status.DECLINED)

DONE = "Done"

LONGEST = 160

WAITS_AFTER_RESTORE = (
    "Restored from a backup: Clearbill first asks Healthcode whether it was sent since; nothing is sent twice"
)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next with a claim, and whose move it is."""

    sentence: str
    whose_move: str


def next_step(claim: Claim, refusal: list[dict[str, Any]] | None = None) -> NextStep:
    """Return what the claim waits for. `refusal` holds the problems of its latest rejection."""
    status = Status(claim.status)
    if claim.is_restored:
        return NextStep(WAITS_AFTER_RESTORE, WHO["software"])
    if status == Status.CREATED:
        return NextStep(_created(claim), WHO["practice"])
    if status == Status.REJECTED:
        return _rejected(refusal or [])
    if status == Status.SUBMITTED and claim.waiting_reason:
        return NextStep(claim.waiting_reason.rstrip("."), WHO["software"])
    if status == Status.SUBMITTED and not claim.house_status:
        return NextStep("Waits to be sent to Healthcode", WHO["software"])
    sentence, who = _PLAIN[status]
    insurer = insurers.by_slug(claim.insurer_slug)
    return NextStep(sentence.format(insurer=insurer.name if insurer else "The insurer"), who)


def days_left(claim: Claim, today: date) -> int | None:
    """Return the days until the insurer wants the bill at the latest; None once it has it, or where unknown."""
    if claim.bill_by_on is None or Status(claim.status) not in {Status.CREATED, Status.REJECTED}:
        return None
    return (claim.bill_by_on - today).days


def _rejected(refusal: list[dict[str, Any]]) -> NextStep:
    """The first problem up to its first colon: the whole of it is on the claim's own page. A quotation is kept."""
    problems = group_equal(refusal)
    first = problems[0] if problems else {}
    message = first.get("message", "Healthcode did not take it")
    head, _, quoted = message.partition(": ")
    what = (shorten(message, LONGEST, placeholder=" …”") if quoted.startswith("“") else head).rstrip(".")
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return NextStep(f"{what}{more}", WHO.get(first.get("who", ""), WHO["practice"]))


def _created(claim: Claim) -> str:
    if claim.blocking_count:
        return f"{claim.blocking_count} {plural(claim.blocking_count, 'thing')} to fix before it can go"
    if refused_at := getattr(claim, "pair_refused_at", None):
        day = dates.show(dates.uk_day(refused_at))
        return f"Its practitioner was refused for {insurers.name_of(claim.insurer_slug)} on {day}"
    if claim.warning_count:
        return f"Ready to submit; {claim.warning_count} {plural(claim.warning_count, 'piece')} of advice"
    return "Ready to submit"


_PLAIN: dict[Status, tuple[str, str]] = {
    Status.SUBMITTED: ("Healthcode checks the bill", WHO["healthcode"]),
    Status.UNKNOWN: (
        "Healthcode’s reply was lost. Clearbill asks whether the bill arrived; it is not sent twice",
        WHO["software"],
    ),
    Status.AWAITING_COLLECTION: ("Passed Healthcode’s checks; {insurer} collects it next", WHO["insurer"]),
    Status.COLLECTED: ("{insurer} has the bill; payment comes next", WHO["insurer"]),
    Status.PART_PAID: ("{insurer} paid a part. See who owes the rest", WHO["practice"]),
    Status.PAID: ("Paid", DONE),
    Status.DECLINED: ("{insurer} declined it. Bill the client, or create a new claim", WHO["practice"]),
    Status.CANCELLED: ("Cancelled", DONE),
}
