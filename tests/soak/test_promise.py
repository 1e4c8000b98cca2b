"""The promise, at length: numbered messages of many customers while every process is killed again and again.

`make soak` runs this, on SQLite and on PostgreSQL. KAWAN_SOAK_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.product import Product, WebClient, until

pytestmark = [pytest.mark.soak, pytest.mark.brain, pytest.mark.slow]

CUSTOMERS = 8
ROUNDS = 12
SAID = ("halo kak nomor {}", "tiket saya mana nomor {}", "kok lama nomor {}", "mau tanya nomor {}")


def answered(customer: WebClient, texts: list[str]) -> bool:
    """Whether every message is in the transcript once, in order, and something was said after the last."""
    transcript = customer.transcript()
    said = [text for who, text in transcript if who == "customer"]
    return said == texts and transcript[-1][0] != "customer"


def converse_under_fire(product: Product, dice: random.Random) -> None:
    customers = [product.web_client() for _ in range(CUSTOMERS)]
    sent: list[list[str]] = [[] for _ in customers]
    for number in range(ROUNDS):
        for customer, texts in zip(customers, sent, strict=True):
            text = dice.choice(SAID).format(number)
            assert customer.send(text).status_code in (200, 202)
            texts.append(text)
        victim = dice.choice(("app", "brain", "demo", None))
        if victim is not None:
            killed = product.kill(victim)
            product.wait_restarted(victim, killed, seconds=180)
    for customer, texts in zip(customers, sent, strict=True):
        until(
            lambda customer=customer, texts=texts: answered(customer, texts), 240, "an answer to everything"
        )
        bots = [(m["seq"], m["text"]) for m in customer.seen if m["from"] != "customer"]
        assert len(bots) == len(set(bots))


def remedy_under_fire(product: Product, dice: random.Random) -> None:
    """The first story with a kill at a random moment: waived once, issued once, told once."""
    product.load("first-story")
    customer = product.web_client(product.identity("+6281200000101"))
    customer.send("udah bayar 643.305 di atm kok email nagih 646.305")
    customer.wait_for_reply(120, holding="3.000")
    customer.choose("hapus selisih")
    victim = dice.choice(("app", "brain", "demo"))
    killed = product.kill(victim)
    product.wait_restarted(victim, killed, seconds=180)
    told = "tiket"
    until(
        lambda: told in customer.transcript()[-1][1].lower() and "/t/" in customer.transcript()[-1][1],
        400,
        "the ticket",
    )
    booking = product.backend.booking("KLN643")
    assert (booking.status.value, booking.waived, len(booking.tickets)) == ("issued", 3000, 1)
    assert sum("/t/" in text for _, text in customer.transcript()) == 1


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_that_nothing_is_lost_doubled_or_disordered(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    settings = {}
    if database == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("postgres_database")
        settings["KAWAN_DATABASE_URL"] = fresh()
    seed = int(os.environ.get("KAWAN_SOAK_SEED", random.randrange(10**6)))
    print(f"KAWAN_SOAK_SEED={seed}")
    dice = random.Random(seed)
    with Product(tmp_path / "var", **settings) as product:
        converse_under_fire(product, dice)
        for _ in range(3):
            remedy_under_fire(product, dice)
