"""The evidence of one claim, to download. Whoever may see what was sent may have it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from clearbill.claims import evidence as evidences
from clearbill.claims import queries
from clearbill.people.access import PracticeRequest, door, find


@require_GET
@door()
def evidence(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = find(queries.whole(request.practice), request.practice, claim_id)
    made = evidences.collect(practice=request.practice, by=request.user, now=timezone.now(), claim=row)
    return HttpResponse(
        made.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store, private"},
    )
