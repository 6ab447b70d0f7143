"""How the patient was treated: setting, admission and discharge."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import DISCHARGE_REASONS, EPISODE_TYPES, SETTINGS, Bill
from clearbill.bill.checks.rule import (
    CARE,
    HC_ERRORS,
    INFERRED,
    MANDATORY,
    OURS,
    SEEN,
    VENDORS,
    Context,
    Fault,
    required,
    rule,
)
from clearbill.bill.text import plural

_SETTING_OF_TYPE = {"2": "D", "3": "I", "5": "O", "6": "O"}

_STAY = f"{MANDATORY} of in-patients and day cases"


def _has_a_stay(bill: Bill) -> bool:
    return bill.episode.episode_setting in ("I", "D")


setting_is_given = required(
    "EPISODE-01", "episode.episode_setting", "The setting", fix="Choose I in-patient, D day case or O out-patient."
)

admission_is_given = required(
    "EPISODE-02",
    "episode.admission_date",
    "The date of admission",
    fix="Enter the day the patient came in.",
    source=_STAY,
    when=_has_a_stay,
)

discharge_is_given = required(
    "EPISODE-03",
    "episode.discharge_date",
    "The date of discharge",
    fix="Enter the day the patient went home.",
    source=_STAY,
    when=_has_a_stay,
)

discharge_reason_is_given = required(
    "EPISODE-04",
    "episode.discharge_reason",
    "The reason for discharge",
    fix="Choose the reason; 5 is routine.",
    source=_STAY,
    when=_has_a_stay,
)


@rule("EPISODE-05", "blocks", source=f"{HC_ERRORS}; {VENDORS}")
def setting_is_a_known_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """The setting of the bill, and of a line that has its own, is I, D or O."""
    settings = [("episode.episode_setting", bill.episode.episode_setting)]
    settings += [(f"lines[{index}].setting", line.setting) for index, line in enumerate(bill.lines) if line.setting]
    for path, setting in settings:
        if setting and not setting.isspace() and setting not in SETTINGS:
            message = "The setting must be I (in-patient), D (day case) or O (out-patient), as a capital letter."
            fix = f"Write {setting.strip()[0].upper()}." if _is_meant(setting) else "Choose one of the three."
            yield Fault(path=path, message=message, fix=fix)


@rule("EPISODE-06", "warns", source=SEEN)
def type_is_a_known_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """The episode type, where given, is one of 1 to 7."""
    if bill.episode.episode_type and bill.episode.episode_type not in EPISODE_TYPES:
        message = "The episode type is not one of 1 to 7."
        yield Fault(path="episode.episode_type", message=message, fix="Choose one from the list, or leave it out.")


@rule("EPISODE-07", "warns", source=INFERRED)
def type_agrees_with_setting(bill: Bill, context: Context) -> Iterator[Fault]:
    """The episode type does not contradict the setting."""
    setting = _SETTING_OF_TYPE.get(bill.episode.episode_type)
    if setting and bill.episode.episode_setting in SETTINGS and setting != bill.episode.episode_setting:
        kind = EPISODE_TYPES[bill.episode.episode_type]
        message = f"The episode type “{kind}” does not go with the setting {bill.episode.episode_setting}."
        yield Fault(path="episode.episode_type", message=message, fix="Correct the type or the setting.")


@rule("EPISODE-08", "warns", source=SEEN)
def discharge_reason_is_a_known_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """The reason for discharge, where given, is one of 1 to 8."""
    reason = bill.episode.discharge_reason
    if reason and not reason.isspace() and reason not in DISCHARGE_REASONS:
        message = "The reason for discharge is not one of 1 to 8."
        yield Fault(path="episode.discharge_reason", message=message, fix="Choose one from the list; 5 is routine.")


@rule("EPISODE-09", "blocks", source=OURS)
def discharge_is_not_before_admission(bill: Bill, context: Context) -> Iterator[Fault]:
    """The discharge is not before the admission."""
    admitted, discharged = bill.episode.admission_date, bill.episode.discharge_date
    if admitted and discharged and discharged < admitted:
        message = f"Discharged on {dates.show(discharged)}, before the admission on {dates.show(admitted)}."
        yield Fault(path="episode.discharge_date", message=message, fix="Correct one of the two dates.")


@rule("EPISODE-10", "warns", source=CARE)
def day_case_goes_home_the_same_day(bill: Bill, context: Context) -> Iterator[Fault]:
    """A day case is admitted and discharged on the same day."""
    nights = bill.episode.inpatient_nights if bill.episode.episode_setting == "D" else None
    if nights and nights > 0:
        message = f"A day case goes home the same day; here are {nights} {plural(nights, 'night')}."
        yield Fault(path="episode.discharge_date", message=message, fix="Correct the dates, or choose in-patient.")


@rule("EPISODE-11", "warns", source=CARE)
def services_fall_within_the_stay(bill: Bill, context: Context) -> Iterator[Fault]:
    """Services of a stay are dated between admission and discharge."""
    admitted, discharged = bill.episode.admission_date, bill.episode.discharge_date
    if not _has_a_stay(bill) or not admitted or not discharged or discharged < admitted:
        return
    for index, line in enumerate(bill.lines):
        first, last = line.first_date_of_service, line.last_date_of_service or line.first_date_of_service
        if not first or not last or line.setting == "O" or last < first or first > context.on:
            continue
        if not admitted <= first <= last <= discharged:
            stay = f"{dates.show(admitted)} to {dates.show(discharged)}"
            message = f"Line {index + 1} is not within the stay of {stay}."
            fix = "Correct the dates, or mark the line as out-patient."
            yield Fault(path=f"lines[{index}].first_date_of_service", message=message, fix=fix)


@rule("EPISODE-12", "warns", source=CARE)
def stay_is_over(bill: Bill, context: Context) -> Iterator[Fault]:
    """The patient has gone home by the day the bill is sent."""
    admitted, discharged = bill.episode.admission_date, bill.episode.discharge_date
    if discharged and discharged > context.on and (admitted is None or admitted <= discharged):
        message = f"The date of discharge, {dates.show(discharged)}, is in the future."
        fix = "Correct the date, or send the bill after the discharge."
        yield Fault(path="episode.discharge_date", message=message, fix=fix)


def _is_meant(setting: str) -> bool:
    """Whether the text can only mean one of the three: "o", "Outpatient", "in-patient"."""
    word = "".join(sign for sign in setting.lower() if sign.isalpha())
    return word in ("i", "d", "o", "inpatient", "daycase", "outpatient") and setting.strip()[0].isalpha()


RULES = (
    setting_is_given,
    admission_is_given,
    discharge_is_given,
    discharge_reason_is_given,
    setting_is_a_known_code,
    type_is_a_known_code,
    type_agrees_with_setting,
    discharge_reason_is_a_known_code,
    discharge_is_not_before_admission,
    day_case_goes_home_the_same_day,
    services_fall_within_the_stay,
    stay_is_over,
)
