"""Addresses of signing in and of the account."""

from __future__ import annotations

from django.urls import path

from clearbill.web.sign_in import confirmation, invitations, sessions, set_up, views
from clearbill.web.sign_in.second_factor import pages, second_step

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
    path("account/confirm", confirmation.confirm, name="confirm"),
    path("account/sessions", sessions.session_list, name="sessions"),
    path("account/sessions/<int:session_id>/end", sessions.end, name="session-end"),
    path("account/lock", sessions.lock, name="lock"),
    path("account/sessions/end-others", sessions.end_others, name="sessions-end-others"),
    # The names are those that django-allauth leads to.
    path("sign-in", views.SignIn.as_view(), name="account_login"),
    path("sign-in/second-step", second_step.second_step, name="mfa_authenticate"),
    path("sign-in/passkey", second_step.passkey, name="mfa_login_webauthn"),
    path("sign-in/passkey/options", second_step.passkey_options, name="passkey-options"),
    path("account/second-factor", pages.overview, name="mfa_index"),
    path("account/second-factor/app", pages.add_app, name="mfa_activate_totp"),
    path("account/second-factor/app/remove", pages.remove_app, name="mfa_deactivate_totp"),
    path("account/second-factor/passkeys/new", pages.add_passkey, name="mfa_add_webauthn"),
    path("account/second-factor/passkeys/<int:pk>/remove", pages.remove_passkey, name="mfa_remove_webauthn"),
    path("account/second-factor/codes", pages.codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new", pages.new_codes, name="mfa_generate_recovery_codes"),
]
