"""How the customer feels, how pressing it is, how they speak, and whether they have finished: plain rules, no learning."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypedDict

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from components.concepts import ideas_of
from components.language import pipeline
from components.text import normal


class Signals(TypedDict):
    mood: str  # calm | annoyed | angry | desperate
    urgency: str  # normal | departs_today | stranded
    register: str  # casual | formal
    finished: bool


CALM: Final[Signals] = {"mood": "calm", "urgency": "normal", "register": "casual", "finished": True}

# Each phrase is words separated by blanks, looked for in what was typed and in its standard form; alternatives are
# separated by "/", a word that may be missing ends in "?".
_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    "desperate": (
        "tolong banget/bgt/sekali/bangettt", "please/pls/plis banget/bgt", "mohon sekali/banget/bgt",
        "nangis/menangis/nangisss", "panik", "putus asa", "pasrah", "bingung banget/bgt/sekali/harus", "stres/stress/depresi",
        "gimana/gmn/bagaimana nasib/ini/dong/nih", "ga/gak/nggak/tidak tau/tahu lagi? harus gimana/gmn/bagaimana",
        "uang/duit/duwit terakhir", "satu2nya/satunya uang/duit/tabungan", "anak saya? sakit", "ibu saya? sakit", "meninggal",
        "harus kemana/ngapain", "ga/gak/nggak/tidak punya uang/duit lagi?", "buat makan", "sekarat", "opname", "takut",
        "desperate", "help/tulung/tolooong", "hopeless", "kebingungan", "ketakutan", "hampir/mau nangis", "tolongg/tolonggg",
    ),
    "stranded": (
        "terlantar/ditelantarkan/ditelantarin/terdampar/keleleran/terkatung", "di/neng/ning/nang bandara/stasiun/terminal/airport",
        "sudah/udah/udh/sdh/dah di bandara/stasiun/hotel/lobi/lobby/resepsionis/gate/peron/sini",
        "depan resepsionis/hotel/lobi/lobby/gate/konter/counter", "tidur di bandara/stasiun/lobi/lobby/lantai/emperan",
        "ditinggal/ketinggalan pesawat/kereta/bus/bis", "ga/gak/nggak/tidak bisa/boleh boarding/naik/masuk/checkin", "stranded/stuck at?",
        "check/cek in ditolak", "di depan gate", "kejebak/terjebak di", "luntang lantung", "lagi di/neng bandara/stasiun",
        "di lobi/lobby", "di peron", "malam/malem ini tidur di? mana", "sampai/sampe/nyampe hotel", "diusir",
    ),
    "departs_today": (
        "berangkat/brangkat/terbang/flight/jalan/checkin/boarding/mangkat nanti/ntar/hari/malam/malem/sore/siang/sekarang/skrg",
        "berangkat/brangkat/terbang/flight/keretanya/pesawatnya/boarding nanti? hari/malam/malem/sore/siang/pagi ini",
        "nanti/ntar malam/malem/sore/siang berangkat/terbang/flight", "hari ini berangkat/terbang/flight/check/checkin/juga",
        "jam/menit/mnt/jm lagi/lg berangkat/terbang/boarding/flight/take", "berangkat/terbang/boarding/flight/keretanya/pesawatnya jam/menit lagi",
        "sejam/setengah jam? lagi/lg", "jam/menit/mnt lagi/lg", "mau/mo berangkat/boarding/terbang/checkin sekarang/skrg/ini",
        "malam/malem ini", "sore ini", "siang ini", "departs/leaves/leaving/departing today/tonight/in", "my flight is today/tonight/in",
        "mepet", "keburu berangkat/jalan/terbang", "last call", "bentar/sebentar lagi/lg", "dalam hitungan jam",
        "berangkat/terbang besok? pagi/subuh buta",
    ),
    "angry": (
        "kurang ajar", "jangan main2/main", "awas ya?", "saya/gue/gw/aku/sy tuntut/laporin/laporkan/viralin", "tanggung jawab/jwb dong/woi/!",
        "sampah", "penipu", "maling", "gak/ga/tidak becus", "makan gaji buta", "balikin/kembalikan uang/duit saya/gue/gw/gua/ku? !/sekarang/skrg",
        "ngajak ribut", "naik darah", "habis kesabaran/sabar", "kesabaran saya? habis/abis",
    ),
    "annoyed": (
        "gimana sih/si/seh", "kok gini", "apaan sih/nih", "masa/masak gitu/iya/sih", "udah/sudah/udh berapa/brp kali", "berkali2/berkali",
        "ribet", "capek/cape/lelah/capeee", "males", "dari tadi/kemarin/kmrn/td", "mulu/melulu", "lama/lamaaa banget/bgt/amat/sekali",
        "kapan sih/dong", "seriusan?/serius", "heran", "aneh", "ga/gak/tidak jelas", "kecewa", "kesel/kesal/sebel/sebal/jengkel/bete",
        "parah", "payah", "tolonglah/please lah", "yang bener/benar aja/saja", "mana janjinya/janji", "katanya",
    ),
}  # fmt: skip

_OPEN_ENDS: Final = frozenset(
    [
        "dan",
        "atau",
        "tapi",
        "tp",
        "tpi",
        "karena",
        "krn",
        "soalnya",
        "sebab",
        "terus",
        "trus",
        "trs",
        "lalu",
        "jadi",
        "jd",
        "kalau",
        "kalo",
        "klo",
        "kl",
        "yang",
        "yg",
        "di",
        "ke",
        "dari",
        "dr",
        "untuk",
        "utk",
        "buat",
        "dengan",
        "dgn",
        "sama",
        "sm",
        "mau",
        "mo",
        "pengen",
        "tgl",
        "tanggal",
        "jam",
        "kode",
        "nama",
        "nomor",
        "nomer",
        "no",
        "rekening",
        "norek",
        "pada",
        "bahwa",
        "supaya",
        "biar",
        "padahal",
        "pdhl",
        "namun",
        "sedangkan",
        "kemudian",
        "setelah",
        "sebelum",
        "waktu",
        "pas",
        "ketika",
        "adalah",
        "yaitu",
        "misalnya",
        "contohnya",
        "and",
        "or",
        "but",
        "because",
        "so",
        "the",
        "to",
        "for",
        "with",
        "from",
        "of",
        "my",
        "is",
        "are",
        "that",
        "when",
        "ning",
        "nanging",
        "lan",
        "karo",
        "nek",
        "tur",
        "sareng",
        "ari",
        "upami",
        "begini",
        "gini",
        "jadi",
        "gini2",
        "bentar",
        "sebentar",
        "bntr",
        "tunggu",
        "wait",
        "sek",
        "sik",
        "halah",
        "atas",
    ]
)
_OPENERS: Final = (
    "mau tanya", "mo tanya", "mau nanya", "numpang tanya", "numpang nanya", "izin bertanya", "ijin bertanya", "mau lapor",
    "mau komplain", "mau complain", "jadi gini", "jadi begini", "gini ceritanya", "begini ceritanya", "saya ceritakan",
    "sy ceritain", "bantu dong", "bisa bantu", "boleh tanya", "boleh nanya", "mau minta tolong", "minta tolong", "tanya dong",
    "nanya dong", "ada masalah", "arep takon", "bade naros", "dengar dulu", "lanjut dibawah", "lanjut di bawah", "ini kronologinya",
    "kronologinya", "ini ceritanya", "i have a problem", "i want to ask", "want to ask",
)  # fmt: skip
_CASUAL: Final = frozenset(
    [
        "aja",
        "sih",
        "dong",
        "kok",
        "deh",
        "nih",
        "tuh",
        "lah",
        "loh",
        "lho",
        "kan",
        "yah",
        "ya",
        "nya",
        "gue",
        "gw",
        "gua",
        "lo",
        "lu",
        "elu",
        "aku",
        "ku",
        "kak",
        "min",
        "kakak",
        "bang",
        "mas",
        "mbak",
        "bro",
        "sis",
        "gan",
        "bos",
        "wkwk",
        "wkwkwk",
        "hehe",
        "haha",
        "hihi",
        "euy",
        "atuh",
        "mah",
        "teh",
        "cak",
        "rek",
        "jare",
        "kumaha",
        "piye",
        "tak",
        "toh",
        "cuma",
        "doang",
        "banget",
        "bgt",
        "gimana",
        "gini",
        "gitu",
        "kayak",
        "kaya",
        "udah",
        "gak",
        "ga",
        "nggak",
        "enggak",
        "ngga",
        "ndak",
        "kagak",
        "bilang",
        "ngomong",
        "bikin",
        "kasih",
        "dikasih",
        "pake",
        "nyampe",
        "dapet",
    ]
)
_FORMAL: Final = frozenset(
    [
        "saudara",
        "anda",
        "bapak",
        "ibu",
        "dengan",
        "hormat",
        "mohon",
        "kami",
        "kepada",
        "perihal",
        "sehubungan",
        "bersama",
        "tersebut",
        "demikian",
        "terima",
        "kasih",
        "bahwa",
        "telah",
        "akan",
        "agar",
        "apabila",
        "namun",
        "sebagaimana",
        "terlampir",
        "hendak",
        "kiranya",
        "menyampaikan",
        "mengajukan",
        "pihak",
        "tidak",
        "dapat",
        "melalui",
        "oleh",
        "saya",
        "sampai",
        "sekarang",
        "atas",
        "perhatian",
        "apakah",
        "bagaimana",
        "mengapa",
        "bilamana",
        "merupakan",
    ]
)


def _spelled(phrase: str) -> list[list[str]]:
    """Every way to say a phrase of alternatives and words that may be missing."""
    ways: list[list[str]] = [[]]
    for word in phrase.split():
        optional = word.endswith("?") and len(word) > 1
        choices = (word[:-1] if optional else word).split("/")
        ways = [[*way, choice] for way in ways for choice in choices] + (ways if optional else [])
    return ways


@lru_cache(maxsize=1)
def _matchers() -> tuple[Any, Any]:
    """One that reads what was typed, one that reads standard forms."""
    vocab = pipeline().vocab
    typed, standard = PhraseMatcher(vocab, attr="LOWER"), PhraseMatcher(vocab, attr="NORM")
    for name, phrases in _PHRASES.items():
        spelled = [way for phrase in phrases for way in _spelled(phrase) if way]
        typed.add(name, [Doc(vocab, words=way) for way in spelled])
        normals = {" ".join(map(normal, way)): way for way in spelled}
        docs = [Doc(vocab, words=way) for way in normals.values()]
        for doc in docs:
            for token in doc:
                token.norm_ = normal(token.text)
        standard.add(name, docs)
    return typed, standard


def _words(doc: Doc) -> list[str]:
    return [token.lower_ for token in doc if token.text.strip()]


def finished(words: list[str], text: str) -> bool:
    """False where the customer surely goes on: an open end, a mere greeting, an announcement of what comes."""
    if not words:
        return True
    tail = text.rstrip()
    if tail.endswith((",", ":", "...", "…", "-", "(", "+", "&", "..")):
        return False
    bare = [word for word in words if any(letter.isalnum() for letter in word)]
    if not bare or tail[-1] in "?!":
        return True
    if bare[-1] in _OPEN_ENDS:
        return False
    address = {
        "kak",
        "kakak",
        "min",
        "admin",
        "mas",
        "mbak",
        "bang",
        "pak",
        "bu",
        "gan",
        "sis",
        "bro",
        "cs",
        "team",
        "tim",
    }
    if len(bare) <= 4 and all(word in address or "GREET" in ideas_of(word) for word in bare):
        return False
    start = " ".join(word for word in bare if word not in address and "GREET" not in ideas_of(word))
    return not (len(bare) <= 7 and any(start.startswith(o) and len(start) <= len(o) + 9 for o in _OPENERS))


def register_of(words: list[str], text: str) -> str:
    known = [word for word in words if word.isalpha()]
    casual = sum(word in _CASUAL for word in known)
    formal = sum(word in _FORMAL for word in known)
    tidy = text[:1].isupper() and text.rstrip()[-1:] in ".?!"
    return (
        "formal"
        if len(known) >= 4 and casual == 0 and formal + tidy >= max(2, len(known) * 0.12)
        else "casual"
    )


def mood_of(ideas: Iterable[str], hits: set[str], text: str) -> str:
    found = list(ideas)
    letters = [letter for letter in text if letter.isalpha()]
    shouting = len(letters) > 8 and sum(letter.isupper() for letter in letters) > len(letters) * 0.7
    heat = (
        2 * found.count("ANGER") + 2 * ("THREAT" in found) + 2 * found.count("MAD") + ("angry" in hits) * 3
        + shouting * 2 + ("!!" in text) + ("??" in text) + found.count("DISSATISFIED")
    )  # fmt: skip
    if heat >= 3:
        return "angry"
    if "desperate" in hits or found.count("SAD") >= 1:
        return "desperate"
    if heat or "annoyed" in hits or "RUDE" in found or "IGNORED" in found:
        return "annoyed"
    return "calm"


def signals_of(doc: Doc) -> Signals:
    head = doc[:400].as_doc() if len(doc) > 400 else doc
    vocab = doc.vocab
    hits = {vocab.strings[key] for matcher in _matchers() for key, _, _ in matcher(head)}
    words = _words(head)
    ideas = [idea for word in words for idea in ideas_of(word)]
    text = doc.text
    urgency = "stranded" if "stranded" in hits else "departs_today" if "departs_today" in hits else "normal"
    return {
        "mood": mood_of(ideas, hits, text[:4000]),
        "urgency": urgency,
        "register": register_of(words, text[:4000]),
        "finished": finished(words if head is doc else _words(doc[-40:].as_doc()), text),
    }
