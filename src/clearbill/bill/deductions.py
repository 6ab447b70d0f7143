"""The catalogue of deductions: why an insurer paid less, who owes it, what to do next, and where that is from.

It is decided here and nowhere else: the shortfall card, the list of underpayments, the letters that are typed in and
the reports all ask `reason_for` and `liable_party`.

Healthcode’s own list of shortfall codes is not public, so that a code is known only where somebody has published it;
any other is recognised by the insurer’s words, where they can mean one thing alone. What is recognised by neither is
“to be asked”, with the words as they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PATIENT, INSURER, NOBODY, UNCLEAR = "patient", "insurer", "nobody", "to be asked"

LIABLE_PARTIES = {
    PATIENT: "The patient",
    INSURER: "The insurer",
    NOBODY: "Nobody",
    UNCLEAR: "To be asked",
}

_AXA = "https://provider.axahealth.co.uk/provider-information-centre/how-to-work-with-us/help-on-getting-paid/"

_HEALTHCODE = "https://www.uat.healthcode.co.uk/news/shortcut-to-speedy-shortfall-collections-for-hospitals/"

USUAL = "Usual practice, assumed: no insurer’s publication is known"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionReason:
    """One reason. `dispute` is what a letter about it may say; `published` is the address of its source.

    `words` is the pattern by which it is recognised in an insurer’s words.
    """

    key: str
    name: str
    plain: str
    owed_by: str
    next: str
    dispute: str
    source: str
    published: str = ""
    words: str = ""

    @property
    def share(self) -> str:
        """The reason as it stands after “Your share of invoice …:”."""
        return self.name if self.name[:2].isupper() else self.name[:1].lower() + self.name[1:]


_REASONS = (
    DeductionReason(
        key="excess",
        name="Policy excess",
        plain="The first part of the year’s treatment is the patient’s own, as their policy says.",
        owed_by=PATIENT,
        next="Invoice it to the patient.",
        dispute="The patient tells us that the excess of this policy year was taken already. Please check which bills "
        "it was taken from, and pay what was deducted twice.",
        words=r"\bexcess\b",
        source="Healthcode, on shortfall codes",
        published=_HEALTHCODE,
    ),
    DeductionReason(
        key="co-payment",
        name="Co-payment",
        plain="The policy lets the patient pay a part of each bill.",
        owed_by=PATIENT,
        next="Invoice it to the patient.",
        dispute="Please confirm the patient’s co-payment under this policy; what was deducted is more than we "
        "were told.",
        words=r"\bco-?\s?(pay|insur)|\bcost share\b",
        source=USUAL,
    ),
    DeductionReason(
        key="limit",
        name="Benefit limit reached",
        plain="The policy pays up to a sum or a number of visits, and that is used up.",
        owed_by=PATIENT,
        next="Invoice it to the patient; tell them that further visits are theirs to pay.",
        dispute="The treatment was authorised and, by our record, within the limit. Please tell us which bills were "
        "counted towards it.",
        words=r"\b(benefit|policy|annual|out-?patient|session|visit)s?\b.*\b(limit|maximum)\b|\blimit\b.*\b(reached|exceeded)\b"
        r"|\bbenefits? (is |are )?exhausted\b",
        source="AXA Health, help on getting paid",
        published=_AXA,
    ),
    DeductionReason(
        key="fee",
        name="Fee above the agreed rate",
        plain="The price is more than what the insurer and the practice have agreed for this service.",
        owed_by=NOBODY,
        next="Compare it with your contract. Dispute it where the price was the agreed one; else write it off and "
        "fix the price of the service. The patient does not owe it.",
        dispute="The price billed is the one agreed between us for this service on the date of treatment. Please pay "
        "the difference, or send us the schedule that you applied.",
        words=r"\b(fee|charge|price|rate|tariff)s?\b.*\b(above|over|exceed\w*|in excess of|higher|more than)\b"
        r"|\b(above|over|exceed\w*|in excess of)\b.*\b(fee|rate|tariff|schedule|agreed|customary)\b",
        source="Healthcode, on shortfall codes",
        published=_HEALTHCODE,
    ),
    DeductionReason(
        key="first-visit",
        name="First visit paid as a follow-up",
        plain="A first visit was billed and the price of a follow-up was paid.",
        owed_by=INSURER,
        next="Dispute it with the date of the first visit, unless the patient was here for the same complaint before.",
        dispute="This was the patient’s first visit to us for this condition; no earlier visit was billed. Please pay "
        "it as an initial consultation.",
        words=r"\b(first|initial|new)\b.*\bfollow-?\s?up\b|\bfollow-?\s?up\b.*\b(first|initial)\b"
        r"|\b(as|at|to) (a |the )?follow-?\s?up\b",
        source="Healthcode, on shortfall codes",
        published=_HEALTHCODE,
    ),
    DeductionReason(
        key="not-covered",
        name="Treatment is not covered",
        plain="The policy does not pay for this treatment or this condition.",
        owed_by=PATIENT,
        next="Tell the patient before you invoice it: they may want to ask their insurer first.",
        dispute="The treatment was authorised before it was given. Please tell us under which term of the policy it is "
        "not covered.",
        words=r"\bnot (be )?(covered|eligible|payable under)\b|\bexclu(ded|sion)\b|\bpre-?existing\b|\bineligible\b",
        source=USUAL,
    ),
    DeductionReason(
        key="authorisation",
        name="No authorisation",
        plain="The insurer finds no authorisation for the treatment, or fewer sessions than were billed.",
        owed_by=UNCLEAR,
        next="Ask the patient for their authorisation code. Dispute it where there was one; else ask the insurer to "
        "authorise it afterwards.",
        dispute="The treatment was authorised; the authorisation is given above. Please match it and pay.",
        words=r"\b(no|not|without|missing|invalid|exceeds?)\b.*\b(pre-?)?authori[sz]|\bunauthori[sz]ed\b",
        source=USUAL,
    ),
    DeductionReason(
        key="duplicate",
        name="Duplicate",
        plain="The insurer says that the same service was billed or paid before.",
        owed_by=NOBODY,
        next="Look for the earlier bill. Write it off where it was billed twice; dispute it where there were two "
        "visits.",
        dispute="These are separate treatments on the dates given above, not one treatment billed twice. Please pay "
        "them.",
        words=r"\bduplicat|\b(already|previously) (paid|billed|processed|settled)\b",
        source=USUAL,
    ),
    DeductionReason(
        key="late",
        name="Billed too late",
        plain="The bill reached the insurer after its time limit.",
        owed_by=NOBODY,
        next="Dispute it where Healthcode had the bill in time: the dates are in the letter. Else write it off; the "
        "patient does not owe it.",
        dispute="Healthcode accepted the bill on the date given above, within your time limit. Please pay it.",
        words=r"\b(late|out of time|time limit|time-?barred)\b|\breceived (more than|over|after)\b",
        source="The insurers’ time limits, as Clearbill’s checks hold them",
    ),
    DeductionReason(
        key="network",
        name="Practitioner or place not recognised",
        plain="The insurer does not recognise the practitioner or the place for this policy, or not fully.",
        owed_by=UNCLEAR,
        next="Ask the insurer why; check the provider numbers under Readiness. Ask the patient what they were told.",
        dispute="The practitioner was recognised by you on the date of treatment under the number given on the bill. "
        "Please pay in full.",
        words=r"\bout[- ]of[- ]network\b|\bnot (in|on|part of) (the |our |your )?(network|hospital list|directory)\b"
        r"|\b(not|un)[- ]?recogni[sz]ed\b",
        source=USUAL,
    ),
    DeductionReason(
        key="cover-ended",
        name="Cover had ended",
        plain="The patient had no cover with this insurer on the day of treatment.",
        owed_by=PATIENT,
        next="Ask the patient for their present insurer; a claim may go there. Else invoice it to the patient.",
        dispute="By the patient’s card and your authorisation the cover was in force on the date of treatment. Please "
        "check it.",
        words=r"\b(cover|policy|membership)\b.*\b(ended|lapsed|expired|cancelled|not in force|inactive)\b",
        source=USUAL,
    ),
    DeductionReason(
        key="codes",
        name="Codes not payable together",
        plain="The insurer pays one service on that day, or counts one code as a part of another.",
        owed_by=UNCLEAR,
        next="Compare the codes with the insurer’s rules. Dispute it where they allow both; else write it off.",
        dispute="The services were given separately, and your schedule allows both. Please pay both, or name the rule "
        "that you applied.",
        words=r"\bunbundl|\bincluded in\b.*\b(code|procedure|fee)\b|\bone (session|treatment|visit) (a|per) day\b"
        r"|\bcodes? not payable together\b",
        source=USUAL,
    ),
)

UNKNOWN = DeductionReason(
    key="unknown",
    name="",
    plain="Clearbill does not know this reason. The words are the insurer’s.",
    owed_by=UNCLEAR,
    next="Ask the insurer what it means and who owes it, then say so here.",
    dispute="We do not know the reason for this deduction. Please explain it, or pay the amount.",
    source="The insurer’s words alone",
)

BY_KEY = {reason.key: reason for reason in _REASONS}

NAMES = tuple(reason.name for reason in _REASONS)

"""The reasons as a person chooses one; each name is recognised by `reason_for` as its own reason."""

FIRST_VISIT = "first-visit"

_CODE_LENGTH, _WORDS_LENGTH = 20, 300

CODES: dict[tuple[str, str], str] = {
    # Invented for the sandbox, whichever insurer it plays. An insurer’s own code has its slug in the first place.
    ("", "ZSF01"): "excess",
    ("", "ZSF02"): "limit",
    ("", "ZSF03"): "fee",
    ("", "ZSF04"): "first-visit",
    ("", "ZSF05"): "not-covered",
    ("", "ZSF06"): "authorisation",
}


def reason_for(insurer_slug: str, *, code: str, words: str) -> DeductionReason:
    """Return the reason that an insurer means by this code, else by these words; UNKNOWN where that is not sure."""
    known = CODES.get((insurer_slug, code)) or CODES.get(("", code))
    if known:
        return BY_KEY[known]
    found = [reason for reason in _REASONS if re.search(reason.words, words, re.IGNORECASE)]
    return found[0] if len(found) == 1 else UNKNOWN


def key_of(*, code: str, words: str) -> str:
    """Return what names a deduction on its invoice: the insurer’s code, else its words, as long as the ledger keeps."""
    return code[:_CODE_LENGTH] or words[:_WORDS_LENGTH]


def shown_name(reason: DeductionReason, *, code: str, words: str) -> str:
    """Return the reason as the insurer words it, else as the catalogue does, else its code; "" where there is none."""
    return words or reason.name or code


def liable_together(first: bool | None, second: bool | None) -> bool | None:
    """Return what two statements of one deduction say of the patient: that the patient does not owe it counts first."""
    if first is None or second is None:
        return second if first is None else first
    return first and second


def liable_party(reason: DeductionReason, *, patient_liable: bool | None, override: str = "") -> str:
    """Return who owes what was deducted for this reason, a key of LIABLE_PARTIES.

    A person’s own verdict (`override`) counts first, then what the insurer says of the patient, then what is usual.
    """
    if override:
        return override
    if patient_liable is None:
        return reason.owed_by
    if patient_liable:
        return PATIENT
    return reason.owed_by if reason.owed_by in (INSURER, NOBODY) else NOBODY
