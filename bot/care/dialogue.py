"""What the last reply asked for, and what an answer to it means.

`Awaiting` is the dialogue's whole memory between turns; Rasa sees its kind alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    NOTHING = "nothing"
    FACT = "fact"
    CHOICE = "choice"
    CONFIRMATION = "confirmation"
    STORY = "story"


class Fact(StrEnum):
    """Facts Kawan asks for, one at a time."""

    BOOKING_CODE = "booking_code"
    SECOND_FACT = "second_fact"
    WHICH_BOOKING = "which_booking"


@dataclass(frozen=True, slots=True)
class Awaiting:
    """`asked` counts how often the same thing was asked: the third time it goes to a person."""

    kind: Kind = Kind.NOTHING
    case: str | None = None
    fact: Fact | None = None
    offer: str | None = None  # to be confirmed
    reason: str | None = None
    asked: int = 0

    def again(self) -> Awaiting:
        return replace(self, asked=self.asked + 1)

    def to_json(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if v is not None}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Awaiting:
        if not data:
            return cls()
        fact = data.get("fact")
        return cls(
            kind=Kind(data.get("kind", "nothing")),
            case=data.get("case"),
            fact=Fact(fact) if fact else None,
            offer=data.get("offer"),
            reason=data.get("reason"),
            asked=data.get("asked", 0),
        )


MAX_ASKED = 2


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer on the table, as far as picking it needs."""

    id: str
    number: int
    remedy: str


# Words by which customers name a remedy when they pick or propose it ("terbitin", "diterbitkan").
_REMEDY_WORDS: tuple[tuple[str, str], ...] = (
    (
        r"\b(re-?fund\w*|refun\w*|di?balik(in|kan)|balik(in|kan)|kembali(in|kan)? (uang|dana|duit)|duit(nya)? balik)\b",
        "refund",
    ),
    (r"\b(lebih(nya|an|annya)?|kelebihan\w*|sisanya)\b", "excess"),
    (r"\b((di)?bayar\w*|(di)?lunas\w*|tambah\w*|transfer\w*|tf|nutup\w*)\b", "pay"),
    (r"\bharga (yang |yg )?(lama|awal|kemarin|kemaren|semula)\b|\b(di)?h?idup(in|kan|i)\b", "old_price"),
    (r"\bharga (yang |yg )?(sekarang|hari ini|baru)\b", "price_today"),
    (
        r"\b((di)?terbit\w*|issued?|tiket(nya)? (aja|saja)|(di)?hapus\w*|bebas\w*|ikhlas\w*|gratis\w*)\b",
        "issue",
    ),
    (r"\b((di)?kirim\w*|resend)\b", "resend"),
    (
        r"\b(cepat\w*|cepet\w*|(di)?percepat\w*|dorong|desak|(di)?dahulu\w*|duluan|(di)?prioritas\w*)\b",
        "expedite",
    ),
    (r"\b(tunggu\w*|nunggu\w*|perpanjang\w*|(di)?tahan\w*)\b", "hold"),
    (r"\b(orang|petugas|cs|admin|manusia|atasan|supervisor)\b", "person"),
)

# Order within a group: the first that is on the table is meant.
_GROUPS: dict[str, tuple[str, ...]] = {
    "refund": ("refund_full", "refund_excess", "issue_and_refund_excess"),
    "excess": ("issue_and_refund_excess", "refund_excess"),
    "pay": ("pay_difference", "rebook_and_pay", "rebook_old_price_and_pay", "pay_in_full"),
    "old_price": ("rebook_and_issue", "rebook_old_price_and_pay"),
    "price_today": ("rebook_and_pay",),
    "issue": ("waive_and_issue", "accept_and_issue", "rebook_and_issue", "issue_and_refund_excess"),
    "resend": ("resend_ticket",),
    "expedite": ("expedite_refund",),
    "hold": ("hold_and_wait",),
    "person": ("ask_person",),
}
# The more particular word decides: "balikin lebihnya" is no full refund, "bayar harga lama" not today's price.
_PARTICULAR: dict[str, frozenset[str]] = {
    "excess": frozenset({"refund"}),
    "old_price": frozenset({"pay", "issue"}),
    "price_today": frozenset({"pay", "issue"}),
}
_NEGATION = re.compile(
    r"\b(gak|ga|gk|nggak|ngga|tidak|tdk|ndak|gausah|gamau|gakmau|jangan|jgn|bukan|ogah|males|tanpa|belum|blm|blom"
    r"|kapan|mana|kenapa|knp|kok)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,.;\n]|\b(tapi|tp|mending|maunya|melainkan)\b", re.IGNORECASE)


def named_remedies(text: str) -> tuple[str, ...]:
    """Groups of remedies a text names, leaving out what it negates ("gak mau refund, terbitin aja")."""
    found: list[str] = []
    for clause in _CLAUSE.split(text.lower()):
        if not clause or _NEGATION.search(clause):
            continue
        found += [group for pattern, group in _REMEDY_WORDS if re.search(pattern, clause)]
    return tuple(dict.fromkeys(found))


def pick(
    offers: Sequence[OpenOffer], text: str, numbers: Sequence[int], option: str | None
) -> OpenOffer | None:
    """The one offer that an answer means, or None where it is not plain.

    A tapped option names the offer itself; a number counts only while it is on the table; words count
    only if they fit exactly one offer.
    """
    if option is not None:
        wanted = option.removeprefix("offer:")
        return next((o for o in offers if o.id == wanted), None)
    by_number = [o for o in offers if o.number in numbers]
    if len(by_number) == 1 and len(set(numbers)) == 1:
        return by_number[0]
    return named_offer(offers, text)


# What makes a naming of a remedy a choice of it, rather than a complaint that it has not happened.
_CHOOSING = re.compile(
    r"\b(aja|ajah|saja|deh|dong|langsung|tolong|mau|pilih|opsi|yg|yang|ambil|ya ?uda?h?|oke?|boleh|sekarang)\b",
    re.IGNORECASE,
)
_SHORT = 10


def sounds_like_choice(text: str) -> bool:
    """Whether a short text picks something ("terbitkan aja tiketnya"), whatever its label."""
    return len(text.split()) <= _SHORT and _CHOOSING.search(text) is not None


def named_offer(offers: Sequence[OpenOffer], text: str) -> OpenOffer | None:
    """The one offer that the words of a text fit, or None."""
    fitting: dict[str, OpenOffer] = {}
    for group in named_remedies(text):
        on_table = [o for remedy in _GROUPS[group] for o in offers if o.remedy == remedy]
        if on_table:
            fitting[group] = on_table[0]
    general = frozenset[str]().union(*(_PARTICULAR.get(group, frozenset()) for group in fitting))
    meant = {offer.id: offer for group, offer in fitting.items() if group not in general}
    return next(iter(meant.values())) if len(meant) == 1 else None
