"""What an operator makes happen in the demo company, read from a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.backend.control import DemoControl
from bot.errors import KawanError

Form = Mapping[str, str]


class BadForm(KawanError):
    """A field is missing or cannot be read; the message is Indonesian."""


def rupiah(form: Form, name: str) -> int:
    """'643.305', '643305' or 'Rp 643.305'."""
    digits = (
        form.get(name, "").lower().removeprefix("rp").replace(".", "").replace(" ", "").replace("\u00a0", "")
    )
    if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits[:15]) <= 10**12:
        raise BadForm("Tulis jumlah dalam rupiah, misalnya 643.305.")
    return int(digits)


def local_time(form: Form, name: str, zone: ZoneInfo) -> datetime | None:
    """A browser's datetime-local, in the company's zone."""
    if not form.get(name):
        return None
    try:
        return datetime.fromisoformat(form[name]).replace(tzinfo=zone)
    except ValueError as error:
        raise BadForm("Tanggal dan jamnya tidak terbaca.") from error


def booking_act(control: DemoControl, code: str, act: str, form: Form, zone: ZoneInfo) -> str:
    """Do it; returns what to tell the operator. Raises BadForm or a BackendError."""
    acts: dict[str, Callable[[], tuple[Any, str]]] = {
        "payment": lambda: (
            control.payment_arrives(
                code,
                rupiah(form, "amount"),
                status=form.get("status") or "received",
                method=form.get("method") or None,
                bank=form.get("bank", "").strip() or None,
                payer_name=form.get("payer_name", "").strip() or None,
            ),
            "Pembayaran masuk.",
        ),
        "accept": lambda: (control.accept_payment(code, form.get("payment", "")), "Pembayaran diterima."),
        "issue": lambda: (control.issue_ticket(code), "Tiket terbit."),
        "lapse": lambda: (control.lapse_hold(code), "Batas bayar dilewatkan."),
        "schedule": lambda: (
            control.change_schedule(
                code, form.get("kind", ""), form.get("note", ""), local_time(form, "departs", zone)
            ),
            "Jadwal diubah.",
        ),
        "refund-paid": lambda: (control.refund_paid(form.get("refund", "")), "Refund dibayarkan."),
        "refund-failed": lambda: (control.refund_failed(form.get("refund", "")), "Refund ditolak bank."),
    }
    if act not in acts:
        raise BadForm("Tindakan ini tidak dikenal.")
    return acts[act]()[1]
