"""Forms of the bank: filter, match, statement file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.bill import money
from clearbill.fileformats import LARGEST_BYTES, Choice, Question
from clearbill.fileformats.bank.columns import BANK_COLUMNS
from clearbill.fileformats.bank.formats import FORMATS
from clearbill.fileformats.file_format import accepted, in_words
from clearbill.forms.fields import DayField, TextField
from clearbill.imports.bank_statements.preview import StatementPreview
from clearbill.money.bank import queries
from clearbill.money.bank.models import Account
from clearbill.money.bank.queries import STATES, LineFilter
from clearbill.people.models import Practice

_CELLS_SHOWN = 3

_READ_AGAIN = ("booked_on", "reference", "amount", "paid_in", "paid_out", "direction", "balance", "account", "status")

TOO_LARGE = "The file is larger than 50 MB. Ask the bank for a shorter time and bring the parts one after another."


class StatementForm(forms.Form):
    """A statement, and the account that it is of."""

    file = forms.FileField(
        label="Statement",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": accepted(FORMATS)}),
        help_text=f"{in_words(FORMATS)}, as your bank gives it, up to 50 MB. With whole days: not only a part of a day"
        " or the result of a search.",
    )
    account = forms.ChoiceField(label="Account", required=False)
    name = TextField(label="Name of the account", max_length=60, help_text="Such as: Current account, Barclays.")

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._practice = practice
        self._accounts = {str(one.pk): one for one in queries.open_accounts(practice)}
        self.has_accounts = bool(self._accounts)
        choices = [(pk, _shown(one)) for pk, one in self._accounts.items()]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]
        if self.has_accounts:
            self.fields["name"].label = "Or the name of another account"
            self.fields["name"].required = False
        else:
            self.fields["name"].initial = "Current account"

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError(TOO_LARGE)
        return file

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if why := queries.why_no_statements(self._practice, name):
            raise ValidationError(why)
        return name

    def clean(self) -> dict[str, Any]:
        """Add `of`: the account, or the name of a new one, which goes first where it is typed."""
        data = super().clean() or {}
        of = data.get("name") or self._accounts.get(data.get("account", ""))
        if of is None and self.has_accounts and not {"account", "name"} & self.errors.keys():
            self.add_error("account", "Choose the account.")
        return {**data, "of": of}


def _shown(account: Account) -> str:
    return f"{account.name}, ending {account.last_digits}" if account.last_digits else account.name


class AnswersForm(forms.Form):
    """The questions about a statement; each answer is the place of a choice, or the places of several."""

    def __init__(self, *args: Any, questions: tuple[Question, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._questions = {question.field: question for question in questions}
        for name, question in self._questions.items():
            choices = [(str(place), _with_cells(choice)) for place, choice in enumerate(question.choices)]
            if question.takes_several:
                self.fields[name] = forms.MultipleChoiceField(
                    label=question.sentence, choices=choices, widget=forms.CheckboxSelectMultiple
                )
            else:
                self.fields[name] = forms.ChoiceField(
                    label=question.sentence, choices=choices, widget=forms.RadioSelect
                )

    def answers(self) -> dict[str, Any]:
        """Return the value chosen for each question, or the values."""
        return {name: self._value(name, chosen) for name, chosen in self.cleaned_data.items()}

    def _value(self, name: str, chosen: str | list[str]) -> str | list[str]:
        choices = self._questions[name].choices
        if isinstance(chosen, str):
            return choices[int(chosen)].value
        return [choices[int(place)].value for place in chosen]


def _with_cells(choice: Choice) -> str:
    return f"{choice.label}: {'; '.join(choice.cells[:_CELLS_SHOWN])}" if choice.cells else choice.label


class ReadAgainForm(forms.Form):
    """Which column is which, as a person says after seeing the rows; a column is given by its place."""

    description = forms.MultipleChoiceField(
        label="The text: these columns, one after another", required=False, widget=forms.CheckboxSelectMultiple
    )
    order = forms.ChoiceField(
        label="Order of the dates",
        required=False,
        choices=[
            ("", "As the dates themselves prove it"),
            ("dmy", "Day, month, year"),
            ("mdy", "Month, day, year"),
            ("ymd", "Year, month, day"),
        ],
    )
    sign = forms.ChoiceField(
        label="An amount without a minus is",
        required=False,
        choices=[("", "What the file proves"), ("in", "Money in"), ("out", "Money out")],
    )

    def __init__(self, *args: Any, found: StatementPreview, answers: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = found.names
        columns = [(str(place), name) for place, name in enumerate(found.names)]
        for ours in _READ_AGAIN:
            called = BANK_COLUMNS[ours].called
            self.fields[ours] = forms.ChoiceField(
                label=called[:1].upper() + called[1:],
                choices=[("", "It is not in the file"), *columns],
                required=ours == "booked_on",
                initial=self._place(found.columns.get(ours, "")),
            )
        self.fields["description"].choices = columns  # type: ignore[attr-defined]
        self.fields["description"].initial = self._places(found.columns.get("description", ""))
        for asked in ("order", "sign"):
            self.fields[asked].initial = answers.get(asked, "")
        self.order_fields(["booked_on", "description"])

    def _place(self, theirs: str) -> str:
        return str(self._names.index(theirs)) if theirs in self._names else ""

    def _places(self, theirs: str) -> list[str]:
        return [str(place) for place, name in enumerate(self._names) if name in (theirs, *theirs.split(", "))]

    def answers(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return all answers, those to other questions included; only after the form is valid."""
        given = self.cleaned_data
        columns = {ours: self._names[int(given[ours])] if given[ours] else "" for ours in _READ_AGAIN}
        texts = [self._names[int(place)] for place in given["description"]]
        others = {asked: given[asked] for asked in ("order", "sign") if given[asked]}
        kept = {name: answer for name, answer in before.items() if name not in ("order", "sign")}
        return kept | columns | {"description": texts} | others


class AccountForm(forms.Form):
    name = TextField(label="Name", max_length=60)
    is_closed = forms.BooleanField(label="Closed: no more statements are brought for it", required=False)


class MergeForm(forms.Form):
    """The account that another one is merged into."""

    into = forms.ChoiceField(label="Merge into", error_messages={"required": "Choose the account that stays."})

    def __init__(self, data: Any, *, accounts: Sequence[Account]) -> None:
        super().__init__(data)
        self._accounts = {str(one.pk): one for one in accounts}
        choices = [("", "Choose"), *((key, one.name) for key, one in self._accounts.items())]
        self.fields["into"].choices = choices  # type: ignore[attr-defined]

    def clean_into(self) -> Account:
        return self._accounts[self.cleaned_data["into"]]


class AsideForm(forms.Form):
    reason = TextField(label="What is it?", max_length=300, help_text="Such as: card takings, rent, a private loan.")
    is_usual = forms.BooleanField(label="Set aside every line like this by itself, now and later", required=False)


class ExcuseForm(forms.Form):
    reason = TextField(
        label="Why will the bank not see it?",
        max_length=300,
        help_text="Such as: it came by cheque, or on an account that is not kept here.",
    )


class FilterForm(forms.Form):
    """What the list of lines is narrowed to."""

    words = TextField(label="Text or amount", max_length=80, required=False)
    state = forms.ChoiceField(label="State", choices=list(STATES.items()), required=False)
    account = forms.ChoiceField(label="Account", required=False)
    first_on = DayField(label="From", required=False)
    last_on = DayField(label="To", required=False)

    def __init__(self, *args: Any, accounts: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accounts = {str(one.pk): one for one in accounts}
        choices = [("", "Every account"), *((pk, one.name) for pk, one in self._accounts.items())]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]

    def wanted(self) -> LineFilter:
        """Return what the list is narrowed to; a field that cannot be read narrows nothing."""
        self.is_valid()
        data = getattr(self, "cleaned_data", {})
        words = data.get("words", "")
        try:
            amount = abs(money.parse(words)) if words else None
        except money.NotAnAmount:
            amount = None
        return LineFilter(
            words=words,
            amount=amount,
            state=data.get("state", ""),
            account=self._accounts.get(data.get("account", "")),
            first_on=data.get("first_on"),
            last_on=data.get("last_on"),
        )
