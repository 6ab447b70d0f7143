"""What is typed about a site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.forms.fields import NumberTextField, PostcodeField, TextField
from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, get_own_or_404, member_required
from clearbill.workspace import sites
from clearbill.workspace.models import Site


class SiteForm(forms.Form):
    """A place of treatment; `names_taken` are those of the practice's other sites."""

    name = TextField(label="Name", max_length=120, error_messages={"required": "Give the site a name."})
    site_number = NumberTextField(label="Site number", max_length=32, required=False)
    address_1 = TextField(label="Address line 1", max_length=50, required=False)
    address_2 = TextField(label="Address line 2", max_length=50, required=False)
    address_3 = TextField(label="Address line 3", max_length=50, required=False)
    address_4 = TextField(label="Address line 4", max_length=50, required=False)
    postcode = PostcodeField(label="Postcode", max_length=10, required=False)

    def __init__(self, *args: Any, names_taken: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names_taken = {name.casefold() for name in names_taken}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() in self._names_taken:
            raise ValidationError("Another site has this name. Give each its own.")
        return name


def site_values(site: Site) -> dict[str, Any]:
    """Return a site as a form's first values."""
    return {name: getattr(site, name) for name in SiteForm.base_fields}


@member_required(Permission.CHANGE_SETTINGS)
def new_site(request: PracticeRequest) -> HttpResponse:
    return _edit(request, None)


@member_required(Permission.CHANGE_SETTINGS)
def edit_site(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    return _edit(request, get_own_or_404(Site.objects.all(), request.practice, site_id))


def _edit(request: PracticeRequest, site: Site | None) -> HttpResponse:
    others = Site.objects.filter(practice=request.practice)
    if site:
        others = others.exclude(pk=site.pk)
    form = SiteForm(
        request.POST or None,
        initial=site_values(site) if site else {},
        names_taken=others.values_list("name", flat=True),
    )
    if request.method == "POST" and form.is_valid():
        saved = sites.save_site(
            practice=request.practice, by=request.user, now=timezone.now(), site=site, details=form.cleaned_data
        )
        messages.success(request, f"{saved} is saved.")
        return redirect("payees")
    return render(request, "workspace/business/site.html", {"form": form, "site": site})
