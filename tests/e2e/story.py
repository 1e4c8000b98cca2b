"""Customers of their own for each test, and what the product's store and the company's system say afterwards."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from bot.app.identities import signed_identity
from tests.e2e.product import ROOT, Product, WebClient, until

OPENING = (
    "woi gimana sih ini",
    "di web harganya 643.305, udah saya bayar segitu lewat atm",
    "kok di email ditagih 646.305??",
    "ditelpon 2x ga diangkat!!",
)
TICKET = re.compile(r"http://\S+/t/\S+")
PAY = re.compile(r"http://\S+/pay/\S+")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_numbers = count(10)


@dataclass(frozen=True)
class Customer:
    id: str
    phone: str
    email: str
    name: str
    code: str


def showcase(product: Product, name: str) -> Customer:
    """The demo's own customer of a named situation, set up anew."""
    product.load(name)
    return _customer(json.loads(_file(name).read_text()))


def someone_like(product: Product, name: str) -> Customer:
    """A customer nobody has met, in the same situation."""
    number = next(_numbers)
    text = _file(name).read_text()
    given = json.loads(text)
    known = given["customers"][0]
    for old, new in (
        (given["bookings"][0]["code"], f"K{number}JWB"),
        (known["id"], f"{known['id']}-{number}"),
        (known["phone"], f"+62812009000{number}"),
        (known["email"], f"pelanggan{number}@contoh.id"),
    ):
        text = text.replace(old, new)
    product.load(json.loads(text))
    return _customer(json.loads(text))


def _file(name: str) -> Path:
    return ROOT / "demo" / "situations" / f"{name}.json"


def _customer(situation: dict[str, Any]) -> Customer:
    known = situation["customers"][0]
    return Customer(
        known["id"], known["phone"], known["email"], known["name"], situation["bookings"][0]["code"]
    )


def signed_in(product: Product, customer: Customer) -> WebClient:
    """On the web chat, as the company's own log-in hands a customer over."""
    key = (product.folder / "web-identity.key").read_bytes().strip()
    identity = signed_identity(
        key, subject=customer.id, phone=customer.phone, email=customer.email, name=customer.name
    )
    return product.web_client(identity)


def rows(product: Product, query: str, *values: object) -> list[tuple[Any, ...]]:
    """From the product's store, while it runs."""
    with closing(sqlite3.connect(f"file:{product.folder / 'kawan.db'}?mode=ro", uri=True)) as store:
        return list(store.execute(query, values))


def cause(product: Product, code: str) -> str | None:
    """What the latest case of this booking was found to be."""
    found = rows(product, "SELECT cause FROM cases WHERE booking_code = ? ORDER BY created_at", code)
    return found[-1][0] if found else None


def waits_for_a_person(product: Product, client: WebClient) -> str | None:
    """The reason with which the conversation waits at the desk."""
    found = rows(
        product,
        "SELECT reason FROM handovers WHERE conversation_id = ? AND status = 'waiting'",
        client.conversation,
    )
    return found[-1][0] if found else None


def tells(product: Product, client: WebClient, *bubbles: str, holding: str = "") -> str:
    """Say all of it, read the answer."""
    for bubble in bubbles:
        assert client.send(bubble).status_code == 202
    return client.wait_for_reply(90, holding=holding)


def nothing_is_open(product: Product, conversation: str) -> bool:
    """Every message was answered and every answer left."""
    unanswered = rows(
        product,
        "SELECT 1 FROM incoming LEFT JOIN turns ON turns.id = incoming.turn_id WHERE incoming.conversation_id = ?"
        " AND turns.committed_at IS NULL",
        conversation,
    )
    unsent = rows(
        product,
        "SELECT 1 FROM outgoing WHERE conversation_id = ? AND status NOT IN ('sent', 'withdrawn')",
        conversation,
    )
    return not unanswered and not unsent


def assert_waived_and_issued_once(product: Product, client: WebClient, code: str) -> None:
    """The first story ended as it should: each act once, told once, nothing lost."""
    until(lambda: nothing_is_open(product, client.conversation), 60, "the last answer")
    booking = product.backend.booking(code)
    assert (booking.status.value, booking.waived, len(booking.tickets)) == ("issued", 3000, 1)
    done = Counter(o["operation"] for o in product.control.operations(code))
    assert done == {"waive": 1, "accept_payment": 1, "issue": 1, "send_ticket": 1}
    steps = rows(
        product,
        "SELECT step, remedies.status FROM remedies JOIN cases ON cases.id = case_id WHERE conversation_id = ?",
        client.conversation,
    )
    assert sorted(steps) == [(step, "done") for step in ("accept", "issue", "send_ticket", "waive")]
    told = [text for author, text in client.transcript() if author == "bot" and TICKET.search(text)]
    assert len(told) == 1, told
    assert booking.tickets[0].number in told[0]
