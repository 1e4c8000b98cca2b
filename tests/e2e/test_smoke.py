"""The product as a whole: it starts, answers a customer, survives the death of each part, and stops."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.e2e.product import Product

BIMA = "081200000101"


def test_a_customer_is_answered_about_his_booking(product: Product) -> None:
    product.load("first-story")
    client = product.web_client(product.identity(BIMA))
    client.send("min, kok tagihannya beda sama yang di web? udah saya bayar di atm")
    reply = client.wait_for_reply(holding="643.305")
    assert "Bima" in reply
    shown = product.kawan("conversation", "show", "--channel", "web", "--id", client.conversation, "--json")
    assert [m["text"] for m in json.loads(shown.stdout)] == [m["text"] for m in client.seen]


def test_the_terminal_plays_a_customer(product: Product) -> None:
    done = product.kawan("chat", "--as", BIMA, text="halo\n")
    assert done.returncode == 0, done.stderr
    assert "Kawan: " in done.stdout


@pytest.mark.parametrize("name", ["app", "brain", "demo"])
def test_what_is_killed_comes_back(product: Product, name: str) -> None:
    old = product.kill(name)
    product.wait_restarted(name, old)
    client = product.web_client()
    client.send("halo kak")
    assert client.wait_for_reply()


def test_pages_and_measures_are_there(product: Product) -> None:
    with httpx.Client(base_url=product.url, trust_env=False) as http:
        for path in ("/", "/chat", "/healthz", "/readyz", "/api/docs", "/api/openapi.json"):
            assert http.get(path).status_code == 200, path
        assert "kawan_turns_total" in http.get("/metrics").text
        people = http.get("/chat/demo-identities").json()["people"]
    assert "first-story" in {person["id"] for person in people}


def test_logins_are_kept_for_the_owner_alone(product: Product) -> None:
    assert set(product.accounts()) == {"agen", "supervisor", "pelatih", "admin"}
    for name in ("demo-accounts.txt", "secret.key", "web-identity.key", "demo-token", "rasa-token"):
        assert (product.folder / name).stat().st_mode & 0o777 == 0o600, name
    for password in product.accounts().values():
        assert password in product.output()
