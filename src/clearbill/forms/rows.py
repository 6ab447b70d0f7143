"""Rows of a form: as many as were sent, and shown again as they were typed with more rows below or one fewer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django import forms
from django.forms.formsets import (
    DELETION_FIELD_NAME,
    INITIAL_FORM_COUNT,
    TOTAL_FORM_COUNT,
    BaseFormSet,
    ManagementForm,
    formset_factory,
)
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from typing import Self

    _FormSet = BaseFormSet[Any]
else:
    _FormSet = BaseFormSet


class Rows(_FormSet):
    """Repeated rows of a form, made by `rows_of`. They are counted by their fields, “prefix-0-…”, not by the page.

    Where `is_count_sent`, the page sends Django's own count as well, and rows that were lost on the way are noticed.
    """

    is_count_sent: ClassVar[bool] = False

    def __init__(self, *args: Any, count: int | None = None, **kwargs: Any) -> None:
        """`count` is how many rows there are, whatever was sent; None where that is left to whoever types."""
        self._count = count
        super().__init__(*args, **kwargs)

    @cached_property
    def management_form(self) -> ManagementForm:
        """The number of rows, as Django's formsets ask for it."""
        if not self.is_bound or self.is_count_sent:
            return super().management_form
        total = _sent(self.data, self.prefix or "", self.max_num) if self._count is None else self._count
        counts = {TOTAL_FORM_COUNT: total, INITIAL_FORM_COUNT: min(total, len(self.initial or ()))}
        data = {f"{self.prefix}-{name}": number for name, number in counts.items()}
        form = ManagementForm(data, auto_id=self.auto_id, prefix=self.prefix)
        form.full_clean()
        return form

    @classmethod
    def as_typed(
        cls,
        data: Mapping[str, Any],
        *,
        prefix: str,
        without: int | None = None,
        more: Sequence[Mapping[str, Any]] = (),
        focus: str = "",
        **kwargs: Any,
    ) -> Self:
        """Return the rows as they were sent, unchecked, without one of them and with `more` first values below.

        Rows that are ticked for removal are left out. Whoever asked for more types on in the field `focus` of the
        first of them.
        """
        rows = [
            {name: data.get(f"{prefix}-{place}-{name}", "") for name in cls.form.base_fields}
            for place in range(_sent(data, prefix, cls.max_num))
            if place != without and not data.get(f"{prefix}-{place}-{DELETION_FIELD_NAME}")
        ]
        made = cls(initial=[*rows, *more][: cls.max_num], prefix=prefix, **kwargs)
        if focus and len(made.forms) > len(rows):
            made.forms[len(rows)].fields[focus].widget.attrs["autofocus"] = True
        return made


Kind = TypeVar("Kind", bound=Rows)


def rows_of(form: type[forms.Form], kind: type[Kind], *, most: int, extra: int = 0, **options: Any) -> type[Kind]:
    """Return the formset of `most` rows at most, with `extra` empty ones where nothing was sent yet."""
    made = formset_factory(form, formset=kind, max_num=most, extra=extra, **options)
    return cast("type[Kind]", made)


def fill_as_typed(form: forms.BaseForm, data: Mapping[str, Any]) -> None:
    """Fill an unbound form with what was typed, without checking it."""
    for name, field in form.fields.items():
        if not field.disabled:
            form.initial[name] = field.widget.value_from_datadict(data, {}, form.add_prefix(name))


def _sent(data: Mapping[str, Any], prefix: str, most: int) -> int:
    """Return how many rows were sent, counted by their fields; at most `most`."""
    found = (re.match(rf"{prefix}-(\d{{1,3}})-", name, re.ASCII) for name in data)
    return min(most, max((int(one[1]) + 1 for one in found if one), default=0))
