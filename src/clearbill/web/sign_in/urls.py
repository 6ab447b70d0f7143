"""Urls."""

from __future__ import annotations

from django.urls import path

from clearbill.web.sign_in import invitations as invitations_views
from clearbill.web.sign_in import set_up as set_up_views
from clearbill.web.sign_in import views

urlpatterns = [
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("account/password", views.password, name="password"),
    path("password/forgotten", views.Forgotten.as_view(), name="password-forgotten"),
    path("password/sent", views.forgotten_sent, name="password-forgotten-sent"),
    path("password/<uidb64>/<token>", views.NewPassword.as_view(), name="password-new"),
    path("practice", views.switch_practice, name="practice-switch"),
    path("invitations/<str:secret>", invitations_views.accept, name="invitation"),
    path("set-up", set_up_views.set_up, name="set-up"),
]
