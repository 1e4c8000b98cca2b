from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from bot.errors import SchemaOutdated, SchemaTooNew
from bot.store.engine import create_database_engine
from bot.store.schema import check, upgrade
from bot.store.tables import Base


def test_migrated_schema_is_that_of_the_tables(database_url: str) -> None:
    upgrade(database_url)
    engine = create_database_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_an_empty_database_is_outdated_until_upgraded(database_url: str) -> None:
    with pytest.raises(SchemaOutdated, match="kawan db upgrade"):
        check(database_url)
    upgrade(database_url)
    check(database_url)
    upgrade(database_url)


def test_several_processes_may_upgrade_at_once(database_url: str) -> None:
    errors = []

    def work() -> None:
        try:
            upgrade(database_url)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    check(database_url)


@pytest.mark.parametrize("act", [check, upgrade])
def test_a_newer_schema_is_refused(database_url: str, act: object) -> None:
    upgrade(database_url)
    engine = create_database_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaTooNew, match="9999"):
        act(database_url)  # type: ignore[operator]


def test_a_database_without_version_is_refused(database_url: str) -> None:
    engine = create_database_engine(database_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    with pytest.raises(SchemaTooNew, match="no schema version"):
        upgrade(database_url)
