"""All addresses. Health data never appear in one: objects are addressed by random ids."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("clearbill.web.today.urls")),
    path("", include("clearbill.web.sign_in.urls")),
    path("settings/", include("clearbill.web.workspace.urls")),
    path("clients/", include("clearbill.web.clients.urls")),
    path("calendar/", include("clearbill.web.calendar.urls")),
    path("invoices/", include("clearbill.web.invoices.urls")),
    path("claims/", include("clearbill.web.claims.urls")),
    path("reports/", include("clearbill.web.reports.urls")),
    path("money/", include("clearbill.web.money.urls")),
]

handler400 = "clearbill.web.errors.bad_request"

handler403 = "clearbill.web.errors.forbidden"

handler404 = "clearbill.web.errors.not_found"

handler500 = "clearbill.web.errors.server_error"
