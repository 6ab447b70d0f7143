"""What every page needs: where we are, who is here, whether anything reaches an insurer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from clearbill.people.permissions import Permission
from clearbill.web.sign_in import form_owner
from clearbill.web.sign_in.access import has_permission


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the values of the shell around a page: the section, the practice, what this person may do."""
    return {
        "section": request.path.split("/")[1],
        "practice": getattr(request, "practice", None),
        "memberships": getattr(request, "memberships", []),
        "shown_to": form_owner.owner_of(request),
        "membership": getattr(request, "membership", None),
        "can": {permission.name.lower(): has_permission(request, permission) for permission in Permission},
        "second_factor_due_on": getattr(request, "second_factor_due_on", None),
        "is_test": settings.HEALTHCODE_ENVIRONMENT == "test",
    }
