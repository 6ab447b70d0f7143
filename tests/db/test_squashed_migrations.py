"""An empty database made by the squashed migrations has the tables that each of them in its turn would have made."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests import migration_history

SQUASHED = {key: one for key, one in MigrationLoader(None).disk_migrations.items() if one.replaces}
# What the autodetector writes follows from the models alone; these change a database behind their back.
BEHIND_THE_MODELS = (migrations.RunSQL, migrations.SeparateDatabaseAndState)


def _tables(state: ProjectState) -> dict[Any, Any]:
    return {
        key: (
            {name: repr(field.deconstruct()[1:]) for name, field in model.fields.items()},
            {
                name: sorted(map(repr, value)) if name in ("indexes", "constraints") else value
                for name, value in model.options.items()
                if value
            },
        )
        for key, model in state.models.items()
    }


def test_the_tables_are_the_same_either_way() -> None:
    in_one_step = MigrationLoader(None).project_state()
    one_by_one = migration_history.loader().project_state()
    assert _tables(in_one_step) == _tables(one_by_one)


@pytest.mark.parametrize("key", SQUASHED, ids=".".join)
def test_what_is_replaced_changes_the_tables_by_its_models_alone(key: tuple[str, str]) -> None:
    history = migration_history.loader().disk_migrations
    replaced = [history[tuple(name)] for name in SQUASHED[key].replaces]
    assert not [one for one in replaced for operation in one.operations if isinstance(operation, BEHIND_THE_MODELS)]


@pytest.mark.parametrize("key", SQUASHED, ids=".".join)
def test_only_an_empty_database_is_made_in_one_step(key: tuple[str, str]) -> None:
    # Rows are carried over by what is replaced. Django takes the squashed one where none of it was applied, and of an
    # installation that has rows the first always was: so it begins with the first, and has no gap.
    names = sorted(name for app, name in migration_history.loader().disk_migrations if app == key[0])
    replaced = [name for _, name in SQUASHED[key].replaces]
    assert replaced == names[: len(replaced)]
