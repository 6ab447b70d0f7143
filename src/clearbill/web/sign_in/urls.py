"""Addresses of signing in and of the account."""

from __future__ import annotations

from django.urls import path

from clearbill.web.sign_in import invitations, set_up, views

urlpatterns = [
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("account/password", views.password, name="password"),
    path("password/forgotten", views.forgotten, name="password-forgotten"),
    path("password/sent", views.forgotten_sent, name="password-forgotten-sent"),
    path("password/<uidb64>/<token>", views.NewPassword.as_view(), name="password-new"),
    path("practice", views.switch_practice, name="practice-switch"),
    path("invitations/<str:secret>", invitations.accept, name="invitation"),
    path("set-up", set_up.set_up, name="set-up"),
]
