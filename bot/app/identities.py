"""Signed identities of the demo company's customers: what a real company's log-in would hand to the chat page."""

from __future__ import annotations

import time
from typing import Any

import jwt

from bot.backend.control import DemoControl
from bot.web.routes import DemoPerson

_LIFETIME = 24 * 3600


def signed_identity(key: bytes, *, subject: str, phone: str, email: str | None, name: str | None) -> str:
    claims: dict[str, Any] = {"sub": subject, "phone": phone, "exp": int(time.time()) + _LIFETIME}
    claims |= {field: value for field, value in (("email", email), ("name", name)) if value}
    return jwt.encode(claims, key, algorithm="HS256")


def demo_people(control: DemoControl, key: bytes) -> list[DemoPerson]:
    """Whom a visitor of the demo may play: the customers of its named situations."""
    customers = {row["id"]: row for row in control.customers(limit=1000)}
    people = []
    for situation in control.situations():
        name = str(situation["name"])
        customer = customers.get(situation["customer"])
        if customer is None or not customer.get("phone"):
            continue
        identity = signed_identity(
            key,
            subject=customer["id"],
            phone=customer["phone"],
            email=customer.get("email"),
            name=customer["name"],
        )
        people.append(DemoPerson(name, customer["name"], str(situation["description"]), identity))
    return people
