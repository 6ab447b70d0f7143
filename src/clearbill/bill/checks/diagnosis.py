"""What the patient has, as a code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearbill.bill import icd10
from clearbill.bill.bill import DIAGNOSIS_SCHEMES, Bill, Diagnosis
from clearbill.bill.checks.rule import CARE, HC_API, INFERRED, INSURER, MANDATORY, VENDORS, Context, Fault, rule

_ICD10 = re.compile(r"[A-Z]\d{2}(\.?[\dA-Z]{1,4})?[*†+]?", re.ASCII)

_ICD9 = re.compile(r"(\d{3}(\.?\d{1,2})?|V\d{2}(\.?\d{1,2})?|E\d{3}(\.?\d)?)", re.ASCII)

_WHO = "WHO’s list, https://icd.who.int/browse10/2019/en"

_SHAPES = {"ICD10": (_ICD10, "a letter and 2 digits, such as M54 or M54.5"), "ICD9": (_ICD9, "3 digits, such as 724.2")}


@rule("DIAGNOSIS-01", "by source", source=f"{INSURER}; {VENDORS}")
def diagnosis_is_given_where_required(bill: Bill, context: Context) -> Iterator[Fault]:
    """Insurers that require a diagnosis get one."""
    insurer = context.insurer
    if not bill.diagnoses and insurer and insurer.diagnosis and insurer.diagnosis.value == "required":
        yield Fault(
            path="diagnoses",
            message=f"{insurer.name} requires a diagnosis code, and there is none.",
            fix="Add the diagnosis the patient was treated for.",
            severity="blocks" if insurer.diagnosis.is_certain else "warns",
        )


@rule("DIAGNOSIS-02", "warns", source=CARE)
def diagnosis_is_wise_where_nothing_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """Where it is not known whether the insurer requires a diagnosis, one is given."""
    if not bill.diagnoses and (context.insurer is None or context.insurer.diagnosis is None):
        message = "There is no diagnosis code. It is not known whether this insurer requires one."
        yield Fault(path="diagnoses", message=message, fix="Add a diagnosis to be safe.")


@rule("DIAGNOSIS-03", "blocks", source=MANDATORY)
def diagnosis_has_a_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """Every diagnosis has a code."""
    for index, diagnosis in enumerate(bill.diagnoses):
        if not diagnosis.code.strip():
            message = f"Diagnosis {index + 1} has no code."
            yield Fault(
                path=f"diagnoses[{index}].code", message=message, fix="Search for the code, or remove the entry."
            )


@rule("DIAGNOSIS-04", "blocks", source=HC_API)
def diagnosis_scheme_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """Every diagnosis is of ICD-10 or ICD-9."""
    for index, diagnosis in enumerate(bill.diagnoses):
        if diagnosis.scheme not in DIAGNOSIS_SCHEMES:
            message = f"The scheme of diagnosis {index + 1} is neither ICD10 nor ICD9."
            yield Fault(path=f"diagnoses[{index}].scheme", message=message, fix="Write ICD10, or ICD9 for old codes.")


@rule("DIAGNOSIS-05", "blocks", source=f"{VENDORS}; the shape of WHO’s codes")
def diagnosis_code_has_its_shape(bill: Bill, context: Context) -> Iterator[Fault]:
    """Every diagnosis code has the shape of its scheme."""
    for index, diagnosis in enumerate(bill.diagnoses):
        pattern, shape = _SHAPES.get(diagnosis.scheme, (None, ""))
        code = "".join(diagnosis.code.split()).upper()
        if pattern and code and not pattern.fullmatch(code):
            message = f"Diagnosis {index + 1} is not an {DIAGNOSIS_SCHEMES[diagnosis.scheme]} code: that needs {shape}."
            yield Fault(path=f"diagnoses[{index}].code", message=message, fix="Search for the diagnosis by its name.")


@rule("DIAGNOSIS-06", "warns", source=INFERRED)
def one_diagnosis_is_primary(bill: Bill, context: Context) -> Iterator[Fault]:
    """One of the diagnoses is marked as primary."""
    if bill.diagnoses and not any(diagnosis.is_primary for diagnosis in bill.diagnoses):
        message = "No diagnosis is marked as the primary one."
        yield Fault(path="diagnoses", message=message, fix="Mark the one the treatment was for.")


@rule("DIAGNOSIS-07", "warns", source=INFERRED)
def only_one_diagnosis_is_primary(bill: Bill, context: Context) -> Iterator[Fault]:
    """Not more than one of the diagnoses is marked as primary."""
    if len(bill.diagnoses) > 1 and (count := len({_key(one) for one in bill.diagnoses if one.is_primary})) > 1:
        message = f"{count} diagnoses are marked as the primary one."
        yield Fault(path="diagnoses", message=message, fix="Mark only the one the treatment was for.")


@rule("DIAGNOSIS-08", "warns", source=CARE)
def diagnosis_is_given_once(bill: Bill, context: Context) -> Iterator[Fault]:
    """No diagnosis is given twice."""
    if len(bill.diagnoses) < 2:
        return
    seen = set()
    for index, diagnosis in enumerate(bill.diagnoses):
        key = _key(diagnosis)
        if key in seen and key[1]:
            message = f"Diagnosis {index + 1} repeats one given before it."
            yield Fault(path=f"diagnoses[{index}].code", message=message, fix="Remove one of the two.")
        seen.add(key)


@rule("DIAGNOSIS-09", "warns", source=INSURER)
def insurer_takes_the_scheme(bill: Bill, context: Context) -> Iterator[Fault]:
    """The diagnoses are of a scheme that the insurer asks for."""
    insurer = context.insurer
    if insurer is None or insurer.diagnosis_schemes is None:
        return
    for index, diagnosis in enumerate(bill.diagnoses):
        if diagnosis.scheme in DIAGNOSIS_SCHEMES and diagnosis.scheme not in insurer.diagnosis_schemes.value:
            asked = " or ".join(DIAGNOSIS_SCHEMES[scheme] for scheme in insurer.diagnosis_schemes.value)
            message = f"{insurer.name} asks for {asked}; diagnosis {index + 1} is of another scheme."
            yield Fault(path=f"diagnoses[{index}].scheme", message=message, fix=f"Choose the {asked} code.")


@rule("DIAGNOSIS-10", "by source", source=f"{_WHO}; {VENDORS}")
def diagnosis_code_exists(bill: Bill, context: Context) -> Iterator[Fault]:
    """Every ICD-10 code is on WHO's list. One of a category that no edition has blocks; a finer form of a listed code,
    or a code of an earlier edition, only may be wrong.
    """
    for index, diagnosis in enumerate(bill.diagnoses):
        if diagnosis.scheme == "ICD10" and (fault := code_fault(diagnosis.code, path=f"diagnoses[{index}].code")):
            yield fault


def code_fault(code: str, *, path: str = "") -> Fault | None:
    """Return what is wrong with a code that has the shape of ICD-10 and is not on WHO's list, or None."""
    code, fix = "".join(code.split()).upper(), "Search for the diagnosis by its name."
    if not _ICD10.fullmatch(code) or icd10.is_listed(code):
        return None
    if listed := icd10.nearest_listed(code):
        message = f"WHO’s list has {listed}, but not {code}, so Healthcode may not know it."
        if code[-1].isalpha():
            message += " Letters at the end belong to the American edition."
        fix = f"Use {listed}, or search for the diagnosis by its name."
        return Fault(path=path, message=message, fix=fix, severity="warns")
    if icd10.is_of_an_earlier_edition(code):
        message = f"{code} was taken off WHO’s list, so Healthcode may not know it."
        return Fault(path=path, message=message, fix=fix, severity="warns")
    message = f"There is no ICD-10 code {code}, nor any that begins with {code[:3]}."
    return Fault(path=path, message=message, fix=fix, severity="blocks")


def _key(diagnosis: Diagnosis) -> tuple[str, str]:
    return diagnosis.scheme, "".join(diagnosis.code.split()).upper().replace(".", "")


RULES = (
    diagnosis_is_given_where_required,
    diagnosis_is_wise_where_nothing_is_known,
    diagnosis_has_a_code,
    diagnosis_scheme_is_known,
    diagnosis_code_has_its_shape,
    one_diagnosis_is_primary,
    only_one_diagnosis_is_primary,
    diagnosis_is_given_once,
    insurer_takes_the_scheme,
    diagnosis_code_exists,
)
