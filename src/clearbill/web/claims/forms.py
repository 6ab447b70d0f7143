"""The claim as a form: every field that will be sent, and what a person says when an insurer has answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms

from clearbill.bill import Bill, Diagnosis, Line, sections
from clearbill.bill.bill import DIAGNOSIS_SCHEMES, SETTINGS
from clearbill.bill.fields import BY_PATH, Field
from clearbill.bill.problem import Refused
from clearbill.bill.sections import Section
from clearbill.clients import policies
from clearbill.forms.fields import CodeField, DayField, PostcodeField, TextField
from clearbill.forms.rows import Rows, rows_of
from clearbill.invoicing.models import Invoice

Known = Mapping[str, list[tuple[str, str]]]

NOT_GIVEN = ("", "Not given")

FLAGS = [NOT_GIVEN, ("yes", "Yes"), ("no", "No")]


class FlagField(forms.TypedChoiceField):
    """Yes, no, or not given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=FLAGS, coerce=lambda text: text == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value)


def _field(item: Field) -> forms.Field:
    """Nothing is compulsory for the form itself: the rules say what is missing, all at once."""
    given: dict[str, Any] = {"label": item.label, "help_text": sections.HINTS.get(item.name, ""), "required": False}
    if item.choices:
        return forms.ChoiceField(choices=[NOT_GIVEN, *item.choices.items()], **given)
    if item.kind == "date":
        return DayField(**given)
    if item.kind == "yes or no":
        return FlagField(**given)
    kinds: dict[str, type[TextField]] = {"code": CodeField, "postcode": PostcodeField}
    made = kinds.get(item.kind, TextField)(max_length=item.longest, **given)
    made.widget.attrs["autocomplete"] = "off"
    if item.name in sections.SUGGESTS:
        made.widget.attrs["list"] = sections.SUGGESTS[item.name]
    return made


class ClaimForm(forms.Form):
    """All single fields of the bill, named as in the data dictionary."""

    also_client = forms.BooleanField(label="Also change it on the client", required=False, initial=True)
    belong_together = {
        "Insurance": "insurer_id registration_number",
        "Address": "patient_address_1 patient_address_2 patient_address_3 patient_address_4 patient_postcode",
        "GP’s address": "gp_address_1 gp_address_2 gp_address_3 gp_address_4 gp_postcode",
        "Authorised": "authorisation_from authorisation_to",
        "Stay": "admission_date discharge_date discharge_reason",
    }

    def __init__(self, data: Any = None, *, bill: Bill, names: Mapping[str, str]) -> None:
        """`names` says who or what each known number stands for; it is shown above the number."""
        super().__init__(data, initial={item.name: sections.value_of(bill, item) for item in sections.ITEMS})
        for item in sections.ITEMS:
            self.fields[item.name] = _field(item)
            if item.name in sections.SUGGESTS:
                held = self.data.get(item.name, "") if self.is_bound else self.initial[item.name]
                self.fields[item.name].help_text = names.get(held.strip().upper(), "") or names.get(held, "")


def _of_entry(path: str) -> dict[str, Any]:
    """What is given to the form's field for an item of a diagnosis or a line."""
    item = BY_PATH[path]
    given: dict[str, Any] = {"label": item.label, "required": False}
    return given if item.choices or item.kind == "date" else {**given, "max_length": item.longest}


class RepeatForm(forms.Form):
    """Why a treatment is billed although another invoice asks for it too."""

    reason = TextField(
        label="Why is it billed again?",
        max_length=300,
        error_messages={"required": "Say why the treatment is billed again."},
    )


class DiagnosisForm(forms.Form):
    """One diagnosis; an empty code takes it away."""

    code = CodeField(**_of_entry("diagnoses.code"))
    scheme = forms.ChoiceField(choices=[*DIAGNOSIS_SCHEMES.items()], **_of_entry("diagnoses.scheme"))
    description = TextField(**_of_entry("diagnoses.description"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Words are typed here too, to look for a code.
        self.fields["code"].widget.attrs.update({"autocomplete": "off", "maxlength": "200"})


class LineForm(forms.Form):
    """What may be amended of a line on the claim; its amounts are the invoice's."""

    first_date_of_service = DayField(**_of_entry("lines.first_date_of_service"))
    last_date_of_service = DayField(**_of_entry("lines.last_date_of_service"))
    service_code = CodeField(**_of_entry("lines.service_code"))
    procedure_code = CodeField(**_of_entry("lines.procedure_code"))
    description = TextField(**_of_entry("lines.description"))
    service_provider_number = CodeField(**_of_entry("lines.service_provider_number"))
    setting = forms.ChoiceField(choices=[("O", "Out"), ("D", "Day"), ("I", "In")], **_of_entry("lines.setting"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_provider_number"].widget.attrs["list"] = "practitioner-numbers"


DiagnosisRows = rows_of(DiagnosisForm, Rows, most=24, extra=1)

# A bill may have any number of lines, and the claim has just those.
LineRows = rows_of(LineForm, Rows, most=1000)


class CoverChoiceForm(forms.Form):
    """Under which policy, and which authorisation, a claim is made."""

    policy = forms.ChoiceField(label="Policy", error_messages={"required": "Choose the policy."})
    authorisation = forms.ChoiceField(label="Authorisation", required=False)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = policies.policies_of(invoice.client)
        self.policies = {str(one.pk): one for one in known if one.insurer_slug == invoice.insurer_slug}
        rows = [row for policy in self.policies.values() for row in policy.authorisations.all()]
        self.authorisations = {str(row.pk): row for row in rows if not row.entered_in_error}
        fields: dict[str, Any] = self.fields
        known_policies = [(key, policies.told(one)) for key, one in self.policies.items()]
        fields["policy"].choices = [("", "Choose the policy"), *known_policies]
        told = [(key, policies.told(row)) for key, row in self.authorisations.items()]
        fields["authorisation"].choices = [("", "None"), *told]
        if not told:
            del fields["authorisation"]

    def chosen(self) -> dict[str, Any]:
        """Return the policy and the authorisation; only after the form is valid."""
        given = self.cleaned_data
        row = self.authorisations.get(given.get("authorisation", ""))
        return {"policy": self.policies[given["policy"]], "authorisation": row}


class BillForms:
    """The whole bill as forms: single fields, diagnoses, lines."""

    def __init__(self, bill: Bill, data: Any = None, *, known: Known | None = None) -> None:
        """`known` holds, by list, the numbers that may be meant, each with its name."""
        self.bill, self.known = bill, known or {}
        self.is_typed = data is not None
        names = {number: name for options in self.known.values() for number, name in options}
        self.head = ClaimForm(data, bill=bill, names=names)
        self.diagnoses = DiagnosisRows(data, initial=_initial(bill.diagnoses, DiagnosisForm), prefix="diagnoses")
        self.lines = LineRows(data, initial=_initial(bill.lines, LineForm), prefix="lines", count=len(bill.lines))

    @property
    def sections(self) -> dict[str, dict[str, Any]]:
        """Each section by its key: title, fields, and whether it stands open. Call after `show`."""
        return {section.key: self._section(section) for section in sections.SECTIONS}

    @property
    def setting_word(self) -> str:
        """In-patient, day case or out-patient, as the bill has it."""
        return SETTINGS.get(self.bill.episode.episode_setting, "")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each line with its form, and whether it stands open. Call after `show`."""
        return [
            {"line": line, "form": form, "is_open": _is_wrong(form)}
            for line, form in zip(self.bill.lines, self.lines, strict=True)
        ]

    @property
    def all(self) -> list[forms.Form]:
        return [self.head, *self.diagnoses, *self.lines]

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.all])

    def amended(self) -> Bill:
        """Return the bill with what was typed. Call once `is_valid`."""
        bill = self.bill
        groups: dict[str, dict[str, Any]] = defaultdict(dict)
        for item in sections.ITEMS:
            groups[item.group][item.name] = self.head.cleaned_data[item.name]
        head = groups.pop("")
        parts = {group: replace(getattr(bill, group), **values) for group, values in groups.items()}
        lines = tuple(_line(line, form.cleaned_data) for line, form in zip(bill.lines, self.lines, strict=True))
        return replace(bill, **head, **parts, diagnoses=self._diagnoses(), lines=lines)

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal at the field that it names, else above the form."""
        for form in self.all:
            for bound in form:
                if refusal.field and bound.auto_id == sections.input_id(refusal.field):
                    form.add_error(bound.name, str(refusal))
                    return
        self.head.add_error(None, str(refusal))

    def show(self, problems: Iterable[Mapping[str, Any]], *, said_before: Iterable[Mapping[str, Any]] = ()) -> None:
        """Put each problem at its field, tied to the input for screen readers.

        What a field holds by now, because somebody typed it just now, is not what was checked: it is left out there.
        `said_before` are Healthcode's reasons for rejecting the version before: they stand at fields that have no
        problem of their own, as something to look at, and stop nothing.
        """
        at_field = defaultdict(list)
        for problem in problems:
            at_field[sections.input_id(problem["path"])].append(problem)
        for problem in said_before:
            if not at_field[anchor := sections.input_id(problem["path"])]:
                at_field[anchor] = [{**problem, "severity": "warns"}]
        for form in self.all:
            typed = set(form.changed_data) if self.is_typed else set()
            for bound in form:
                _mark(bound, [] if bound.name in typed else at_field.get(bound.auto_id, []))

    def _section(self, section: Section) -> dict[str, Any]:
        bounds = [(item, self.head[item.name]) for item in section.items]
        is_open = not section.is_folded or _is_wrong(bound for _, bound in bounds)
        return {"title": section.title, "fields": bounds, "is_open": is_open}

    def _diagnoses(self) -> tuple[Diagnosis, ...]:
        given = [form.cleaned_data for form in self.diagnoses if form.cleaned_data.get("code")]
        return tuple(
            Diagnosis(
                code=one["code"],
                scheme=one["scheme"] or "ICD10",
                description=one["description"],
                is_primary=place == 0,
            )
            for place, one in enumerate(given)
        )


def _is_wrong(bounds: Iterable[forms.BoundField]) -> bool:
    return any(bound.errors or getattr(bound.field, "worst", "") for bound in bounds)


def _line(line: Line, values: Mapping[str, Any]) -> Line:
    last = values["last_date_of_service"] or values["first_date_of_service"]
    return replace(line, **{**values, "last_date_of_service": last})


def _initial(rows: Iterable[Any], form: type[forms.Form]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in form.base_fields} for row in rows]


def _mark(bound: forms.BoundField, problems: list[Mapping[str, Any]]) -> None:
    """Templates read `problems` and `worst` from the field; the input itself says that it is described by them."""
    field: Any = bound.field
    field.problems = problems
    field.worst = ("blocks" if any(one["severity"] == "blocks" for one in problems) else "warns") if problems else ""
    described = [f"{bound.auto_id}-{part}" for part, there in _parts(bound, problems) if there]
    if described:
        field.widget.attrs["aria-describedby"] = " ".join(described)
    if field.worst == "blocks" or bound.errors:
        field.widget.attrs["aria-invalid"] = "true"


def _parts(bound: forms.BoundField, problems: list[Mapping[str, Any]]) -> tuple[tuple[str, bool], ...]:
    return ("hint", bool(bound.help_text)), ("why", bool(bound.errors)), ("problems", bool(problems))
