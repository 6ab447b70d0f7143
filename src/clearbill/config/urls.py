"""All addresses. Health data never appear in one: objects are addressed by random ids."""

from django.urls import include, path

urlpatterns = [
    path("", include("clearbill.web.urls")),
    path("", include("clearbill.people.urls")),
    path("settings/", include("clearbill.expected.prices_urls")),
    path("settings/", include("clearbill.practice.urls")),
    path("clients/", include("clearbill.clients.urls")),
    path("calendar/", include("clearbill.diary.urls")),
    path("invoices/", include("clearbill.billing.urls")),
    path("claims/", include("clearbill.claims.urls")),
    path("", include("clearbill.reports.urls")),
    path("money/", include("clearbill.remittances.urls")),
    path("money/", include("clearbill.bank.urls")),
    path("money/", include("clearbill.shortfalls.urls")),
    path("money/", include("clearbill.expected.urls")),
]
handler400 = "clearbill.web.views.bad_request"
handler403 = "clearbill.web.views.forbidden"
handler404 = "clearbill.web.views.not_found"
handler500 = "clearbill.web.views.server_error"
