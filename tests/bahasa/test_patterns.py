"""What the rules find, written as the annotators write it: [span](entity) in the text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.bahasa.patterns import Span, _find, find_entities
from components.bahasa.values import ENTITIES

MARK = re.compile(r"\[([^\[\]]+)\]\((\w+)\)")


def marked(text: str) -> str:
    """The text with the rules' spans written into it."""
    for span in reversed(find_entities(text)):
        text = f"{text[: span.start]}[{text[span.start : span.end]}]({span.entity}){text[span.end :]}"
    return text


MESSAGES = """
min sy udah tf [643.305](amount) lewat [atm](payment_method) [bca](bank) kok blm berubah
saya bayar [Rp 643.305,-](amount) tapi ditagih [Rp643.000](amount)
kepotong [643rb](amount) padahal harusnya [1,2 jt](amount)
kurang [enam ratus ribu](amount) katanya
harga [sejuta dua ratus](amount) jadi [sejuta setengah](amount)
diskon [12 ribu](amount), bayar [dua ratus lima puluh ribu](amount) aja
duit gue [nem ratus rebu](amount) ilang
dipotong [2 juta 350](amount) dari [3jt](amount)
dua [96rb](amount) [96rb](amount) tolong balikin
harusnya [676.900](amount) ada [dua ribu](amount)nya
kompensasi [200.000](amount)/hari katanya
ga ada satu rupiah pun yang masuk
uang [tiga ratus ribu](amount) hilang
kurang [rong atus](amount) iki
ulang tahun ke-40
gabisa dihubungi sama sekali [dari kemarin](duration)
kirim dua ribu ringgit
follower gw 200rb orang
dateng jam [3 sore](time) ya
berangkat jam [setengah 3 sore](time)
sampai [19.30 WITA](time) di sana
pukul [14.20](time) tadi
flight [19.30](time) harganya [19.300](amount)
jam [8](time) sampe jam [10](time)
dari jam [7 pagi](time) ga dibales
jam [12 malam](time)
saya nginep 2 malam di sana
tadi malam sudah saya bayar
minggu lalu udah lapor
sejak lama
udah [3 hari](duration) nunggu
nunggu [setengah jam](duration) doang
[3x24 jam](duration) katanya
[14 hari kerja](duration) udah lewat
janjinya [7-14 hari](duration)
[dari kemarin](duration) ga bisa login
[seminggu](duration) ga dibales
delay [2 jam 40 menit](duration) ga jelas
[1,5 jam](duration) nunggu
[dua minggu](duration) lalu saya lapor
tinggal [5 hari](duration) lagi
anakku umur 3 tahun
bapak saya berusia 71 tahun
[besok](date) pagi berangkat
[kmrn](date) sore dibatalin
[Senin lalu](date) saya lapor
pindah ke [jumat depan](date) bisa?
hari [sabtu](date) aja
dari [Rabu](date) belum dibalas
sejak tgl [5](date) belum cair
tgl [5 mei](date) ya
tanggal [12 Maret 2026](date) kami berangkat
tgl [11](date) atau [12](date) boleh
tgl [3](date) sampai [5](date) kosong?
tanggal lahir [21 januari 1989](date)
transaksi [14/02](date) jam [21.05](time)
dibayar [05/05](date) lho
bulan kemarin bisa
loket [Pasar Senen](place)
hari [minggu](date) jalan
udah [3 minggu](duration) ga jelas
kode booking [ABX7Q2](booking_code) belum terbit
kode booking saya [abx7q2](booking_code)
pesanan [8123-4567-90](booking_code) gimana
kode [ABX7Q2](booking_code), a.n. [Sri Wahyuni](person_name)
cek [KLM82P](booking_code) dong
kode promo HEMAT50 ga bisa
voucher PAYDAY25 error
nomor saya [0812-3456-7890](phone)
wa ke [081234567890](phone) aja
hp [+62 812 8890 1177](phone)
telp [021-5550-1234](phone) ga diangkat
rek [bca](bank) [0231 887 654](account_number)
ke [BRI](bank) [0098 01 234567 50 8](account_number) ya
no rekening [1370-0098-2214](account_number) [mandiri](bank)
rekening [7123456789](account_number)
email saya [budi.s@gmail.com](email)
kirim ke [Budi_99@yahoo.co.id](email).
naik [QG 812](flight_number) ke [Batam](place)
flight [GA-311](flight_number) delay
[JT 692](flight_number) dibatalin
[citilink](carrier) tujuan [BDO](place)
[Garuda](carrier) dari [CGK](place) ke [DPS](place)
kereta [KAI](carrier) dari [Gambir](place) ke [Surabaya](place)
[jakarta](place)-[surabaya](place) pp
di bandara [juanda](place) nih
[batik](carrier) delay lagi
koper isi batik saya hilang
check in mandiri ga bisa
[m-banking](payment_method) [mandiri](bank) error
bayar pake [dana](payment_method)
pengembalian dana saya mana
dana refund belum masuk
Saldo [dana](payment_method) udah kepotong
via [va](payment_method) [bni](bank)
pake [kartu kredit](payment_method) [cimb](bank)
[gopay](payment_method)nya kepotong
[m-banking](payment_method) gangguan
bayar di [indomaret](payment_method) atau [alfamart](payment_method)
tolong transfer balik uang saya
pake [bi-fast](payment_method) bisa ga
[BCA](bank) [mobile banking](payment_method)
cashback cash back mana
opsi [2](option_ref) aja
yang [kedua](option_ref) aja
pilih [B](option_ref)
[2](option_ref)
nomor [3](option_ref) aja kak
yang [pertama](option_ref) deh
opsi refund aja
ketiga kalinya saya lapor
atas nama [Kevin Halim](person_name) ya
nama saya [Sri Wahyuni](person_name)
Nama saya [Ignatius Purnomo](person_name). Pada pagi itu
a.n. [H. Zainuddin](person_name)
atas nama PT Karya Abadi
atas nama [Rizky Maulana](person_name) KOSONG
hotel di [bandar lampung](place)
kutanya baik-baik
bayar setengah2 aja
"""


@pytest.mark.parametrize("message", MESSAGES.strip().splitlines())
def test_found_as_annotated(message: str) -> None:
    assert marked(MARK.sub(r"\1", message)) == message


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("05/05", "date"),
        ("19.30", "time"),
        ("19.300", "amount"),
        ("1.930", "amount"),
        ("0812-3456-7890", "phone"),
        ("8123-4567-90", "booking_code"),
        ("7123 4455 6677", "account_number"),
        ("6281234567890", "phone"),
        ("QG 812", "flight_number"),
        ("QG812X", "booking_code"),
        ("643rb", "amount"),
        ("3 hari", "duration"),
        ("24 jam", "duration"),
        ("5 mei", "date"),
        ("a@b.id", "email"),
    ],
)
def test_precedence(text: str, entity: str) -> None:
    assert [(span.entity, span.start, span.end) for span in find_entities(text)] == [(entity, 0, len(text))]


def test_rekening_turns_a_phones_digits_into_an_account() -> None:
    assert [span.entity for span in find_entities("no rekening 0812 3456 7890 ya")] == ["account_number"]


def test_letters_that_grow_in_small_keep_offsets() -> None:
    text = "İİ bayar 643rb"
    assert [text[span.start : span.end] for span in find_entities(text)] == ["643rb"]


def valid(text: str, spans: list[Span]) -> bool:
    ends = [0, *(span.end for span in spans)]
    return all(
        span.entity in ENTITIES
        and before <= span.start < span.end <= len(text)
        and 0 < span.confidence <= 1
        and text[span.start : span.end].strip() == text[span.start : span.end]
        for before, span in zip(ends, spans, strict=False)
    )


PIECES = st.sampled_from(
    [
        "643",
        "rb",
        "rp",
        "Rp",
        "1.250.000",
        ",-",
        "jt",
        "jam",
        "3",
        "sore",
        "setengah",
        "tiga",
        "19.30",
        "wita",
        "besok",
        "senin",
        "lalu",
        "tgl",
        "5",
        "mei",
        "05/05",
        "dari",
        "kemarin",
        "2",
        "hari",
        "kerja",
        "ABX7Q2",
        "8123-4567-90",
        "0812",
        "+62",
        "budi@a.id",
        "bca",
        "m-banking",
        "dana",
        "QG",
        "812",
        "soekarno-hatta",
        "opsi",
        "kedua",
        "a.n.",
        "Sri",
        "\n",
        "\t",
        ".",
        ",",
        "-",
        "/",
        ":",
        "@",
        "(",
        "é",
        "²",
        "İ",
        "\u200b",
        "�",
        "😭",
        "سلام",
        "漢字",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(PIECES, max_size=25).map(" ".join),
        st.lists(PIECES, max_size=25).map("".join),
    )
)
def test_any_text_gets_valid_spans(text: str) -> None:
    assert valid(text, find_entities(text))


HOSTILE = [
    "0", "1.", "a", "a1", "1 ", "dua ", "ratus ", "setengah ", "rp ", "1-", "12-", "se", "@", "a@", "a.", "jam ", "tgl ",
    "5 mei ", "0812 ", "kode ", "A.n. ", "rp1.000.", "bank ", "sampai 5 ", "é", "1/", "5 hari ", "juta setengah ", " ",
    "\n", "abc-123-", "nama A", "nama Aa ", "dua-", "pilih ", "10.", "x24 ", "\ud800", "\u200b", "😭", "m-", "İ",
]  # fmt: skip


def cost(text: str) -> float:
    best = 1e9
    for _ in range(3):
        _find.cache_clear()
        began = time.process_time()
        find_entities(text)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_cost_grows_with_length_and_no_faster(piece: str) -> None:
    short, long = ((piece * size)[:size] for size in (1_250, 10_000))
    base = max(cost(short), 0.001)
    for _ in range(3):  # a busy machine may spoil one reading
        ratio = cost(long) / base
        if ratio < 24:  # eight times the length; a square would be 64
            return
    raise AssertionError(f"{ratio:.0f} times the cost for 8 times the length")
