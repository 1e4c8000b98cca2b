"""Who a customer of the demo company is, vouched for as a real company's log-in would."""

from __future__ import annotations

from typing import Any

from bot.app.identities import signed_identity
from bot.cli.common import BadInput, demands_demo, demo_company
from bot.settings import Settings


def identity_of(settings: Settings, phone: str) -> dict[str, Any]:
    demands_demo(settings, "`kawan identity`")
    key = settings.secrets.web_identity_key
    wanted = _plain(phone)
    if len(wanted) < 6:
        raise BadInput(f"{phone!r} is no phone number")
    with demo_company(settings) as control:
        customers = control.customers(limit=1000)
    found = next((c for c in customers if c.get("phone") and _plain(c["phone"]) == wanted), None)
    if found is None or key is None:
        raise BadInput(f"no customer of the demo company has the phone {phone!r}; /ops lists them")
    subject, number = str(found["id"]), str(found["phone"])
    email, name = found.get("email"), found.get("name")
    token = signed_identity(key, subject=subject, phone=number, email=email, name=name)
    return {"identity": token, "sub": subject, "phone": number, "email": email, "name": name}


def _plain(phone: str) -> str:
    """Digits after the country's code or the leading zero."""
    digits = "".join(c for c in phone if c.isdigit())
    return digits.removeprefix("62") if digits.startswith("62") else digits.lstrip("0")
