from __future__ import annotations

from django.urls import path

from clearbill.people import audit_views
from clearbill.practice import connection_views, settings_views, team_views, users_views
from clearbill.practice.business_urls import urlpatterns as business

urlpatterns = [
    path("", settings_views.home, name="settings"),
    path("practice", settings_views.details, name="practice-details"),
    path("users", team_views.users, name="users"),
    path("users/invite", team_views.invite, name="user-invite"),
    path("users/invitations/<uuid:invitation_id>/resend", team_views.resend, name="invitation-resend"),
    path("users/invitations/<uuid:invitation_id>/withdraw", team_views.withdraw, name="invitation-withdraw"),
    path("users/practitioners/new", users_views.practitioner, name="practitioner-new"),
    path("users/practitioners/<uuid:practitioner_id>", users_views.practitioner, name="practitioner"),
    path("users/<uuid:membership_id>", users_views.user, name="user"),
    path("integrations", connection_views.integrations, name="integrations"),
    path("integrations/healthcode", connection_views.healthcode, name="healthcode"),
    path("integrations/healthcode/connect", connection_views.connect, name="healthcode-connect"),
    path("integrations/healthcode/test", connection_views.try_again, name="healthcode-test"),
    path("integrations/healthcode/disconnect", connection_views.disconnect, name="healthcode-disconnect"),
    path("audit", audit_views.trail, name="audit"),
    *business,
]
