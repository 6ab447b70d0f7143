"""Addresses of Workspace Settings > Business; `practice.urls` takes them in under /settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.workspace import audit_trail as audit_views
from clearbill.web.workspace import code_list as codes_views
from clearbill.web.workspace import connection as connection_views
from clearbill.web.workspace import contract_prices as views
from clearbill.web.workspace import home as readiness_views
from clearbill.web.workspace import home as settings_views
from clearbill.web.workspace import insurers as insurers_views
from clearbill.web.workspace import organisation as workspace_settings_views
from clearbill.web.workspace import payees as defaults_views
from clearbill.web.workspace import payees as payees_views
from clearbill.web.workspace import services as services_views
from clearbill.web.workspace import sites as sites_views
from clearbill.web.workspace.team import user as users_views
from clearbill.web.workspace.team import users as team_views
from clearbill.workspace.models import Payee, Site

# What a path gives to a view that serves several.
_PAYEE, _SITE = {"model": Payee}, {"model": Site}

_ON, _OFF = {"is_active": True}, {"is_active": False}

BUSINESS: list[URLPattern] = [
    path("services", services_views.service_list, name="services"),
    path("services/new", services_views.new_service, name="service-new"),
    path("services/code-search/<slug:kind>", services_views.code_search, name="code-search"),
    path("services/<uuid:service_id>/edit", services_views.edit_service, name="service-edit"),
    path("services/<uuid:service_id>/duplicate", services_views.duplicate, name="service-duplicate"),
    path("services/<uuid:service_id>/activate", services_views.put_active, _ON, name="service-activate"),
    path("services/<uuid:service_id>/deactivate", services_views.put_active, _OFF, name="service-deactivate"),
    path("codes", codes_views.code_list, name="codes"),
    path("codes/load", codes_views.load, name="codes-load"),
    path("codes/load/<uuid:upload_id>", codes_views.preview, name="codes-preview"),
    path("codes/sample", codes_views.load_sample, name="codes-sample"),
    path("codes/delete", codes_views.delete, name="codes-delete"),
    path("codes/export", codes_views.export, name="codes-export"),
    path("payees", payees_views.payees, name="payees"),
    path("payees/new", payees_views.new_payee, name="payee-new"),
    path("payees/exceptions", payees_views.add_exception, name="payee-exception-add"),
    path("payees/exceptions/<uuid:rule_id>/remove", payees_views.remove_exception, name="payee-exception-remove"),
    path("payees/<uuid:payee_id>/edit", payees_views.edit_payee, name="payee-edit"),
    path("payees/<uuid:row_id>/default", defaults_views.make_default, _PAYEE, name="payee-default"),
    path("payees/<uuid:row_id>/activate", defaults_views.put_active, _PAYEE | _ON, name="payee-activate"),
    path("payees/<uuid:row_id>/deactivate", defaults_views.put_active, _PAYEE | _OFF, name="payee-deactivate"),
    path("sites/new", sites_views.new_site, name="site-new"),
    path("sites/<uuid:site_id>/edit", sites_views.edit_site, name="site-edit"),
    path("sites/<uuid:row_id>/default", defaults_views.make_default, _SITE, name="site-default"),
    path("sites/<uuid:row_id>/activate", defaults_views.put_active, _SITE | _ON, name="site-activate"),
    path("sites/<uuid:row_id>/deactivate", defaults_views.put_active, _SITE | _OFF, name="site-deactivate"),
    path("insurers", insurers_views.insurer_list, name="insurers"),
    path("insurers/<slug:slug>", insurers_views.insurer, name="insurer"),
    path("readiness", readiness_views.readiness, name="readiness"),
]

PRICES: list[URLPattern] = [
    path("prices", views.price_list, name="contract-prices"),
    path("prices/new", views.new, name="contract-price-new"),
    path("prices/load", views.load, name="contract-prices-load"),
    path("prices/export", views.export, name="contract-prices-export"),
    path("prices/<uuid:price_id>", views.price, name="contract-price"),
    path("prices/<uuid:price_id>/describe", views.describe, name="contract-price-describe"),
    path("prices/<uuid:price_id>/follow", views.follow, name="contract-price-follow"),
    path("prices/<uuid:price_id>/end", views.end, name="contract-price-end"),
    path("prices/<uuid:price_id>/withdraw", views.withdraw, name="contract-price-withdraw"),
    path("prices/<uuid:price_id>/bring-back", views.bring_back, name="contract-price-bring-back"),
]

urlpatterns = [
    path("", settings_views.home, name="settings"),
    path("practice", workspace_settings_views.details, name="practice-details"),
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
    *BUSINESS,
    *PRICES,
]
