"""Import a remittance file: upload, preview row by row, answer, commit or discard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill.text import plural
from clearbill.fileformats import UnreadableFile
from clearbill.imports.remittance_files import preview, services
from clearbill.imports.remittance_files import preview as remittance_files_preview
from clearbill.imports.remittance_files import report as remittance_files_report
from clearbill.imports.remittance_files.row_validation import GOOD, KNOWN, REPEATED, WRONG, column_label
from clearbill.money.remittances.models import Upload
from clearbill.people.permissions import Permission
from clearbill.web.components.downloads import download
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.remittances.file_forms import AnswersForm, ReadAgainForm, UploadForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

PER_PAGE = 25

VERDICTS = {WRONG: "Wrong", GOOD: "Good", KNOWN: "Here already", REPEATED: "Said twice"}


@member_required(Permission.RECORD_MONEY)
def bring(request: PracticeRequest) -> HttpResponse:
    """Choose a file. Nothing is taken in before it has been seen."""
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        upload = services.store_file(actor_of(request), content=file, name=file.name)
        if upload.state == Upload.TAKEN_IN:
            messages.info(request, "This very file was taken in before. Nothing was changed.")
        return redirect("money-upload", upload.pk)
    page = Paginator(remittance_files_preview.uploads(request.practice), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "money/remittances/bring.html", {"form": form, "page": page})


@member_required(Permission.SEE_CLINICAL)
def upload(request: PracticeRequest, upload_id: UUID) -> HttpResponse:
    """What is in a file; after it was taken in, what came of it."""
    return _show(request, _find(request, upload_id))


@require_POST
@member_required(Permission.RECORD_MONEY)
def answer(request: PracticeRequest, upload_id: UUID) -> HttpResponse:
    """Keep what was said about the file and read it again."""
    row = _find(request, upload_id)
    if "repeated" in request.POST and not row.found.get("questions"):
        return _answered(request, row, {**row.answers, "repeated": request.POST["repeated"] == "yes"})
    form: AnswersForm | ReadAgainForm
    if row.found.get("questions"):
        form = AnswersForm(request.POST, found=row.found)
    else:
        form = ReadAgainForm(request.POST, found=row.found, answers=row.answers)
    if not form.is_valid():
        return _show(request, row, form)
    return _answered(request, row, form.answers(row.answers))


@require_POST
@member_required(Permission.RECORD_MONEY)
def take_in(request: PracticeRequest, upload_id: UUID) -> HttpResponse:
    row = _find(request, upload_id)
    with refusal_shown(request):
        done = services.commit(
            actor_of(request), upload=row, although_alike=request.POST.get("although_alike") == "yes"
        )
        messages.success(request, _told(done))
    return redirect("money-upload", row.pk)


@require_POST
@member_required(Permission.RECORD_MONEY)
def drop(request: PracticeRequest, upload_id: UUID) -> HttpResponse:
    row = _find(request, upload_id)
    with refusal_shown(request) as outcome:
        services.discard(row)
    if outcome.is_refused:
        return redirect("money-upload", row.pk)
    messages.info(request, "Nothing was taken in, and the file is not kept.")
    return redirect("money-import")


@member_required(Permission.SEE_CLINICAL)
def report(request: PracticeRequest, upload_id: UUID) -> StreamingHttpResponse:
    """The report of every row as a CSV file."""
    row = _find(request, upload_id)
    return download(remittance_files_report.lines(row), f"report-{row.pk}.csv")


def _find(request: PracticeRequest, upload_id: UUID) -> Upload:
    return get_own_or_404(remittance_files_preview.uploads(request.practice), request.practice, upload_id)


def _answered(request: PracticeRequest, row: Upload, answers: dict[str, Any]) -> HttpResponse:
    with refusal_shown(request):
        services.save_answers(row, answers)
    return redirect("money-upload", row.pk)


def _told(done: services.ImportResult) -> str:
    said = [
        f"{done.allocated:,} {plural(done.allocated, 'bill')} put to claims",
        f"{done.unmatched:,} {plural(done.unmatched, 'waits', 'wait')} for you",
    ]
    if done.known:
        said.append(f"{done.known:,} {plural(done.known, 'was', 'were')} here already")
    return f"Taken in: {', '.join(said)}."


def _show(request: PracticeRequest, row: Upload, form: AnswersForm | ReadAgainForm | None = None) -> HttpResponse:
    found = dict(row.found)
    columns = [(column_label(ours), theirs) for ours, theirs in found.get("columns", {}).items()]
    context: dict[str, Any] = {"upload": row, "found": found, "is_open": row.state == Upload.OPEN, "columns": columns}
    if found.get("questions"):
        context["questions"] = form or AnswersForm(found=found)
    elif not found.get("sentence"):
        context["headline"] = _headline(found)
        context["payments"] = remittance_files_preview.payments(row, found.get("payments", []))
        if row.state == Upload.OPEN:
            try:
                context |= _rows(request, row)
            except UnreadableFile as why:
                found["sentence"] = str(why)
            if found["names"]:
                context["again"] = form or ReadAgainForm(found=found, answers=row.answers)
    return render(request, "money/remittances/upload.html", context)


def _headline(found: Mapping[str, Any]) -> str:
    """Return how many rows are what, such as “5 good, 0 wrong, 1 said twice”."""
    always, where_any = ((GOOD, "good"), (WRONG, "wrong")), ((KNOWN, "here already"), (REPEATED, "said twice"))
    told = [*always, *(one for one in where_any if found.get(one[0]))]
    return ", ".join(f"{found.get(verdict, 0):,} {words}" for verdict, words in told)


def _rows(request: PracticeRequest, row: Upload) -> dict[str, Any]:
    counts = {verdict: row.found["faults" if verdict == WRONG else verdict] for verdict in VERDICTS}
    there = [verdict for verdict in VERDICTS if counts[verdict]]
    show = request.GET.get("show", "")
    show = show if show in there else next(iter(there), GOOD)
    page = Paginator(preview.PagedRows(row, show), PER_PAGE).get_page(request.GET.get("page"))
    tabs = [(verdict, VERDICTS[verdict], counts[verdict]) for verdict in there]
    return {"page": page, "show": show, "tabs": tabs}
