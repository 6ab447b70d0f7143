"""Addresses of Workspace Settings > Business; `practice.urls` takes them in under /settings/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.practice import (
    codes_views,
    defaults_views,
    insurers_views,
    payees_views,
    readiness_views,
    services_views,
    sites_views,
)
from clearbill.practice.models import Payee, Site

# What a path gives to a view that serves several.
_PAYEE, _SITE = {"model": Payee}, {"model": Site}
_ON, _OFF = {"is_active": True}, {"is_active": False}

urlpatterns: list[URLPattern] = [
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
