"""The one way in which a page shows that something was refused: at its field, or as a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest

from clearbill.bill.problem import Refused


@dataclass(slots=True)
class Outcome:
    """Whether what was tried was refused."""

    is_refused: bool = False


@contextmanager
def refusal_shown(request: HttpRequest, form: BaseForm | None = None, field: str | None = None) -> Iterator[Outcome]:
    """Show a refusal of what is done in the block; whoever needs to know asks the outcome afterwards.

    With a form it is shown at the field that the refusal names, else at `field`, else above the form; without one as a
    message on the next page.
    """
    outcome = Outcome()
    try:
        yield outcome
    except Refused as refused:
        outcome.is_refused = True
        if form is None:
            messages.error(request, str(refused))
        else:
            form.add_error(refused.field if refused.field in form.fields else field, str(refused))
