"""Finds banks, ways to pay, carriers and places by name, and judges words that are names only now and then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .gazetteer import LONGEST, starts

# what stands before a doubtful word where it is a name
_BEFORE: Final[dict[str, re.Pattern[str]]] = {
    "payment_method": re.compile(
        r"\b(?:pake|pakai|pk|pke|via|lewat|saldo|akun|app|aplikasi|dompet|dengan|dgn|dg|metode|opsi|bayar|byr|"
        r"e-wallet|ewallet|topup|top up|scan|barcode|konek|ke|dari|dr|kartu|gesek|di|kepotong|tf|my|pilih)\s$"
    ),
    "bank": re.compile(
        r"\b(?:bank|bank ?nya|ke|pake|pakai|via|lewat|rek|rekening|rekeningnya|va|atm|teller|dari|dr|livin|norek|dgn|"
        r"dengan|mutasi|kartu|m[- ]?banking|internet banking|saldo|tf|transfer|debit|kredit|bayar|limit|akun|cabang|"
        r"di|app|virtual account|yg|yang|aplikasi)[ :,]{1,2}$|[:,] $|\d, $"
    ),
    "place": re.compile(
        r"\b(?:ke|di|dr|dari|dri|bandara|stasiun|st|kota|terminal|tujuan|rute|hotel|villa|penginapan|arah|area|from|to|"
        r"in|via|asal|loket|cabang|wonten|sampe|sampai)\s$|[a-z]{3} ?[-–>/]{1,2} ?$"
    ),
    "carrier": re.compile(
        r"\b(?:naik|pesawat|maskapai|tiket|tkt|flight|dari|sama|pake|terbang|bis|bus|kereta|ke|pihak|airline|pesen|"
        r"harga|penerbangan|refund|delay|jadwal|di)\s$"
    ),
}
# what stands after "dana" where it is plain money
_MONEY_AFTER = re.compile(
    r"\s?(?:saya|sy|ku|kami|tersebut|refund|kembali|blm|nya|pengembalian|yang|yg|itu|ini|sebesar|dari|dikembalikan|"
    r"talangan|atas|penuh|pribadi|milik|pelunasan)\b"
)
_MONEY_BEFORE = re.compile(
    r"\b(?:pengembalian|refund|pencairan|bahwa|apakah|mohon|kekurangan|penerimaan|ada)\s$"
)
_CLOTH = re.compile(
    r"\b(?:kain|baju|kemeja|isi|beli|toko|motif|oleh-oleh|seragam|pasar|jualan|dagang|koper)\s$"
)
_NO_BANK = re.compile(r"\b(?:check|checkin|cek|loket|secara|layanan|cetak|in)[ -]$")
_WORD = re.compile(r"\w+")
_CLITIC = re.compile(r"(\w{2,20}?)(?:nya|ku|mu|q)")
_HEADS: Final = frozenset(["bank", "pt", "po", "kapal", "bandara", "stasiun", "st", "pelabuhan"])
_RANK: Final = {"payment_method": 0, "bank": 1, "carrier": 2, "place": 3}


def find_names(low: str, text: str) -> Iterator[tuple[str, int, int, float]]:
    """(entity, start, end, confidence); the longest name wins, head words and endings (-nya, -ku) stay outside."""
    tokens = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(low)]
    names = starts()
    index = 0
    while index < len(tokens):
        word, start, end = tokens[index]
        candidates = names.get(word)
        if candidates is None and (clitic := _CLITIC.fullmatch(word)) is not None and clitic[1] in names:
            candidates = tuple(
                name for name in names[clitic[1]] if len(name[1]) == 1 and not name[3] and name[0] != "place"
            )
            tokens[index] = (clitic[1], start, start + len(clitic[1]))
        size = 1
        for entity, words, _, doubtful in sorted(
            candidates or (), key=lambda name: (-len(name[1]), _RANK[name[0]])
        ):
            found = _match(tokens, index, words, low)
            if found is None:
                continue
            start, end = found
            if doubtful and not _fits(entity, words, low, start, end, text):
                continue
            if words == ("batik",) and _CLOTH.search(low[max(0, start - 12) : start]):
                continue
            if words[-1] in ("mobile", "cash") and re.match(r" ?(?:banking|back)\b", low[end : end + 9]):
                continue
            if len(words) > 1 and words[0] in _HEADS:
                start = tokens[index + 1][1]
            yield entity, start, end, 0.72 if doubtful else 0.93
            size = len(words)
            break
        index += size


def _match(
    tokens: list[tuple[str, int, int]], index: int, words: tuple[str, ...], low: str
) -> tuple[int, int] | None:
    """Where the words stand, one after the other with no more than a blank, hyphen or point between them."""
    size = len(words)
    if size > LONGEST or index + size > len(tokens):
        return None
    for offset, word in enumerate(words):
        typed, start, end = tokens[index + offset]
        if typed != word:
            clitic = _CLITIC.fullmatch(typed) if offset and offset == size - 1 else None
            if clitic is None or clitic[1] != word:
                return None
            tokens[index + offset] = (word, start, start + len(word))
        if offset and low[tokens[index + offset - 1][2] : start].strip(" .-’'"):
            return None
        if offset and start - tokens[index + offset - 1][2] > 2:
            return None
    start, end = tokens[index][1], tokens[index + size - 1][2]
    if (start and low[start - 1] in "@#_") or low[end : end + 1] in ("@", "_"):
        return None
    return None if re.match(r"\.[a-z]{2,4}\b", low[end : end + 5]) else (start, end)


def _fits(entity: str, words: tuple[str, ...], low: str, start: int, end: int, text: str) -> bool:
    """Whether a word that mostly means something else is a name here."""
    before = low[max(0, start - 22) : start]
    written = text[start:end]
    if len(text.strip()) <= len(written) + 4:  # nothing else is said
        return True
    if words == ("dana",):
        if written.isupper() and not text.isupper():
            return True
        if _MONEY_BEFORE.search(before) or _MONEY_AFTER.match(low, end, end + 16):
            return False
        return bool(_BEFORE[entity].search(before)) or bool(re.match(r", | maintenance", low[end : end + 14]))
    if words in (("debit",), ("debet",)):
        cue = re.search(r"\b(?:pake|pakai|via|lewat|kartu|dgn|dengan|dr|ke|atau|bisa)\s$", before)
        return bool(cue) or low.startswith(" online", end)
    if words == ("mandiri",):
        return not _NO_BANK.search(before)
    if words == ("permata",):
        return not re.search(r"[a-z]+ $", before) or bool(_BEFORE[entity].search(before))
    if words in (("jenius",), ("jago",)) and re.search(r"(?:^|[:,\n] ?)$", before):
        return True
    if words == ("jenius",):
        return True
    if entity == "place" and len(words[0]) <= 4 and written.isupper() and not text.isupper():
        return True
    return bool(_BEFORE[entity].search(before))
