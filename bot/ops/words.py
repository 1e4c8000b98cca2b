"""Names of states and kinds in Indonesian, for operators."""

from __future__ import annotations

BOOKING_STATES = {
    "awaiting_payment": ("menunggu pembayaran", "warn"),
    "paid": ("lunas, tiket belum terbit", "warn"),
    "issued": ("tiket terbit", "good"),
    "expired": ("hangus", "bad"),
    "cancelled": ("dibatalkan", ""),
}
KINDS = {"flight": "pesawat", "train": "kereta", "hotel": "hotel"}
PAYMENT_STATES = {
    "pending": "diproses bank",
    "received": "masuk, belum diterima",
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
FAULTS = {
    "down": "sistem mati",
    "slow": "sistem lambat",
    "timeout_after_acting": "putus setelah menjalankan",
}
CHANGES = {
    "delay": "terlambat",
    "reschedule": "jadwal diganti",
    "cancellation": "dibatalkan maskapai",
    "overbooked": "kelebihan penumpang",
}
METHODS = {
    "virtual_account": "virtual account",
    "atm": "ATM",
    "mobile_banking": "m-banking",
    "qris": "QRIS",
    "gopay": "GoPay",
    "ovo": "OVO",
    "dana": "DANA",
    "credit_card": "kartu kredit",
    "convenience_store": "gerai",
}
OUTBOX = {
    "pending": "menunggu",
    "sending": "sedang dikirim",
    "parked": "tertahan",
    "withdrawn": "ditarik",
}
ADVANCES = {
    "15m": "15 menit",
    "1h": "1 jam",
    "6h": "6 jam",
    "1d": "1 hari",
    "2d": "2 hari",
    "7d": "7 hari",
}
CONTACTS = {"phone": "telepon", "mail": "email", "chat": "chat", "counter": "loket"}
CONTACT_OUTCOMES = {
    "unanswered": "tidak dijawab",
    "answered": "dijawab",
    "promised": "dijanjikan",
    "refused": "ditolak",
}
PLACES = {"website": "situs", "app": "aplikasi", "mail": "email", "invoice": "tagihan", "sms": "SMS"}
REQUESTS = {"open": "terbuka", "paid": "dibayar", "expired": "lewat", "cancelled": "dibatalkan"}
SENT = {"sent": "terkirim", "failed": "gagal"}
