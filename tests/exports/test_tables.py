"""Every table is thought of: its rows leave with their practice, or a reason says why they stay."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from clearbill.exports.tables import STAYS, columns_of, exported_models, way_to_practice
from clearbill.people.models import Practice, User

OURS = [model for model in apps.get_models() if model.__module__.startswith("clearbill.")]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_each_table_leaves_by_its_practice_or_says_why_it_stays(model: type[Model]) -> None:
    if model in STAYS:
        assert model not in exported_models()
        return
    assert model in exported_models()
    if model not in (Practice, User):
        assert way_to_practice(model)


def test_a_table_comes_after_those_that_its_rows_point_to() -> None:
    models = exported_models()
    for place, model in enumerate(models):
        for field in model._meta.concrete_fields:
            to = field.related_model
            if field.is_relation and not field.null and to in models and to is not model:
                assert models.index(to) < place, f"{model._meta.label} before {to._meta.label}"


def test_nothing_leaves_that_opens_a_door() -> None:
    names = {f"{model._meta.label_lower}.{name}" for model in exported_models() for name in columns_of(model)}
    assert not [name for name in names if any(word in name for word in ("password", "secret", "encrypted", "api_key"))]
    assert "people.user.email" in names
