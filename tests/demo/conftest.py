"""A demo company on a free port, and situations made for one test each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.server import running
from demo.settings import Settings

TOKEN = "token-of-the-tests"
Doc = dict[str, Any]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path: Path = tmp_path_factory.mktemp("demo") / "demo.db"
    return Settings(database_url=f"sqlite:///{path}", token=TOKEN)


@pytest.fixture(scope="session")
def address(settings: Settings) -> Iterator[str]:
    with running(settings) as url:
        yield url


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=address, headers=headers, timeout=20) as client:
        yield client
        client.delete("/control/faults")


@pytest.fixture
def act(http: httpx.Client) -> Callable[..., httpx.Response]:
    """POST an act to the contract, under a new key unless one is given."""

    def call(path: str, body: Doc | None = None, key: str | None = None) -> httpx.Response:
        key = key or f"key-{next(_numbers)}"
        return http.post(f"/v1/{path}", json=body or {}, headers={"Idempotency-Key": key})

    return call


@pytest.fixture
def booked(http: httpx.Client) -> Callable[..., str]:
    """Load a booking of its own for this test; gives its code."""

    def load(**changes: Any) -> str:
        number = next(_numbers)
        code = f"TEST{number:03d}"
        customer = {"id": f"t{number}", "name": "Sri Wahyuni", "phone": f"0812999{number:05d}"}
        booking = {
            "code": code,
            "customer": f"t{number}",
            "kind": "flight",
            "status": "awaiting_payment",
            "created_at": "-1h",
            "amount_due": 646305,
            "hold_until": "+2h",
            "passengers": ["Sri Wahyuni"],
            "segments": [
                {
                    "carrier": "Citilink",
                    "number": "QG-812",
                    "origin": "BDO",
                    "destination": "SUB",
                    "departs_at": "+3d 09:20",
                }
            ],
            **changes,
        }
        answer = http.post("/control/situations", json={"customers": [customer], "bookings": [booking]})
        assert answer.status_code == 200, answer.text
        return code

    return load
