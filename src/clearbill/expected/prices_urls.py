"""Addresses of Workspace Settings > Business > Contract prices, under /settings/prices."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.expected import prices_views as views

urlpatterns: list[URLPattern] = [
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
