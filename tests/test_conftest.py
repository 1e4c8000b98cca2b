"""The fixtures that start real servers do so."""

from collections.abc import Callable

import pytest
import sqlalchemy


@pytest.mark.postgres
def test_each_database_is_fresh(postgres_database: Callable[[], str]) -> None:
    first, second = postgres_database(), postgres_database()
    assert first != second
    for url in (first, second):
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE t (n integer)"))
            assert connection.execute(sqlalchemy.text("SELECT count(*) FROM t")).scalar() == 0
        engine.dispose()


@pytest.mark.chromium
def test_chromium_is_found(chromium_path: str) -> None:
    assert chromium_path.startswith("/")


@pytest.mark.anyio
async def test_async_tests_run() -> None:
    pass
