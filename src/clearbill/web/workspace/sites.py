"""Workspace Settings > Business > Payees and sites: a site, new or changed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.forms.fields import HealthcodeNumberField, NameField, UkPostcodeField
from clearbill.forms.settings import FormRow, SettingsForm, names_in, not_taken
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace import defaults
from clearbill.workspace.models import Site

_LAYOUT = (
    FormRow("name"),
    FormRow("site_number"),
    FormRow("address_1 address_2 address_3 address_4 postcode"),
)


class SiteForm(SettingsForm):
    """A place of treatment."""

    instance: Site
    layout = _LAYOUT
    belong_together = {"Address": "address_1 address_2 address_3 address_4 postcode"}

    class Meta(SettingsForm.Meta):
        model = Site
        fields = names_in(_LAYOUT)
        field_classes = {"name": NameField, "site_number": HealthcodeNumberField, "postcode": UkPostcodeField}
        error_messages = {"name": {"required": "Give the site a name."}}
        help_texts = {
            "site_number": "The site’s own number at Healthcode, such as TL000001 in the sandbox. Claims need it."
        }

    def clean_name(self) -> str:
        return not_taken(self, "name", "Another site has this name. Give each its own.")


@member_required(Permission.CHANGE_SETTINGS)
@serialized
def site(request: PracticeRequest, site_id: UUID | None = None) -> HttpResponse:
    """Add a site, or change one."""
    stored = get_own_or_404(Site.objects.all(), request.practice, site_id) if site_id else None
    row = stored or Site(practice=request.practice)
    edit = ConcurrentEdit(request, [stored], SiteForm(instance=row))
    form = SiteForm(edit.data, instance=row)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        defaults.save(actor_of(request), row=row, details=form.cleaned_data)
        messages.success(request, f"{row} is saved.")
        return redirect("payees")
    return render(request, "workspace/business/site.html", {"form": form, "edit": edit, "site": stored})
