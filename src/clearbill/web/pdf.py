"""Answer with a PDF that the browser shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from clearbill.invoicing.papers.pdf import PdfDocument
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import Door, PracticeRequest, member_required

PaperView = Callable[..., PdfDocument]

# A browser shows a PDF by a part of its own, which the policy of our pages would keep out.
SHOWN_BY_THE_BROWSER = {"default-src": [NONE], "object-src": [SELF], "frame-ancestors": [NONE]}


def as_pdf(back_to: str) -> Callable[[PaperView], Door]:
    """Answer with the PDF, shown in the browser; one that cannot be made leads back to the page `back_to` names."""

    def wrap(view: PaperView) -> Door:
        @require_safe
        @member_required(Permission.SEE_CLINICAL)
        @wraps(view)
        def answer(request: PracticeRequest, **ids: Any) -> HttpResponse:
            with refusal_shown(request) as outcome:
                paper = view(request, **ids)
            if outcome.is_refused:
                return redirect(back_to, next(iter(ids.values())))
            named = {"Content-Disposition": f'inline; filename="{paper.name}"', "Cache-Control": "no-store"}
            response = HttpResponse(paper.content, content_type="application/pdf", headers=named)
            response._csp_replace = SHOWN_BY_THE_BROWSER  # type: ignore[attr-defined]
            return response

        return answer

    return wrap
