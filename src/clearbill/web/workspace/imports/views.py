"""Import a file: bring it, answer, look at its rows, decide, take in, follow, undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.fileformats import csv_lines
from clearbill.imports import contents, queries, services
from clearbill.imports.kind import ShownRow
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.permissions import Permission
from clearbill.web.components.downloads import download
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import (
    PracticeRequest,
    actor_of,
    get_own_or_404,
    has_permission,
    member_required,
    require_permission,
)
from clearbill.web.workspace.imports.forms import AnswersForm, ColumnsForm, DecisionForm, UploadForm
from clearbill.web.workspace.imports.words import WORDS

PER_PAGE = 50


@member_required(Permission.CHANGE_CLIENTS)
def import_list(request: PracticeRequest) -> HttpResponse:
    """Choose a file, and the files so far. Nothing is taken in before it has been seen."""
    kinds = {slug: words for slug, words in WORDS.items() if has_permission(request, words.permission)}
    wanted = {"kind": request.GET.get("kind", "")}
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds, initial=wanted)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        file, is_new = services.bring(
            actor_of(request),
            kind=given["kind"],
            source=given["source"],
            content=given["file"],
            name=given["file"].name,
        )
        if not is_new:
            messages.info(request, "This very file was brought before. Here is what came of it; nothing was changed.")
        return redirect("import", file.pk)
    page = Paginator(queries.files(request.practice).filter(kind__in=kinds), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "workspace/imports/list.html", {"form": form, "page": page, "kinds": kinds})


@member_required(Permission.CHANGE_CLIENTS)
def file_import(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """What is in a file and what would become of it; how far it is; what came of it."""
    file = _find(request, file_id)
    if request.htmx:
        if not file.is_worked_on:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "workspace/imports/_progress.html", _context(request, file))
    return _show(request, file)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def answer(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """Keep what was said about the file, and read it anew."""
    file = _find(request, file_id)
    if "anew" in request.POST:
        with refusal_shown(request):
            services.answer(actor_of(request), file=file, answers={})
        return redirect("import", file.pk)
    kind = KINDS[file.kind]
    asked: type[AnswersForm | ColumnsForm] = AnswersForm if file.found.get("questions") else ColumnsForm
    form = asked(request.POST, file=file, kind=kind)
    if not form.is_valid():
        return _show(request, file, form)
    with refusal_shown(request):
        services.answer(actor_of(request), file=file, answers=contents.with_answers(file.answers, form.given()))
    return redirect("import", file.pk)


@member_required(Permission.CHANGE_CLIENTS)
def row(request: PracticeRequest, file_id: UUID, row_no: int) -> HttpResponse:
    """One row beside the record that it is perhaps about, and what becomes of it."""
    file = _find(request, file_id)
    one = queries.asked_row(file, row_no)
    if one is None:
        raise Http404
    kind = KINDS[file.kind]
    likely = kind.candidates(file, one)
    wanted = request.GET.get("with") or one.decision.get("client", "")
    client = next((client for client in likely if str(client.pk) == wanted), next(iter(likely), None))
    fields = kind.compared(file, one, client) if client else []
    form = DecisionForm(request.POST or None, row=one, client=client, fields=fields)
    if request.method == "POST" and form.is_valid():
        with refusal_shown(request):
            services.decide(file, row=one, decision=form.decision())
        return _after(file, one)
    [shown] = kind.shown_rows(file, [one])
    context = {
        "file": file,
        "row": one,
        "shown": shown,
        "client": client,
        "others": [other for other in likely if other != client],
        "form": form,
        "reasons": queries.reasons(file, one),
        "heading": WORDS[file.kind].asks[one.verdict].format(f"{one.row_no:,}"),
    }
    return render(request, "workspace/imports/row.html", context)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def decide_all(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    """Decide the same about all rows of a tab."""
    file = _find(request, file_id)
    verdict, do = request.POST.get("verdict", ""), request.POST.get("do", "")
    if verdict in ImportRow.ASKED and do in ("skip", "new", "update"):
        with refusal_shown(request):
            services.decide_all(file, verdict=verdict, do=do)
    return redirect("import", file.pk)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def take_in(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    file = _find(request, file_id)
    with refusal_shown(request):
        services.take_in(actor_of(request), file=file, only_good=request.POST.get("only") == "good")
    return redirect("import", file.pk)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def stop(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    services.stop(actor_of(request), file=_find(request, file_id))
    return redirect("import", file_id)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def check_again(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    with refusal_shown(request):
        services.check_again(actor_of(request), file=_find(request, file_id))
    return redirect("import", file_id)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def undo(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    with refusal_shown(request):
        services.undo(actor_of(request), file=_find(request, file_id))
    return redirect("import", file_id)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def drop(request: PracticeRequest, file_id: UUID) -> HttpResponse:
    is_gone = False
    with refusal_shown(request):
        is_gone = services.drop(actor_of(request), file=_find(request, file_id))
    if not is_gone:
        return redirect("import", file_id)
    messages.info(request, "Nothing was taken in, and the file is not kept.")
    return redirect("imports")


@member_required(Permission.CHANGE_CLIENTS)
def report(request: PracticeRequest, file_id: UUID) -> StreamingHttpResponse:
    """The report of every row as a CSV file."""
    file = _find(request, file_id)
    return download(queries.report(file), f"import-{file.pk}.csv")


@member_required(Permission.CHANGE_CLIENTS)
def original(request: PracticeRequest, file_id: UUID) -> StreamingHttpResponse:
    """The file as it was brought, byte for byte."""
    file = _find(request, file_id)
    return download(file.pieces(), f"file-{file.pk}.csv", "application/octet-stream")


@member_required(Permission.CHANGE_CLIENTS)
def template(request: PracticeRequest) -> StreamingHttpResponse:
    """The template of a kind to fill in, with one invented row."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in WORDS else "clients"
    columns = WORDS[kind].template
    return download(csv_lines(columns, [[example for example, _ in columns.values()]]), f"{kind}-template.csv")


def _find(request: PracticeRequest, file_id: UUID) -> FileImport:
    file = get_own_or_404(queries.files(request.practice), request.practice, file_id)
    require_permission(request, WORDS[file.kind].permission)
    return file


def _after(file: FileImport, decided: ImportRow) -> HttpResponse:
    """Lead to the next row that waits for a decision, or back to the file."""
    following = queries.next_to_decide(file, decided)
    return redirect("import-row", file.pk, following.row_no) if following else redirect("import", file.pk)


def _show(request: PracticeRequest, file: FileImport, form: AnswersForm | ColumnsForm | None = None) -> HttpResponse:
    context = _context(request, file)
    kind = KINDS[file.kind]
    if file.found.get("questions"):
        context["questions"] = form or AnswersForm(file=file, kind=kind)
    elif file.state in (FileImport.CHECKED, FileImport.CHECKING) and not context["has_taken_in"]:
        context["again"] = form or ColumnsForm(file=file, kind=kind)
    return render(request, "workspace/imports/file.html", context)


def _context(request: PracticeRequest, file: FileImport) -> dict[str, Any]:
    kind = KINDS[file.kind]
    columns = file.found.get("columns", {})
    context: dict[str, Any] = {
        "file": file,
        "words": WORDS[file.kind],
        "found": file.found,
        "source": kind.sources.get(file.source, ""),
        "columns": [(kind.label(ours), theirs) for ours, theirs in columns.items()],
        "progress": queries.progress(file, timezone.now()),
        "has_taken_in": services.has_taken_in(file),
    }
    return context | (_rows(request, file) if not file.is_worked_on else {})


def _rows(request: PracticeRequest, file: FileImport) -> dict[str, Any]:
    tabs = queries.tabs(file)
    slugs = [tab.slug for tab in tabs]
    show = request.GET.get("show", "")
    show = show if show in slugs else next(iter(slugs), "")
    page = Paginator(queries.rows(file, show), PER_PAGE).get_page(request.GET.get("page"))
    kind, words = KINDS[file.kind], WORDS[file.kind]
    return {
        "tabs": tabs,
        "show": show,
        "page": page,
        "headings": kind.headings,
        "shown": [_RowOnPage(file, one) for one in kind.shown_rows(file, list(page.object_list))],
        "asks_all": words.asks_all.get(show, ""),
        "choices_all": words.choices_all.get(show, {}),
        "counts": {tab.slug.replace(" ", "_"): tab.count for tab in tabs},
        "waiting": queries.waiting(file),
        "is_asked": show in ImportRow.ASKED,
    }


class _RowOnPage:
    """A row with its cells under their headings, why it is where it is, and what was decided about it."""

    def __init__(self, file: FileImport, shown: ShownRow) -> None:
        self.shown, self.row = shown, shown.row
        self.cells = list(zip(KINDS[file.kind].headings[1:], shown.cells, strict=True))
        self.reasons = queries.reasons(file, shown.row)
        self.decided = WORDS[file.kind].decided.get(shown.row.decision.get("do", ""), "")
