"""Two people at one thing: a form saves what its person changed, and asks where somebody else changed the same.

A form carries a version of each of its fields as the page showed them. When it is sent, a field that the person left
alone takes what is stored by now; one that only they changed is saved; one that somebody else changed too is shown with
both values, and the person chooses. It is a three-way merge, field by field, in the transaction that saves.

Fields that make sense together only, such as a sort code and its account number, are merged as one. A form names them:
`belong_together` is {what they are called: their names, with blanks between}.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clearbill.bill.dates import show_clock
from clearbill.forms.rows import Rows
from clearbill.people.audit import queries as audit_queries
from clearbill.workspace.settings import lock_practice

FIELD = "version"

_SALT = "clearbill.version"

MINE, THEIRS = "mine", "theirs"


def serialized(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a form be saved in one transaction, and the forms of a practice one after the other."""

    @wraps(view)
    def inside(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            lock_practice(request.practice)
            return view(request, *args, **kwargs)

    return inside


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed: what the other saved, and what this person entered, as the page shows them."""

    key: str
    label: str
    theirs: str
    mine: str
    said: str
    version: str
    choice: str = ""

    @property
    def name(self) -> str:
        """Return the name of the input with which the person chooses."""
        return f"{FIELD}-{self.key}"


@dataclass(frozen=True, slots=True)
class StoredList:
    """Values that a form carries in several inputs of one name, such as codes that were chosen."""

    name: str
    label: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Item:
    """A field of a form, or rows as one: as it is stored, and how the same is read from what was sent."""

    key: str
    label: str
    stored: str
    shown: str
    sent: Callable[[QueryDict], str]
    sent_in_words: Callable[[QueryDict], str]
    put_back: Callable[[QueryDict], None]


@dataclass(frozen=True, slots=True)
class _Group:
    """What is merged as one: a field, or several that make sense together only."""

    label: str
    items: Sequence[_Item]

    def in_words(self, told: Callable[[_Item], str]) -> str:
        return ", ".join(words for item in self.items if (words := told(item))) or "empty"


class ConcurrentEdit:
    """A form that changes stored rows: what is to be checked and saved of it, and what the person must be asked."""

    def __init__(
        self,
        request: HttpRequest,
        rows: Sequence[Model | None],
        *stored: BaseForm | Rows | StoredList,
        but: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        words: Mapping[str, Callable[[str], str]] | None = None,
        name: str = "",
        merged: Sequence[str] = (),
    ) -> None:
        """`rows` is what the form changes, None for what is new; `stored` its forms, unbound, with what is stored now.

        `but` names fields that are no part of what is stored. `labels` says what rows are called, by their prefix, and
        `words` how a value that is an id is read. `name` tells the thing from others where it is stored only with its
        first change, and has no id before. `merged` are the names of things that became this one: of a form that was
        opened on one of them, what the person left alone is known as well.
        """
        self.subjects = [row for row in rows if row is not None]
        self._items = list(_items(stored, but, labels or {}, words or {})) if self.subjects else []
        self._name = name or " ".join(f"{row._meta.label_lower}:{row.pk}" for row in self.subjects)
        self._names = {self._name, *merged}
        self._groups = _groups(self._items, stored)
        self._at = timezone.now()
        self._request = request
        self.conflicts: list[Conflict] = []
        self._taken_over: list[_Item] = []
        self._versions = {item.key: _version(item.stored) for item in self._items}
        self.data: QueryDict | None = None
        if request.method == "POST":
            self.data = request.POST.copy()
            if self.subjects and FIELD in request.POST:
                self._merge(request.POST, self.data)

    @property
    def token(self) -> str:
        """Return the versions of all fields as this page shows them; "" for something new."""
        if not self.subjects:
            return ""
        shown = {"of": self._name, "at": self._at.isoformat(), "fields": self._versions}
        return signing.dumps(shown, salt=_SALT, compress=True)

    @property
    def news(self) -> str:
        """Return the sentence about what somebody else changed and this person did not; "" where there is nothing."""
        if not self._taken_over:
            return ""
        fields = ", ".join(f"“{item.label}”" for item in self._taken_over)
        return f"{self._said(self._taken_over[0].key)} changed {fields} after you opened the page. That stays."

    def is_settled(self, *bound: BaseForm) -> bool:
        """Return whether nothing is left to be chosen; where something is, its field says so.

        What is settled and to be saved now says in a message what somebody else changed meanwhile.
        """
        open_ones = [one for one in self.conflicts if not one.choice]
        for one in open_ones:
            form = next((form for form in bound if one.key in {form.add_prefix(name) for name in form.fields}), None)
            if form is not None:
                form.add_error(one.key[len(form.prefix) + 1 :] if form.prefix else one.key, _AT_FIELD)
            elif bound:
                bound[0].add_error(None, f"{one.label}: {_AT_FIELD}")
        if not open_ones and self.news:
            messages.info(self._request, self.news)
        return not open_ones

    def _merge(self, posted: QueryDict, data: QueryDict) -> None:
        shown = _read(posted.get(FIELD, ""), self._names)
        if shown:
            self._at = datetime.fromisoformat(shown["at"])
        for group in self._groups:
            self._merge_group(group, shown["fields"] if shown else {}, posted, data)

    def _merge_group(self, group: _Group, shown: Mapping[str, str], posted: QueryDict, data: QueryDict) -> None:
        was = [shown.get(item.key, "") for item in group.items]
        now = [_version(item.stored) for item in group.items]
        sent = [_version(item.sent(posted)) for item in group.items]
        if now in (was, sent):
            return
        theirs = [item for item, old, new in zip(group.items, was, now, strict=True) if old != new]
        conflict = None if sent == was else self._conflict(group, posted, theirs[0], _version(" ".join(now)))
        if conflict:
            self.conflicts.append(conflict)
        if conflict is None or conflict.choice == THEIRS:
            for item in group.items:
                item.put_back(data)
            self._taken_over += theirs
        elif not conflict.choice:
            self._versions.update(zip((item.key for item in group.items), was, strict=True))

    def _conflict(self, group: _Group, posted: QueryDict, changed: _Item, version: str) -> Conflict:
        key = group.items[0].key
        chosen, _, seen = posted.get(f"{FIELD}-{key}", "").partition(".")
        return Conflict(
            key=key,
            label=group.label,
            theirs=group.in_words(lambda item: item.shown),
            mine=group.in_words(lambda item: item.sent_in_words(posted)),
            said=self._said(changed.key),
            version=version,
            choice=chosen if seen == version and chosen in (MINE, THEIRS) else "",
        )

    def _said(self, key: str) -> str:
        """Return who changed it and when: as the audit trail has it, else that it was changed."""
        entry = audit_queries.last_change(self.subjects, since=self._at, field=key)
        return f"{entry.by_name} (at {show_clock(entry.at, timezone.now())})" if entry else "Somebody else"


_AT_FIELD = "This was changed after you opened the page. Choose under “Changed meanwhile” which of the two stays."


def _groups(items: Sequence[_Item], stored: Sequence[BaseForm | Rows | StoredList]) -> list[_Group]:
    """Return all items, those as one that a form says belong together."""
    named: dict[str, tuple[str, int]] = {}
    for place, form in enumerate(stored):
        for label, names in getattr(form, "belong_together", {}).items():
            named.update({form.add_prefix(name): (label, place) for name in names.split()})  # type: ignore[union-attr]
    found: dict[tuple[str, int] | str, list[_Item]] = {}
    for item in items:
        found.setdefault(named.get(item.key, item.key), []).append(item)
    return [_Group(key[0] if len(some) > 1 else some[0].label, some) for key, some in found.items()]


def _items(
    stored: Sequence[BaseForm | Rows | StoredList],
    but: Sequence[str],
    labels: Mapping[str, str],
    words: Mapping[str, Callable[[str], str]],
) -> Iterator[_Item]:
    for one in stored:
        if isinstance(one, Rows):
            yield _rows(one, labels.get(one.prefix or "", "Rows"))
        elif isinstance(one, StoredList):
            yield _list(one, words.get(one.name, str))
        else:
            for name, field in one.fields.items():
                if not field.disabled and name not in but:
                    yield _field(one, name, words.get(name) or partial(_in_words, field))


def _list(stored: StoredList, in_words: Callable[[str], str]) -> _Item:
    def sent(data: QueryDict) -> list[str]:
        return data.getlist(stored.name)

    def told(values: Sequence[str]) -> str:
        return ", ".join(in_words(value) for value in values)

    return _Item(
        key=stored.name,
        label=stored.label,
        stored=_text(list(stored.values)),
        shown=told(stored.values),
        sent=lambda data: _text(sent(data)),
        sent_in_words=lambda data: told(sent(data)),
        put_back=lambda data: data.setlist(stored.name, list(stored.values)),
    )


def _field(form: BaseForm, name: str, in_words: Callable[[str], str]) -> _Item:
    field, key = form.fields[name], form.add_prefix(name)
    value = field.prepare_value(form.get_initial_for_field(field, name))
    stored = _text(value)

    def sent(data: QueryDict) -> str:
        if field.widget.value_omitted_from_data(data, {}, key):
            return stored
        return _text(field.widget.value_from_datadict(data, {}, key))

    def put_back(data: QueryDict) -> None:
        if isinstance(field.widget, forms.CheckboxInput):
            data.pop(key, None)
            if stored:
                data[key] = "on"
        elif isinstance(value, list | tuple):
            data.setlist(key, [_text(one) for one in value])
        else:
            data[key] = stored

    return _Item(
        key=key,
        label=str(form[name].label),
        stored=stored,
        shown=in_words(stored),
        sent=sent,
        sent_in_words=lambda data: in_words(sent(data)),
        put_back=put_back,
    )


def _rows(stored: Rows, label: str) -> _Item:
    """All rows are one item: who changed one of them is asked about the whole where somebody else changed one too."""
    prefix = stored.prefix or ""
    names = list(stored.form.base_fields)

    def filled(lines: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        return [line for line in lines if any(line.values())]

    def sent_lines(data: QueryDict) -> list[dict[str, str]]:
        typed = type(stored).as_typed(data, prefix=prefix, form_kwargs=stored.form_kwargs)
        return [{name: _text(form.initial.get(name, "")) for name in names} for form in typed.forms]

    def in_words(lines: Sequence[Mapping[str, str]]) -> str:
        fields = stored.empty_form.fields
        return "; ".join(
            " ".join(
                words
                for name in names
                if not _is_hidden(fields[name]) and (words := _in_words(fields[name], line[name]))
            )
            for line in filled(lines)
        )

    now = [{name: _text(form[name].field.prepare_value(form[name].initial)) for name in names} for form in stored.forms]

    def put_back(data: QueryDict) -> None:
        for key in [key for key in data if key.startswith(f"{prefix}-")]:
            del data[key]
        kept = filled(now)
        for place, line in enumerate(kept):
            data.update({f"{prefix}-{place}-{name}": text for name, text in line.items()})
        if stored.is_count_sent:
            data.update({f"{prefix}-TOTAL_FORMS": str(len(kept)), f"{prefix}-INITIAL_FORMS": str(len(kept))})

    return _Item(
        key=prefix,
        label=label,
        stored=repr([sorted(line.items()) for line in filled(now)]),
        shown=in_words(now),
        sent=lambda data: repr([sorted(line.items()) for line in filled(sent_lines(data))]),
        sent_in_words=lambda data: in_words(sent_lines(data)),
        put_back=put_back,
    )


def _is_hidden(field: forms.Field) -> bool:
    return bool(field.widget.is_hidden)


def _text(value: Any) -> str:
    """Return a value as a browser sends it back when nobody touched it."""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list | tuple):
        return "\n".join(_text(one) for one in value)
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _in_words(field: forms.Field, text: str) -> str:
    """Return a value as the page shows it: of a choice its words, of a tick yes or no."""
    if isinstance(field.widget, forms.CheckboxInput):
        return "yes" if text else "no"
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        choices: Any = field.choices
        return next((str(words) for value, words in choices if text and _text(value) == text), text)
    return text


def _version(text: str) -> str:
    """Return a short word that is another one for another text and says nothing of it."""
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()[:16]


def _read(token: str, names: Collection[str]) -> dict[str, Any] | None:
    """Return what the form showed; None where it is not known, so that each difference is asked about."""
    try:
        shown: dict[str, Any] = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return shown if shown["of"] in names else None
