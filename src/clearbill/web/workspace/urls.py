"""Addresses of the Workspace Settings, under /settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.former_addresses import former_address
from clearbill.web.workspace import (
    audit_trail,
    code_list,
    connection,
    exports,
    home,
    insurers,
    missed_visits,
    payees,
    practice_details,
    services,
    sites,
)
from clearbill.web.workspace import home as workspace_home
from clearbill.web.workspace import payees as workspace_payees
from clearbill.web.workspace.contract_prices import prices as contract_prices
from clearbill.web.workspace.imports import views as imports
from clearbill.web.workspace.team import security, user, users
from clearbill.workspace.models import Payee, Site

# What a path gives to a view that serves several.
_PAYEE, _SITE = {"model": Payee}, {"model": Site}

_ON, _OFF = {"is_active": True}, {"is_active": False}

BUSINESS: list[URLPattern] = [
    path("services", services.service_list, name="services"),
    path("services/new", services.service, name="service-new"),
    path("services/code-search/<slug:kind>", services.code_search, name="code-search"),
    path("services/<uuid:service_id>/edit", services.service, name="service-edit"),
    path("services/<uuid:service_id>/duplicate", services.duplicate, name="service-duplicate"),
    path("services/rates/<uuid:rate_id>/take-back", services.take_back_rate, name="service-rate-take-back"),
    path("services/<uuid:service_id>/activate", services.put_active, _ON, name="service-activate"),
    path("services/<uuid:service_id>/deactivate", services.put_active, _OFF, name="service-deactivate"),
    path("codes", code_list.code_list, name="codes"),
    path("codes/export", former_address("codes"), name="codes-export"),
    path("codes/load", code_list.load, name="codes-load"),
    path("codes/sample", code_list.load_sample, name="codes-sample"),
    path("codes/delete", code_list.delete, name="codes-delete"),
    path("payees", workspace_payees.payees, name="payees"),
    path("payees/new", workspace_payees.payee, name="payee-new"),
    path("payees/exceptions", workspace_payees.add_exception, name="payee-exception-add"),
    path("payees/exceptions/<uuid:rule_id>/remove", workspace_payees.remove_exception, name="payee-exception-remove"),
    path("payees/<uuid:payee_id>/edit", workspace_payees.payee, name="payee-edit"),
    path("payees/<uuid:row_id>/default", payees.make_default, _PAYEE, name="payee-default"),
    path("payees/<uuid:row_id>/activate", payees.put_active, _PAYEE | _ON, name="payee-activate"),
    path("payees/<uuid:row_id>/deactivate", payees.put_active, _PAYEE | _OFF, name="payee-deactivate"),
    path("sites/new", sites.site, name="site-new"),
    path("sites/<uuid:site_id>/edit", sites.site, name="site-edit"),
    path("sites/<uuid:row_id>/default", payees.make_default, _SITE, name="site-default"),
    path("sites/<uuid:row_id>/activate", payees.put_active, _SITE | _ON, name="site-activate"),
    path("sites/<uuid:row_id>/deactivate", payees.put_active, _SITE | _OFF, name="site-deactivate"),
    path("insurers", insurers.insurer_list, name="insurers"),
    path("insurers/<slug:slug>", insurers.insurer, name="insurer"),
    path("missed-visits", missed_visits.missed_visits, name="missed-visits"),
    path("missed-visits/<uuid:policy_id>/take-back", missed_visits.take_back, name="missed-visits-take-back"),
    path("readiness", home.readiness, name="readiness"),
]

PRICES: list[URLPattern] = [
    path("prices", contract_prices.price_list, name="contract-prices"),
    path("prices/export", former_address("contract-prices"), name="contract-prices-export"),
    path("prices/new", contract_prices.new, name="contract-price-new"),
    path("prices/load", contract_prices.load, name="contract-prices-load"),
    path("prices/<uuid:price_id>", contract_prices.price, name="contract-price"),
    path("prices/<uuid:price_id>/describe", contract_prices.describe, name="contract-price-describe"),
    path("prices/<uuid:price_id>/follow", contract_prices.follow, name="contract-price-follow"),
    path("prices/<uuid:price_id>/end", contract_prices.end, name="contract-price-end"),
    path("prices/<uuid:price_id>/withdraw", contract_prices.withdraw, name="contract-price-withdraw"),
    path("prices/<uuid:price_id>/bring-back", contract_prices.bring_back, name="contract-price-bring-back"),
]

IMPORTS: list[URLPattern] = [
    path("imports", imports.import_list, name="imports"),
    path("imports/template", imports.template, name="import-template"),
    path("imports/<uuid:file_id>", imports.file_import, name="import"),
    path("imports/<uuid:file_id>/answers", imports.answer, name="import-answers"),
    path("imports/<uuid:file_id>/rows/<int:row_no>", imports.row, name="import-row"),
    path("imports/<uuid:file_id>/decide", imports.decide_all, name="import-decide"),
    path("imports/<uuid:file_id>/take-in", imports.take_in, name="import-take-in"),
    path("imports/<uuid:file_id>/stop", imports.stop, name="import-stop"),
    path("imports/<uuid:file_id>/check", imports.check_again, name="import-check"),
    path("imports/<uuid:file_id>/undo", imports.undo, name="import-undo"),
    path("imports/<uuid:file_id>/drop", imports.drop, name="import-drop"),
    path("imports/<uuid:file_id>/report", imports.report, name="import-report"),
    path("imports/<uuid:file_id>/original", imports.original, name="import-original"),
]

EXPORTS: list[URLPattern] = [
    path("exports", exports.export_list, name="exports"),
    path("exports/new", exports.ask, name="export-new"),
    path("exports/<uuid:export_id>/file", exports.download, name="export-download"),
    path("exports/<uuid:export_id>/remove", exports.remove, name="export-remove"),
]

urlpatterns = [
    path("", workspace_home.home, name="settings"),
    path("practice", practice_details.details, name="practice-details"),
    path("sign-in", security.security, name="security"),
    path("users", users.users, name="users"),
    path("users/invite", users.invite, name="user-invite"),
    path("users/invitations/<uuid:invitation_id>/resend", users.resend, name="invitation-resend"),
    path("users/invitations/<uuid:invitation_id>/withdraw", users.withdraw, name="invitation-withdraw"),
    path("users/practitioners/new", user.practitioner, name="practitioner-new"),
    path("users/practitioners/<uuid:practitioner_id>", user.practitioner, name="practitioner"),
    path("users/<uuid:membership_id>", user.user, name="user"),
    path("users/<uuid:membership_id>/second-factor/reset", user.reset_second_factor, name="user-second-factor-reset"),
    path("integrations", connection.integrations, name="integrations"),
    path("integrations/healthcode", connection.healthcode, name="healthcode"),
    path("integrations/healthcode/connect", connection.connect, name="healthcode-connect"),
    path("integrations/healthcode/test", connection.try_again, name="healthcode-test"),
    path("integrations/healthcode/disconnect", connection.disconnect, name="healthcode-disconnect"),
    path("audit", audit_trail.trail, name="audit"),
    *BUSINESS,
    *PRICES,
    *IMPORTS,
    *EXPORTS,
]
