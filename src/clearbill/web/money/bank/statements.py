"""Import a bank statement: upload, answer, preview, commit, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.imports.bank_statements import preview, services
from clearbill.money.bank import queries
from clearbill.money.bank.models import StatementFile
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.bank.forms import AnswersForm, ReadAgainForm, StatementForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

PER_PAGE = 25


@member_required(Permission.RECONCILE)
def bring(request: PracticeRequest) -> HttpResponse:
    """Choose a statement. Nothing is taken in before it has been seen."""
    form = StatementForm(request.POST or None, request.FILES or None, practice=request.practice)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        row = services.store_statement(
            actor_of(request), name=file.name, content=file.read(), account=form.cleaned_data["of"], today=dates.today()
        )
        if row.taken_at:
            messages.info(request, "This statement was taken in before. Nothing was changed.")
        return redirect("bank-statement", row.pk)
    return render(request, "money/bank/bring.html", {"form": form})


@member_required(Permission.SEE_BANK)
def statements(request: PracticeRequest) -> HttpResponse:
    """Every statement that was brought, and the lines that are set aside by themselves."""
    page = Paginator(queries.statements(request.practice), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "usual": queries.ignore_rules(request.practice)}
    return render(request, "money/bank/statements.html", context)


@member_required(Permission.SEE_BANK)
def statement(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """What is in a statement: before it is taken in its rows and faults, afterwards what came of it."""
    return _show(request, get_own_or_404(_files(), request.practice, file_id))


@require_POST
@member_required(Permission.RECONCILE)
def answer(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """Keep the answers; “again” takes earlier ones back, so that everything is asked again.

    With “otherwise” they are those of the form that says which column is which.
    """
    row = get_own_or_404(_files(), request.practice, file_id)
    if "again" in request.POST:
        services.save_answers(practice=request.practice, file=row, answers={})
        return redirect("bank-statement", row.pk)
    found = preview.preview(row, today=dates.today())
    if "otherwise" in request.POST:
        otherwise = ReadAgainForm(request.POST, found=found, answers=row.answers)
        if not otherwise.is_valid():
            return _show(request, row, otherwise=otherwise)
        answers = otherwise.answers(row.answers)
    else:
        form = AnswersForm(request.POST, questions=found.questions)
        if not form.is_valid():
            return _show(request, row, form)
        answers = row.answers | form.answers()
    services.save_answers(practice=request.practice, file=row, answers=answers)
    return redirect("bank-statement", row.pk)


@require_POST
@member_required(Permission.RECONCILE)
def take_in(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    row = get_own_or_404(_files(), request.practice, file_id)

    def step() -> str:
        done = services.commit(actor_of(request), file=row, today=dates.today())
        count = done.fresh_lines
        return f"{count:,} new {plural(count, 'line')} taken in." if count else "Every line was here already."

    return redirect("bank") if _done(request, step) else redirect("bank-statement", row.pk)


@require_POST
@member_required(Permission.RECONCILE)
def take_out(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    row = get_own_or_404(_files(), request.practice, file_id)

    def step() -> str:
        services.undo(actor_of(request), file=row, today=dates.today())
        return "Its lines are taken out. The statement stays here and can be taken in again."

    _done(request, step)
    return redirect("bank-statement", row.pk)


@member_required(Permission.SEE_BANK)
def content(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """The statement as it came, byte for byte."""
    row = get_own_or_404(_files(), request.practice, file_id)
    answer = HttpResponse(bytes(row.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="statement-{row.pk}.txt"'
    answer["Cache-Control"] = "no-store"
    return answer


def _files() -> QuerySet[StatementFile]:
    return StatementFile.objects.select_related("account", "by")


def _done(request: PracticeRequest, step: Callable[[], str]) -> bool:
    with refusal_shown(request) as outcome:
        messages.success(request, step())
    return not outcome.is_refused


def _show(
    request: PracticeRequest,
    row: StatementFile,
    form: AnswersForm | None = None,
    otherwise: ReadAgainForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"file": row}
    if not row.taken_at:
        found = preview.preview(row, today=dates.today())
        context |= {
            "found": found,
            "form": form or (AnswersForm(questions=found.questions) if found.questions else None),
            "otherwise": otherwise or (ReadAgainForm(found=found, answers=row.answers) if found.names else None),
            "left_out": sorted(found.left_out.items()),
            "more_faults": max(0, found.faults - preview.FAULTS_SHOWN),
            "fresh": found.good - found.known,
        }
    return render(request, "money/bank/statement.html", context)
