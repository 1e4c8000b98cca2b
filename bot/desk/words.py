"""What the store and the company's system say, in the words of the people at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.care.diagnosis import CAUSES
from bot.care.names import METHODS
from bot.web.format import rupiah

REASONS = {
    "asked": "minta bicara dengan orang",
    "asked_why": "bertanya alasan",
    "asked_how_long": "bertanya berapa lama",
    "authority": "perlu persetujuan",
    "proposal": "punya usul sendiri",
    "declined_all": "menolak semua tawaran",
    "needs_person": "perlu ditangani orang",
    "not_identified": "identitas belum terbukti",
    "not_understood": "cerita belum dipahami",
    "choice_unclear": "pilihan tidak jelas",
    "file": "mengirim berkas",
    "act_refused": "ditolak sistem pemesanan",
    "booking_gone": "booking tidak ditemukan",
    "system_down": "sistem pemesanan gangguan",
    "brain_down": "Kawan tidak bisa menjawab",
    "money_missing": "uang belum masuk",
    "refund_late": "refund terlambat",
    "refund_failed": "refund ditolak bank",
    "threat": "mengancam melapor",
    "proactive": "diambil petugas",
    "no_remedy": "tidak ada jalan di SOP",
}
CHANNELS = {"web": "Web", "telegram": "Telegram", "whatsapp": "WhatsApp"}
CASE_STATES = {
    "open": "terbuka",
    "waiting_customer": "menunggu pelanggan",
    "waiting_approval": "menunggu persetujuan",
    "waiting_system": "menunggu sistem",
    "with_person": "di petugas",
    "resolved": "selesai",
    "closed": "ditutup",
}
SIDES = {"company": "pihak kami", "customer": "pelanggan", "bank": "bank", "nobody": "belum pasti"}
OFFER_STATES = {
    "open": ("terbuka", "brand"),
    "chosen": ("sedang dijalankan", "warn"),
    "done": ("dijalankan", "good"),
    "declined": ("ditolak pelanggan", ""),
    "superseded": ("tidak berlaku lagi", ""),
    "failed": ("ditolak sistem", "bad"),
}
AUTHORITIES = {
    "bot": "boleh dijalankan bot",
    "agent": "perlu petugas",
    "supervisor": "perlu supervisor",
    "nobody": "tidak ada yang boleh",
}
STEPS = {
    "waive": "hapus selisih",
    "hold": "perpanjang batas bayar",
    "request_payment": "buat tagihan",
    "accept": "terima pembayaran",
    "issue": "terbitkan tiket",
    "send_ticket": "kirim tiket",
    "rebook": "pesan ulang",
    "refund": "kembalikan uang",
    "expedite": "percepat refund",
}
REMEDY_STATES = {
    "planned": ("direncanakan", ""),
    "done": ("berhasil", "good"),
    "refused": ("ditolak sistem", "bad"),
    "unknown": ("belum pasti", "warn"),
}
MOODS = {
    "calm": ("tenang", "good"),
    "annoyed": ("kesal", "warn"),
    "angry": ("marah", "bad"),
    "desperate": ("putus asa", "bad"),
}
RULINGS = {
    "offered": ("ditawarkan", "good"),
    "not applicable": ("tidak berlaku", ""),
    "over limit": ("di atas batas", "warn"),
    "nobody may": ("tidak boleh", "bad"),
}
OUTCOMES = {
    "solved": "Selesai",
    "back_to_bot": "Dilanjutkan Kawan",
    "promised": "Dijanjikan",
    "refused": "Ditolak",
}
SOURCES = {
    "customer": "pelanggan",
    "backend": "sistem pemesanan",
    "bot": "Kawan",
    "agent": "petugas",
    "system": "sistem",
}
BOOKING_STATES = {
    "awaiting_payment": ("menunggu pembayaran", "warn"),
    "paid": ("lunas, tiket belum terbit", "warn"),
    "issued": ("tiket terbit", "good"),
    "expired": ("hangus", "bad"),
    "cancelled": ("dibatalkan", ""),
}
PAYMENT_STATES = {
    "pending": "diproses bank",
    "received": "uang masuk, belum diterima untuk booking",
    "accepted": "diterima",
    "failed": "gagal",
    "refunded": "dikembalikan",
}
REFUND_STATES = {
    "requested": "diajukan",
    "processing": "diproses",
    "paid": "dibayarkan",
    "failed": "ditolak bank",
    "refused": "ditolak",
}
PLACES = {"website": "situs", "app": "aplikasi", "mail": "email", "invoice": "tagihan", "sms": "SMS"}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    note: str = ""
    strong: bool = False


def cause(name: str | None) -> str:
    return CAUSES.get(name or "", name or "belum diperiksa")


def facts(figures: Mapping[str, Any], moment: Callable[[datetime], str]) -> list[Fact]:
    """The verified figures of a diagnosis in reading order; ids that help nobody are left out."""

    def at(name: str) -> str:
        value = figures.get(name)
        return moment(datetime.fromisoformat(value)) if value else ""

    def said(*parts: str) -> str:
        return " · ".join(part for part in parts if part)

    def method(prefix: str) -> str:
        name = str(figures.get(f"{prefix}_method") or "")
        return f"{METHODS.get(name, name)} {figures.get(f'{prefix}_bank') or ''}".strip()

    def place(name: str) -> str:
        value = str(figures.get(name) or "")
        return PLACES.get(value, value)

    sums: tuple[tuple[str, str, str, bool], ...] = (
        ("shown", "Ditampilkan", said(place("shown_where"), at("shown_at")), False),
        ("billed", "Ditagih", said(place("billed_where"), at("billed_at")), False),
        ("due", "Harus dibayar", "", False),
        ("paid", "Sudah dibayar", said(method("paid"), at("paid_at")), False),
        ("pending", "Diproses bank", said(method("paid"), at("pending_at")), False),
        ("difference", "Kurang", "", True),
        ("excess", "Lebih", said(method("second"), at("second_paid_at")), True),
        ("price_now", "Harga hari ini", f"{figures.get('available', 0)} tersedia", False),
        ("price_rise", "Kenaikan harga", "", False),
        (
            "refund",
            "Refund",
            said(str(figures.get("destination") or ""), str(figures.get("reason") or "")),
            True,
        ),
    )
    found = [
        Fact(label, rupiah(int(figures[name])), note, strong)
        for name, label, note, strong in sums
        if figures.get(name) is not None and not (name == "price_rise" and not figures[name])
    ]
    if status := figures.get("status"):
        found.append(Fact("Status booking", BOOKING_STATES.get(str(status), (str(status), ""))[0]))
    if figures.get("ticket"):
        note = said(at("issued_at"), f"dikirim ke {figures['sent_to']}" if figures.get("sent_to") else "")
        found.append(Fact("Tiket", str(figures["ticket"]), note))
    for name, label in (
        ("hold_until", "Batas bayar"),
        ("requested_at", "Refund diajukan"),
        ("promised_by", "Dijanjikan paling lambat"),
        ("refund_paid_at", "Refund dibayarkan"),
    ):
        if when := at(name):
            found.append(Fact(label, when))
    if figures.get("days_late"):
        found.append(Fact("Terlambat", f"{figures['days_late']} hari"))
    if figures.get("unanswered_contacts"):
        found.append(Fact("Menghubungi tanpa jawaban", f"{figures['unanswered_contacts']} kali"))
    return found


def proofs(identity: Any) -> list[str]:
    """How it is known who is writing."""
    found = []
    if identity.proven_subject:
        found.append("masuk lewat akun perusahaan")
    if identity.proven_phone:
        found.append(f"nomor terbukti {identity.proven_phone}")
    if identity.proven_email:
        found.append(f"email terbukti {identity.proven_email}")
    found += [f"kode {code} dengan fakta kedua" for code in identity.proven_codes]
    return found


def everything() -> dict[str, Any]:
    """For templates."""
    names = (
        "REASONS CHANNELS CASE_STATES SIDES OFFER_STATES AUTHORITIES STEPS REMEDY_STATES MOODS RULINGS "
        "OUTCOMES SOURCES BOOKING_STATES PAYMENT_STATES REFUND_STATES METHODS PLACES"
    )
    return {name: globals()[name] for name in names.split()} | {"cause_of": cause, "proofs": proofs}
