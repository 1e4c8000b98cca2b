"""What a message is about: intents grouped into families that share one diagnosis, and how pressing each is."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """Matters that are one case when they concern the same booking."""

    PAYMENT = "payment"  # money, hold and ticket of a booking
    REFUND = "refund"
    JOURNEY = "journey"  # schedule, baggage, facility, data on the booking
    SERVICE = "service"  # how the company behaved or answered
    OTHER = "other"


_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(
        (
            "complain_payment_mismatch",
            "complain_payment_unconfirmed",
            "complain_ticket_not_issued",
            "complain_double_charge",
            "complain_booking_expired",
            "ask_payment_status",
            "ask_booking_status",
            "ask_how_to_pay",
            "give_payment_proof",
            "request_resend_ticket",
        ),
        Family.PAYMENT,
    ),
    **dict.fromkeys(("complain_refund_delay", "ask_refund_status"), Family.REFUND),
    **dict.fromkeys(
        (
            "complain_schedule_change",
            "complain_baggage",
            "complain_facility",
            "complain_data_error",
            "request_reschedule",
            "request_data_correction",
        ),
        Family.JOURNEY,
    ),
    **dict.fromkeys(("complain_staff_attitude", "complain_no_response", "complain_general"), Family.SERVICE),
    **dict.fromkeys(
        (
            "complain_refund_amount",
            "complain_app_error",
            "complain_price_promo",
            "complain_paylater",
            "report_fraud",
            "ask_policy",
            "request_refund",
            "request_cancel_booking",
            "request_personal_data",
        ),
        Family.OTHER,
    ),
}

# Money already paid and a journey near come first; how it was handled comes after what happened.
_PRIORITY: dict[str, int] = {
    "report_fraud": 60,
    "complain_ticket_not_issued": 50,
    "complain_booking_expired": 50,
    "complain_payment_mismatch": 45,
    "complain_payment_unconfirmed": 45,
    "complain_double_charge": 45,
    "complain_schedule_change": 45,
    "complain_baggage": 40,
    "complain_refund_delay": 35,
    "complain_refund_amount": 35,
    "complain_data_error": 35,
    "request_refund": 30,
    "complain_paylater": 30,
    "complain_app_error": 20,
    "complain_staff_attitude": 10,
    "complain_no_response": 10,
    "complain_general": 5,
}

# Riders come along with a concrete matter; they are noted and passed on, not worked on first.
RIDERS = frozenset({"complain_no_response", "complain_staff_attitude", "complain_general"})

# The label in words, for the desk, summaries and "I also noted …".
_NAMES: dict[str, str] = {
    "complain_payment_mismatch": "selisih pembayaran",
    "complain_payment_unconfirmed": "pembayaran yang belum terkonfirmasi",
    "complain_ticket_not_issued": "tiket yang belum terbit",
    "complain_double_charge": "tagihan dobel",
    "complain_booking_expired": "booking yang hangus",
    "complain_refund_delay": "refund yang belum masuk",
    "complain_refund_amount": "jumlah refund",
    "complain_schedule_change": "perubahan jadwal",
    "complain_baggage": "bagasi",
    "complain_facility": "fasilitas",
    "complain_staff_attitude": "sikap petugas",
    "complain_no_response": "telepon atau chat yang tidak dijawab",
    "complain_app_error": "gangguan aplikasi",
    "complain_price_promo": "harga atau promo",
    "complain_paylater": "paylater",
    "complain_data_error": "data yang salah di booking",
    "report_fraud": "dugaan penipuan",
    "complain_general": "keluhan layanan",
    "ask_payment_status": "status pembayaran",
    "ask_booking_status": "status booking",
    "ask_refund_status": "status refund",
    "ask_how_to_pay": "cara bayar",
    "ask_policy": "pertanyaan aturan",
    "request_refund": "permintaan refund",
    "request_reschedule": "permintaan ganti jadwal",
    "request_cancel_booking": "permintaan pembatalan",
    "request_data_correction": "perbaikan data",
    "request_resend_ticket": "kirim ulang e-tiket",
    "request_personal_data": "data pribadi",
    "request_human": "bicara dengan petugas",
    "give_payment_proof": "bukti transfer",
}


def is_matter(intent: str) -> bool:
    """Whether a label names something to be dealt with, rather than a move in the dialogue."""
    return intent in _FAMILIES


def family(intent: str) -> Family:
    return _FAMILIES.get(intent, Family.OTHER)


def priority(intent: str) -> int:
    return _PRIORITY.get(intent, 15)


def name(intent: str) -> str:
    """The matter in Indonesian words, to be put into a sentence."""
    return _NAMES.get(intent, "hal lain")


def pressing_first(intents: tuple[str, ...]) -> tuple[str, ...]:
    """Matters only, without repeats, the most pressing first; riders last."""
    matters = dict.fromkeys(i for i in intents if is_matter(i))
    return tuple(sorted(matters, key=lambda i: (i in RIDERS, -priority(i))))
