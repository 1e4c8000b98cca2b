"""Makes up bookings in every situation, in the load format."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from demo import seed_world as world

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
Doc = dict[str, Any]


class Maker:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.codes: set[str] = set()
        self.number = 0

    def pick(self, items: Any) -> Any:
        return self.random.choice(items)

    def customer(self) -> Doc:
        self.number += 1
        woman = self.random.random() < 0.5
        given, family = self.pick(world.GIVEN_F if woman else world.GIVEN_M), self.pick(world.FAMILY)
        mail = f"{given}.{family}{self.number}@contoh.id".lower().replace(" ", "")
        customer: Doc = {
            "id": f"C{self.number:04d}",
            "name": f"{given} {family}",
            "phone": f"+62{self.pick(('812', '813', '821', '852', '857', '878', '896'))}"
            f"{7000_0000 + self.number * 137:08d}",
            "email": mail,
        }
        if self.random.random() < 0.6:
            customer["form_of_address"] = "Ibu" if woman else "Bapak"
        if self.random.random() < 0.3:
            chat = str(910_000_000 + self.number)
            customer["identities"] = [{"channel": "telegram", "id": chat}]
        return customer

    def code(self) -> str:
        while True:
            code = "".join(self.random.choices(ALPHABET, k=6))
            if code not in self.codes and not code.isdigit():
                self.codes.add(code)
                return code

    def passengers(self, customer: Doc, count: int) -> list[str]:
        names = [customer["name"]]
        while len(names) < count:
            given = self.pick(world.GIVEN_F + world.GIVEN_M)
            names.append(f"{given} {customer['name'].split()[-1]}")
        return names

    def booking(self, customer: Doc, days: int) -> Doc:
        """An ordinary booking that begins in so many days, without status and money."""
        make = self.random.choices((self.flight, self.train, self.hotel), (5, 3, 3))[0]
        return {"code": self.code(), "customer": customer["id"], **make(customer, days)}

    def flight(self, customer: Doc, days: int) -> Doc:
        origin, destination, minutes, fare = self.pick(world.FLIGHTS)
        carrier, letters = self.pick(world.AIRLINES)
        (origin_name, zone), (destination_name, _) = world.AIRPORTS[origin], world.AIRPORTS[destination]
        departs, arrives = self.hours(days, minutes)
        people = self.passengers(customer, self.pick((1, 1, 1, 2, 3)))
        segment = {
            "carrier": carrier,
            "number": f"{letters}-{self.random.randint(100, 989)}",
            "origin": origin,
            "origin_name": origin_name,
            "destination": destination,
            "destination_name": destination_name,
            "departs_at": departs,
            "arrives_at": arrives,
            "origin_zone": zone,
        }
        price = (fare + self.random.randint(-60, 90) * 1000) * len(people)
        return {"kind": "flight", "passengers": people, "segments": [segment], "amount_due": price}

    def train(self, customer: Doc, days: int) -> Doc:
        origin, origin_name, destination, destination_name, minutes, fare, train = self.pick(world.TRAINS)
        departs, arrives = self.hours(days, minutes)
        people = self.passengers(customer, self.pick((1, 1, 2, 4)))
        name, number = train.rsplit(" ", 1)
        segment = {
            "carrier": f"KAI {name}",
            "number": number,
            "origin": origin,
            "origin_name": origin_name,
            "destination": destination,
            "destination_name": destination_name,
            "departs_at": departs,
            "arrives_at": arrives,
        }
        price = (fare + self.random.randint(-2, 6) * 5000) * len(people)
        return {"kind": "train", "passengers": people, "segments": [segment], "amount_due": price}

    def hotel(self, customer: Doc, days: int) -> Doc:
        hotel, city, room, rate = self.pick(world.HOTELS)
        nights = self.random.randint(1, 4)
        stay = {
            "hotel": hotel,
            "city": city,
            "room": room,
            "check_in": f"{days:+d}d",
            "check_out": f"{days + nights:+d}d",
        }
        price = (rate + self.random.randint(-3, 8) * 10_000) * nights
        return {"kind": "hotel", "passengers": [customer["name"]], "stay": stay, "amount_due": price}

    def hours(self, days: int, minutes: int) -> tuple[str, str]:
        start = self.random.randint(5, 19) * 60 + self.pick((0, 10, 25, 40, 55))
        end = start + minutes
        later, rest = divmod(end, 24 * 60)
        departs = f"{days:+d}d {start // 60:02d}:{start % 60:02d}"
        return departs, f"{days + later:+d}d {rest // 60:02d}:{rest % 60:02d}"

    def unique(self, booking: Doc) -> None:
        """Add a unique code to the sum, as transfers have it."""
        code = self.random.randint(101, 989)
        booking["unique_code"] = code
        booking["amount_due"] += code

    def prices(self, booking: Doc, age: int, shown: int | None = None) -> None:
        due = booking["amount_due"]
        booking["prices"] = [
            {"amount": shown or due, "kind": "shown", "where": "website", "at": f"-{age}m"},
            {"amount": due, "kind": "billed", "where": "mail", "at": f"-{age - 1}m"},
        ]
        booking["created_at"] = f"-{age}m"

    def payment(self, booking: Doc, amount: int, status: str, age: int, customer: Doc) -> Doc:
        method, at_bank = self.pick(world.WAYS)
        payment: Doc = {
            "amount": amount,
            "method": method,
            "status": status,
            "paid_at": f"-{age}m",
            "payer_name": customer["name"],
            "reference": f"{self.random.randrange(10**9):09d}",
        }
        if at_bank:
            payment["bank"] = self.pick(world.BANKS)
            payment["account_tail"] = f"{self.random.randrange(10**4):04d}"
        booking.setdefault("payments", []).append(payment)
        payment["id"] = f"pay_{booking['code']}_{len(booking['payments'])}"
        return payment

    def notify(self, booking: Doc, subject: str, age: int, **more: Any) -> None:
        note = {"channel": "mail", "at": f"-{age}m", "subject": subject, **more}
        booking.setdefault("notifications", []).append(note)

    def tickets(self, booking: Doc, age: int, sent_to: str | None) -> None:
        count = 1 if booking["kind"] == "hotel" else len(booking["passengers"])
        ticket: Doc = {"issued_at": f"-{age}m"}
        if sent_to:
            ticket |= {"sent_to": sent_to, "sent_at": f"-{age}m"}
            self.notify(booking, f"E-tiket pesanan {booking['code']}", age)
        booking["tickets"] = [dict(ticket) for _ in range(count)]

    def contacts(self, customer: Doc, booking: Doc, outcome: str, *ages: int) -> None:
        customer.setdefault("contacts", []).extend(
            {"channel": "phone", "at": f"-{age}m", "outcome": outcome, "booking": booking["code"]}
            for age in ages
        )

    def quote(self, booking: Doc, percent: int, available: int) -> None:
        price = booking["amount_due"] * percent // 100 // 1000 * 1000
        booking["quotes"] = [{"price": price, "available": available}]


def _awaiting(m: Maker, b: Doc, c: Doc) -> None:
    age = m.random.randint(5, 90)
    m.unique(b)
    m.prices(b, age)
    b |= {"status": "awaiting_payment", "hold_until": f"+{m.random.randint(20, 600)}m"}
    m.notify(b, f"Tagihan pesanan {b['code']}", age - 1, amount=b["amount_due"])


def _price_mismatch(m: Maker, b: Doc, c: Doc) -> None:
    age = m.random.randint(70, 240)
    m.unique(b)
    shown = b["amount_due"]
    b["amount_due"] += m.pick((2500, 3000, 5000, 7000, 12_000))
    m.prices(b, age, shown)
    b |= {"status": "awaiting_payment", "hold_until": f"+{m.random.randint(4, 30)}h"}
    m.payment(b, shown, "received", age - 30, c)
    m.notify(b, f"Tagihan pesanan {b['code']}", age - 1, amount=b["amount_due"])
    if m.random.random() < 0.5:
        m.contacts(c, b, "unanswered", age - 45, age - 55)


def _underpaid(m: Maker, b: Doc, c: Doc) -> None:
    _awaiting(m, b, c)
    short = m.pick((b["unique_code"], 1000, 5000, 10_000, 50_000))
    b |= {"hold_until": f"+{m.random.randint(3, 30)}h"}
    m.payment(b, b["amount_due"] - short, "received", 4, c)


def _overpaid(m: Maker, b: Doc, c: Doc) -> None:
    _unconfirmed(m, b, c)
    b["payments"][0]["amount"] += m.pick((300, 5000, 10_000, 100_000))


def _unconfirmed(m: Maker, b: Doc, c: Doc) -> None:
    age = m.random.randint(90, 400)
    m.unique(b)
    m.prices(b, age)
    b |= {"status": "awaiting_payment", "hold_until": f"+{m.random.randint(3, 30)}h"}
    m.payment(b, b["amount_due"], m.pick(("received", "received", "pending")), age - 20, c)


def _paid(m: Maker, b: Doc, c: Doc) -> None:
    age = m.random.randint(200, 1500)
    m.prices(b, age)
    b["status"] = "paid"
    m.payment(b, b["amount_due"], "accepted", age - 15, c)
    m.notify(b, f"Pembayaran pesanan {b['code']} diterima", age - 16)


def _issued(m: Maker, b: Doc, c: Doc) -> None:
    _paid(m, b, c)
    b["status"] = "issued"
    m.tickets(b, 120, c["email"])


def _not_received(m: Maker, b: Doc, c: Doc) -> None:
    _paid(m, b, c)
    b["status"] = "issued"
    m.tickets(b, 150, None)
    if m.random.random() < 0.6:
        m.notify(b, f"E-tiket pesanan {b['code']}", 150, status="failed")


def _expired_unpaid(m: Maker, b: Doc, c: Doc) -> None:
    age = m.random.randint(200, 2000)
    m.unique(b)
    m.prices(b, age)
    b |= {"status": "expired", "hold_until": f"-{age - 60}m"}
    m.notify(b, f"Pesanan {b['code']} kedaluwarsa", age - 61)
    m.quote(b, m.pick((100, 104, 118)), m.pick((0, 5, 9)))


def _expired_after_payment(m: Maker, b: Doc, c: Doc) -> None:
    _expired_unpaid(m, b, c)
    held = int(b["hold_until"][1:-1])
    m.payment(b, b["amount_due"], "received", held + m.random.randint(5, 40), c)


def _paid_after_expiry(m: Maker, b: Doc, c: Doc) -> None:
    _expired_unpaid(m, b, c)
    held = int(b["hold_until"][1:-1])
    m.payment(b, b["amount_due"], "received", held - m.random.randint(5, 90), c)


def _double_charge(m: Maker, b: Doc, c: Doc) -> None:
    _issued(m, b, c)
    first = b["payments"][0]
    again = {**first, "id": f"pay_{b['code']}_2", "status": m.pick(("received", "accepted"))}
    again |= {
        "paid_at": f"-{int(first['paid_at'][1:-1]) - 4}m",
        "reference": f"{m.random.randrange(10**9):09d}",
    }
    b["payments"].append(again)


def _refund(m: Maker, b: Doc, c: Doc, requested: int, promised: str, **more: Any) -> None:
    _paid(m, b, c)
    age = (requested + 3) * 1440
    m.prices(b, age)
    b["payments"][0]["paid_at"] = f"-{age - 20}m"
    b["notifications"] = []
    b["status"] = "cancelled"
    b["refunds"] = [
        {
            "amount": b["amount_due"],
            "status": "processing",
            "requested_at": f"-{requested}d",
            "promised_by": promised,
            "payment_id": b["payments"][0]["id"],
            "reason": "dibatalkan pelanggan",
            **more,
        }
    ]


def _refund_overdue(m: Maker, b: Doc, c: Doc) -> None:
    requested = m.random.randint(9, 30)
    _refund(m, b, c, requested, f"-{requested - 5}d 17:00")
    if m.random.random() < 0.4:
        m.contacts(c, b, "promised", (requested - 6) * 1440)


def _refund_waiting(m: Maker, b: Doc, c: Doc) -> None:
    _refund(m, b, c, m.random.randint(1, 2), f"+{m.random.randint(2, 4)}d 17:00")


def _refund_failed(m: Maker, b: Doc, c: Doc) -> None:
    _refund(m, b, c, 8, "-3d 17:00", status="failed")


def _refund_paid(m: Maker, b: Doc, c: Doc) -> None:
    _refund(m, b, c, 9, "-4d 17:00", status="paid", paid_at="-5d 11:20")
    b["payments"][0]["status"] = "refunded"


def _schedule_changed(m: Maker, b: Doc, c: Doc) -> None:
    _issued(m, b, c)
    if not b.get("segments"):
        b["schedule_changes"] = [{"kind": "overbooked", "at": "-5h", "note": "hotel kelebihan tamu"}]
        return
    day = b["segments"][0]["departs_at"].split(" ")[0]
    kind = m.pick(("delay", "reschedule", "cancellation"))
    change: Doc = {"kind": kind, "at": "-4h", "note": "alasan operasional"}
    if kind != "cancellation":
        change["new_departs_at"] = f"{day} 21:30"
    b["schedule_changes"] = [change]


def _baggage(m: Maker, b: Doc, c: Doc) -> None:
    _issued(m, b, c)
    kind = m.pick(("lost", "damaged", "delayed"))
    b["baggage"] = [{"kind": kind, "at": "-30h", "note": "koper biru, dilaporkan di konter"}]
    _age(b, 10)


def _travelled(m: Maker, b: Doc, c: Doc) -> None:
    _issued(m, b, c)
    _age(b, 40)


def _cancelled(m: Maker, b: Doc, c: Doc) -> None:
    _expired_unpaid(m, b, c)
    b["status"] = "cancelled"
    b.pop("quotes")


def _age(b: Doc, days: int) -> None:
    """Move purchase and ticket of a past journey before it."""
    b["created_at"] = f"-{days}d 10:00"
    for index, price in enumerate(b["prices"]):
        price["at"] = f"-{days}d 10:0{index}"
    b["payments"][0]["paid_at"] = f"-{days}d 10:25"
    b["notifications"] = [{**n, "at": f"-{days}d 10:4{i}"} for i, n in enumerate(b["notifications"])]
    for ticket in b["tickets"]:
        ticket["issued_at"] = ticket["sent_at"] = f"-{days}d 10:41"


# situation, how many, in how many days the journey begins, what makes it so
PLAN: tuple[tuple[str, int, tuple[int, int], Callable[[Maker, Doc, Doc], None]], ...] = (
    ("awaiting-payment", 22, (2, 40), _awaiting),
    ("price-mismatch", 16, (3, 30), _price_mismatch),
    ("underpaid", 18, (3, 30), _underpaid),
    ("overpaid", 15, (3, 30), _overpaid),
    ("paid-unconfirmed", 20, (3, 30), _unconfirmed),
    ("paid-not-issued", 20, (2, 30), _paid),
    ("issued-not-received", 18, (2, 30), _not_received),
    ("expired-unpaid", 15, (3, 30), _expired_unpaid),
    ("expired-after-payment", 15, (3, 30), _expired_after_payment),
    ("paid-after-expiry", 12, (3, 30), _paid_after_expiry),
    ("double-charge", 15, (3, 30), _double_charge),
    ("refund-overdue", 15, (4, 30), _refund_overdue),
    ("refund-within-promise", 12, (4, 30), _refund_waiting),
    ("refund-failed", 6, (4, 30), _refund_failed),
    ("refund-paid", 8, (4, 30), _refund_paid),
    ("schedule-changed", 15, (2, 10), _schedule_changed),
    ("baggage", 8, (-5, -2), _baggage),
    ("issued", 50, (2, 60), _issued),
    ("travelled", 25, (-30, -5), _travelled),
    ("cancelled", 10, (3, 30), _cancelled),
)


def make_bookings(seed: int) -> Doc:
    """A situation in the load format: the same for the same seed."""
    maker = Maker(seed)
    customers: list[Doc] = []
    bookings: list[Doc] = []
    for situation, count, (first, last), shape in PLAN:
        for _ in range(count):
            # Some customers have several bookings, so that a phone alone does not decide which.
            known = customers and maker.random.random() < 0.08
            customer = maker.pick(customers) if known else maker.customer()
            if not known:
                customers.append(customer)
            days = maker.random.randint(first, last)
            booking = maker.booking(customer, days)
            if situation == "baggage" and booking["kind"] != "flight":
                booking = {
                    "code": booking["code"],
                    "customer": customer["id"],
                    **maker.flight(customer, days),
                }
            shape(maker, booking, customer)
            booking["situation"] = situation
            bookings.append(booking)
    return {"name": "seed", "customers": customers, "bookings": bookings}
