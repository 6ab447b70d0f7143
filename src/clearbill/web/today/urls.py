"""Addresses of Today, the search and the front page."""

from __future__ import annotations

from django.urls import path

from clearbill.web.today import views

urlpatterns = [
    path("", views.front, name="front"),
    path("today", views.today, name="today"),
    path("search", views.search, name="search"),
    path("favicon.ico", views.favicon, name="favicon"),
]
