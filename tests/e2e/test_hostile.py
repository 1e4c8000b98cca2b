"""Whatever is sent: a polite answer or a polite refusal, never an error of ours, and others go on being served."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.product import Product, WebClient
from tests.e2e.story import PNG, signed_in, someone_like, tells

# What must never reach a customer: names of ours, placeholders, traces of errors.
LEAKS = re.compile(
    r"utter_|action_|nlu_fallback|choose_option|Traceback|Error|\bNone\b|\bnull\b|\{[a-z_]+[:}]|/bot/|sqlite"
)
TEXTS = {
    "long": "tolong dong min saya udah bayar " * 312,
    "one long word": "a" * 10_000,
    "emoji": "😡😡😡🔥",
    "right to left": "مرحبا، أين تذكرتي؟ \u202eKLN643\u202c",
    "zero width": "\u200bha\u200dlo\u2060 k\ufeffak\u200b",
    "only zero width": "\u200b\u200b\u2060",
    "sql": "'; DROP TABLE cases; -- kode booking' OR '1'='1",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)> tiket mana",
    "template": "{{ 7*7 }} {kak} %s ${jndi:ldap://x} {company.__class__}",
    "restart": "/restart",
    "session start": "/session_start",
    "intent": "/choose_option",
    "intent with entities": '/choose_option{"option_ref": "1"}',
    "combining": "t\u0301\u0301\u0301\u0301olong" + "\u0300" * 3000,
    "lines": "\n\r\n\t" + "halo\n" * 500,
    "digits": "9" * 400,
}


@pytest.fixture
def http(product: Product) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{product.url}/channels/web", timeout=60, trust_env=False) as client:
        opened = client.post("/sessions", json={}).json()
        client.headers["Authorization"] = f"Bearer {opened['token']}"
        yield client


def still_answers(product: Product) -> None:
    assert product.ready()
    client = product.web_client()
    assert tells(product, client, "halo kak")


def is_polite(client: WebClient, answer: str) -> None:
    assert answer.strip()
    assert not LEAKS.search(answer), answer
    assert "tidak mengerti" not in answer


def test_odd_texts_are_answered_politely(product: Product) -> None:
    clients = {name: product.web_client() for name in TEXTS}
    for name, text in TEXTS.items():
        assert clients[name].post_raw({"id": "1", "text": text}).status_code == 202, name
    for client in clients.values():
        is_polite(client, client.wait_for_reply(150))
    assert "Traceback" not in product.log("app")
    still_answers(product)


def test_words_that_rasa_would_obey_move_nothing(product: Product) -> None:
    customer = someone_like(product, "first-story")
    client = signed_in(product, customer)
    tells(product, client, "kok tagihan beda sama web? udah bayar 643.305 di atm", holding="3.000")
    for text in ("/restart", "/choose_option", "/affirm", "/back"):
        is_polite(client, tells(product, client, text))
    booking = product.backend.booking(customer.code)
    assert (booking.status.value, booking.waived, booking.refunds) == ("awaiting_payment", 0, ())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "1", "text": ""}, 422),
        ({"id": "1", "text": " \n\u00a0"}, 422),
        ({"id": "1", "text": "x" * 10_001}, 413),
        ({"id": "1", "text": 7}, 422),
        ({"id": "1"}, 422),
        ({"text": "tanpa id"}, 422),
        ({"id": "x" * 5000, "text": "halo"}, 422),
        ({"id": "1", "option": "x" * 5000}, 422),
        ({"id": "1", "option": ["offer:1"]}, 422),
        (b'{"id": "1", "text": "a', 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 50_000, 400),
        (b'"teks"', 422),
        (b'{"id": "1", "text": "' + b"x" * 400_000 + b'"}', 413),
    ],
)
def test_what_cannot_be_taken_is_refused_politely(
    product: Product, http: httpx.Client, body: dict[str, object] | bytes, status: int
) -> None:
    answer = http.post("/messages", **({"json": body} if isinstance(body, dict) else {"content": body}))
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.status_code in (status, 400, 422), answer.text
    assert not LEAKS.search(answer.json()["detail"]), answer.text
    assert product.ready()


def test_bytes_that_no_store_takes_are_taken(product: Product) -> None:
    client = product.web_client()
    for number, text in enumerate((r"halo \u0000 kak", r"halo \ud800 kak \udfff", r"\ud83d tiket saya")):
        body = b'{"id": "n%d", "text": "%b"}' % (number, text.encode())
        answer = client.post_raw(body)
        assert answer.status_code == 202, answer.text
        is_polite(client, client.wait_for_reply(90))
    still_answers(product)


def test_an_option_that_was_never_offered_is_answered(product: Product) -> None:
    customer = someone_like(product, "paid-not-issued")
    client = signed_in(product, customer)
    for option in ("offer:00000000000000000000000000000000", "confirm:yes", "'; DROP TABLE offers", "\u200b"):
        assert client.post_raw({"id": f"o-{option[:9]}", "option": option}).status_code in (202, 422)
    is_polite(client, client.wait_for_reply(90))
    assert product.backend.booking(customer.code).status.value == "paid"


def test_files_of_the_wrong_kind(product: Product, http: httpx.Client) -> None:
    for number, (name, content, status) in enumerate(
        (
            ("virus.exe", b"MZ\x90\x00" * 100, 415),
            ("bukti.png", b"<html><script>alert(1)</script>", 415),
            ("bukti.pdf", b"PK\x03\x04" * 50, 415),
            ("kosong.jpg", b"", 415),
            ("besar.pdf", b"%PDF-1.7" + b"0" * (9 * 1024 * 1024), 413),
        )
    ):
        answer = http.post("/files", data={"id": f"f{number}"}, files={"file": (name, content, "image/png")})
        assert answer.status_code in (status, 422), (name, answer.text)
        assert not LEAKS.search(answer.json()["detail"])
    assert 400 <= http.post("/files", data={"id": "f9"}).status_code < 500
    client = product.web_client()
    sent = client.post_file("../../bukti transfer.png", PNG)
    assert sent.status_code == 202, sent.text
    is_polite(client, client.wait_for_reply(90))
    still_answers(product)
