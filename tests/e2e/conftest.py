"""The whole real product: trained brain, app, demo company."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.product import START_SECONDS, Product

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.brain)
            item.add_marker(pytest.mark.slow)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(START_SECONDS + 180))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started once for all tests that leave it running; whoever moves the clock or settings makes a `Product`."""
    with Product(tmp_path_factory.mktemp("product") / "var") as started:
        yield started


@pytest.fixture(autouse=True)
def whole_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves faults behind for the next one."""
    yield
    if "product" in request.fixturenames:
        request.getfixturevalue("product").control.clear_faults()
