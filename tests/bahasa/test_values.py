"""Every entity's normalised value, as tables. Wednesday 13 May 2026, 10:00 in Jakarta, unless a row says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from components.bahasa.numbers import int_to_words, parse_amount, words_to_int
from components.bahasa.times import seconds
from components.bahasa.values import ENTITIES, code_candidates, normalise_value

SENT = datetime(2026, 5, 13, 3, 0, tzinfo=UTC)


def value(entity: str, text: str, context: str = "", sent_at: datetime = SENT) -> str | int | None:
    return normalise_value(entity, text, sent_at, "Asia/Jakarta", context)


def rows(table: str) -> list[tuple[str, str]]:
    """One case per line: text = value."""
    return [
        (left.strip(), right.strip())
        for left, _, right in (line.rpartition("=") for line in table.strip().splitlines())
    ]


AMOUNTS = """
Rp 643.305,- = 643305
Rp643.305 = 643305
643.305 = 643305
643,305 = 643305
643 305 = 643305
643305 = 643305
643rb = 643000
643 rb = 643000
643 rbu = 643000
643 ribuan = 643000
50ribu = 50000
650 rebu = 650000
500k = 500000
12rb500 = 12500
643 ribu 305 = 643305
643.305 rb = 643305
1,2 jt = 1200000
1.2jt = 1200000
1,25 juta = 1250000
1.250 jt = 1250000
1jt2 = 1200000
1 jt 350rb = 1350000
Rp1jt500rb = 1500000
2 juta 350 = 2350000
3 jutaan = 3000000
2 jeti = 2000000
1.6 mio = 1600000
1.250.000,00 = 1250000
Rp 1.250.000,00 = 1250000
IDR 1,250,000 = 1250000
IDR 1,250,000.00 = 1250000
Rp. 4.289.305 = 4289305
Rp18.600.000,- = 18600000
Rp. 350.000.- = 350000
Rp.1.5jt = 1500000
1,5 miliar = 1500000000
dua ratus ribu = 200000
dua ratus lima puluh ribu = 250000
seratus lima puluh rb = 150000
enam ratus empat puluh tiga ribu tiga ratus lima = 643305
sejuta = 1000000
sejuta setengah = 1500000
satu setengah juta = 1500000
setengah juta = 500000
dua koma lima juta = 2500000
sejuta dua ratus = 1200000
dua juta seratus = 2100000
tiga juta enam ratus = 3600000
dua juta seratus ribu = 2100000
tiga ratusan ribu = 300000
6 ratus ribu = 600000
seribu = 1000
tujuh puluh tujuh rupiah = 77
satus ewu = 100000
pitung atus ewu = 700000
sepuluh ewu = 10000
opat ratus rebu = 400000
saratuih ribu = 100000
sak yuto = 1000000
gocap = 50000
cepek = 100000
gopek = 500000
ceban = 10000
goceng = 5000
873 perak = 873
1.700 perak = 1700
1 rupiah = 1
Rp 118 = 118
Rp0 = 0
0 perak = 0
2500 = 2500
643 = None
1,2 = None
1.2 = None
rong atus = None
juta = None
Rp = None
besok = None
- = None
99999999999999999999 = None
dua tiga ribu = None
"""


@pytest.mark.parametrize(("text", "expected"), rows(AMOUNTS))
def test_amount(text: str, expected: str) -> None:
    assert str(value("amount", text)) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("643", "harganya 640rb kok jadi 643", None),
        ("643", "kode uniknya 643 udah saya tambahin, kode unik 643", 643),
        ("643", "tiga digit terakhir 643", 643),
        ("500", "kurang bayar 500 nyusulnya lewat mana", 500),
        ("450", "bayarnya 312.450 trus ditulis kurang 450", 450),
        ("500", "kurang 500 dari 643rb", None),
        ("rong atus", "kurang rong atus iki", 200_000),
    ],
)
def test_bare_numbers_are_sums_only_where_the_context_says_so(
    text: str, context: str, expected: int | None
) -> None:
    assert value("amount", text, context) == expected


DATES = """
hari ini = 2026-05-13
tadi = 2026-05-13
nanti malam = 2026-05-13
besok = 2026-05-14
bsk = 2026-05-14
besok pagi = 2026-05-14
isukan = 2026-05-14
lusa = 2026-05-15
besok lusa = 2026-05-15
kemarin = 2026-05-12
kmrn = 2026-05-12
kemaren = 2026-05-12
kemarin sore = 2026-05-12
wingi = 2026-05-12
kamari = 2026-05-12
kemarin lusa = 2026-05-11
senin depan = 2026-05-18
rabu depan = 2026-05-20
rabu lalu = 2026-05-06
rabu kemarin = 2026-05-06
senin kmrn = 2026-05-11
senin yang lalu = 2026-05-11
jumat ini = 2026-05-15
senin ini = 2026-05-11
rabu minggu depan = 2026-05-20
rabu minggu lalu = 2026-05-06
rabu = 2026-05-13
senin = 2026-05-18
hari sabtu = 2026-05-16
minggu = 2026-05-17
monday = 2026-05-18
next friday = 2026-05-15
jum'at depan = 2026-05-15
senin pagi = 2026-05-18
tgl 5 = 2026-05-05
5 = 2026-05-05
tanggal 20 = 2026-05-20
30 = 2026-04-30
enam belas = 2026-05-16
5 mei = 2026-05-05
5mei = 2026-05-05
lima mei = 2026-05-05
05/05 = 2026-05-05
4/5 = 2026-05-04
5-5-26 = 2026-05-05
05.05.2026 = 2026-05-05
2026-05-05 = 2026-05-05
5 Mei 2026 = 2026-05-05
28 Februari 2025 = 2025-02-28
12 januari 1989 = 1989-01-12
01-01-1990 = 1990-01-01
14 feb = 2026-02-14
17 agt = 2026-08-17
31 desember = 2025-12-31
june 14 = 2026-06-14
19 Sept = 2026-09-19
9 haribulan 8 = 2026-08-09
Senin, 18 Mei 2026 = 2026-05-18
5 hari lagi = 2026-05-18
dua minggu lagi = 2026-05-27
3 hari yang lalu = 2026-05-10
minggu depan = None
minggu lalu = None
bulan depan = None
sejak lama = None
31/02 = None
32 = None
0 = None
13/13 = None
30 februari = None
akhir bulan = None
"""


@pytest.mark.parametrize(("text", "expected"), rows(DATES))
def test_date(text: str, expected: str) -> None:
    assert str(value("date", text)) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("20", "bayar sejak tgl 20 blm terbit", "2026-04-20"),
        ("20", "saya berangkat tgl 20", "2026-05-20"),
        ("5", "pindah ke tgl 5", "2026-06-05"),
        ("5", "udah lunas dari tgl 5", "2026-05-05"),
        ("senin", "katanya senin cair", "2026-05-11"),
        ("senin", "berangkat senin", "2026-05-18"),
        ("Rabu", "dari Rabu belum dibalas", "2026-05-13"),
        ("31 desember", "mau pindah ke 31 desember", "2026-12-31"),
        ("20 mei", "sudah bayar 20 mei", "2026-05-20"),
        ("Selasa", "Pada Selasa yang lalu saya datang", "2026-05-12"),
        ("rabu", "rabu depan ya", "2026-05-20"),
        ("5", "kegiatan tanggal 5 sampai 7 Desember", "2026-12-05"),
        ("15", "dimajukan dari tanggal 15 menjadi 12 September", "2026-09-15"),
        ("12 September", "dimajukan dari tanggal 15 menjadi 12 September", "2026-09-12"),
        ("5", "dari 15 april, berangkat tgl 5", "2026-06-05"),
    ],
)
def test_the_context_tells_past_from_future(text: str, context: str, expected: str) -> None:
    assert value("date", text, context) == expected


def test_the_offset_tells_one_5_from_the_other() -> None:
    text = "udah bayar tgl 5, minta pindah ke tgl 5"
    assert normalise_value("date", "5", SENT, context=text, at=text.index("5")) == "2026-05-05"
    assert normalise_value("date", "5", SENT, context=text, at=text.rindex("5")) == "2026-06-05"


def test_today_is_the_companys_not_utcs() -> None:
    late = datetime(2026, 5, 13, 18, 30, tzinfo=UTC)  # 01:30 on the 14th in Jakarta
    assert value("date", "besok", sent_at=late) == "2026-05-15"
    assert normalise_value("date", "besok", late, "Asia/Jayapura") == "2026-05-15"
    assert normalise_value("date", "besok", late, "UTC") == "2026-05-14"
    assert normalise_value("date", "besok", late, "No/Such") == "2026-05-15"
    assert normalise_value("date", "besok", late.replace(tzinfo=None)) == "2026-05-14"
    wit = late.astimezone(timezone(timedelta(hours=9)))
    assert value("date", "besok", sent_at=wit) == "2026-05-15"


TIMES = """
setengah 3 sore = 14:30
setengah tiga sore = 14:30
setengah tiga = 14:30
setengah 3 pagi = 02:30
setengah 8 malam = 19:30
setengah 9 malem = 20:30
setengah tujuh malam = 18:30
setengah 1 malam = 00:30
setengah satu siang = 12:30
setengah 8 = 07:30
jam 3 sore = 15:00
3 sore = 15:00
empat sore = 16:00
7 pagi = 07:00
9 pagi = 09:00
5 subuh = 05:00
11 siang = 11:00
12 siang = 12:00
1 siang = 13:00
jam 1 siang = 13:00
pukul 7 malam = 19:00
delapan malam = 20:00
11 malem = 23:00
11.50 malam = 23:50
jam 12 malam = 00:00
1 malam = 01:00
2 pagi = 02:00
4.50 pagi = 04:50
3 dini hari = 03:00
19.30 WITA = 19:30+08:00
19:30 wita = 19:30+08:00
08.00 wib = 08:00+07:00
06.00 WIT = 06:00+09:00
jam 3 sore WIB = 15:00+07:00
19.30 = 19:30
9.58 = 09:58
00.05 = 00:05
24.00 = 00:00
1930 = 19:30
19 = 19:00
6 pm = 18:00
12 am = 00:00
1 am = 01:00
9 am = 09:00
7 kurang seperempat = 06:45
jam 7 lewat 10 = 07:10
jam tujuh lewat sepuluh = 07:10
7 lewat seperempat = 07:15
8 kurang 5 malam = 19:55
8 = 08:00
10 = 10:00
2 = 14:00
25.00 = None
19.75 = None
am = None
tadi = None
jam = None
"""


@pytest.mark.parametrize(("text", "expected"), rows(TIMES))
def test_time(text: str, expected: str) -> None:
    assert str(value("time", text)) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("setengah tiga", "besok pagi jam setengah tiga", "02:30"),
        ("setengah tiga", "kereta sore jam setengah tiga", "14:30"),
        ("setengah tiga", "udah bayar dari setengah tiga", "02:30"),
        ("8", "nanti malam jam 8", "20:00"),
        ("8", "dari jam 8 blm dibales", "08:00"),
        ("8", "berangkat jam 8", "20:00"),
        ("11", "berangkat jam 11", "11:00"),
        ("8", "kemarin jam 8 tadi malam", "20:00"),
        ("12", "dari semalam malam ga dibales, aku hrs checkout jam 12", "12:00"),
    ],
)
def test_the_context_tells_morning_from_evening(text: str, context: str, expected: str) -> None:
    assert value("time", text, context) == expected


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("context", ["", "udah bayar dari setengah tiga", "berangkat setengah tiga"])
def test_half_three_is_never_half_past_three(hour: int, context: str) -> None:
    found = value("time", "setengah tiga", context, SENT.replace(hour=hour))
    assert found in ("02:30", "14:30")


DURATIONS = """
setengah jam = PT30M
seperempat jam = PT15M
sejam = PT1H
sejaman = PT1H
1 jam = PT1H
3 jam = PT3H
1,5 jam = PT1H30M
satu setengah jam = PT1H30M
satu jam setengah = PT1H30M
2 jam 40 menit = PT2H40M
20 menit = PT20M
lima menit = PT5M
semenit = PT1M
30 detik = PT30S
3x24 jam = PT72H
1x24 jam = PT24H
24 jam = PT24H
3 hari = P3D
tiga hari = P3D
sehari = P1D
seharian = P1D
setengah hari = PT12H
14 hari kerja = P14D
7-14 hari = P14D
7 sampai 14 hari = P14D
seminggu = P1W
semingguan = P1W
sepekan = P1W
2 minggu = P2W
sebulan = P1M
dua bulan = P2M
setengah bulan = P15D
setahun = P1Y
4 th = P4Y
1,5 tahun = P1Y6M
dari kemarin = P1D
dr kmrn = P1D
ti kamari = P1D
ket wingi = P1D
rong jam = PT2H
telung minggu = P3W
limang jam = PT5H
dua buleun = P2M
45 days = P45D
2 hours = PT2H
14 business days = P14D
lama = None
berhari-hari = None
jam = None
dari tadi = None
"""


@pytest.mark.parametrize(("text", "expected"), rows(DURATIONS))
def test_duration(text: str, expected: str) -> None:
    found = value("duration", text)
    assert str(found) == expected
    assert found is None or seconds(str(found))


OTHERS = """
booking_code: abx7q2 = ABX7Q2
booking_code: ABX 7Q2 = ABX7Q2
booking_code: 8123-4567-90 = 8123456790
booking_code: kode booking abx7q2 = ABX7Q2
booking_code: lpx 0f1 = LPX0F1
booking_code: - = None
phone: 0812-3456-7890 = +6281234567890
phone: 0812 3456 789 = +628123456789
phone: 6281234567890 = +6281234567890
phone: +62 812-345-678 = +62812345678
phone: +62 0812 3456 7890 = +6281234567890
phone: +62 (0) 812 3456 7890 = +6281234567890
phone: 81234567890 = +6281234567890
phone: 0062 812 3456 7890 = +6281234567890
phone: 021-5550-1234 = +622155501234
phone: 0281-635-447 = +62281635447
phone: +852 5512 8890 = +85255128890
phone: nol delapan satu dua 3456 7890 = +6281234567890
phone: 0812 = None
phone: 0812345678901234 = None
phone: 123456789 = None
account_number: 0231 887 654 = 0231887654
account_number: 1370-0098-2214 = 137000982214
account_number: O231 887 654 = 0231887654
account_number: 12 = None
email: Budi.S@Gmail.com = budi.s@gmail.com
email: budi(at)gmail.com = budi@gmail.com
email: budi = None
bank: BCA = BCA
bank: bca = BCA
bank: mandiri = Mandiri
bank: bank mandiri = Mandiri
bank: mdr = Mandiri
bank: Jago = Jago
bank: cimb = CIMB Niaga
bank: niaga = CIMB Niaga
bank: seabank = SeaBank
bank: bank jatim = Jatim
bank: jenius = Jenius
bank: bank antah = Antah
payment_method: ATM = atm
payment_method: m-banking = mobile_banking
payment_method: m banking = mobile_banking
payment_method: mbanking = mobile_banking
payment_method: brimo = mobile_banking
payment_method: livin = mobile_banking
payment_method: internet banking = internet_banking
payment_method: klikbca = internet_banking
payment_method: VA = virtual_account
payment_method: virtual account = virtual_account
payment_method: briva = virtual_account
payment_method: QRIS = qris
payment_method: GoPay = gopay
payment_method: ovo = ovo
payment_method: dana = dana
payment_method: shopee pay = shopeepay
payment_method: link aja = linkaja
payment_method: kartu kredit = credit_card
payment_method: cc = credit_card
payment_method: kartu debit = debit_card
payment_method: debit = debit_card
payment_method: traveloka paylater = paylater
payment_method: spaylater = paylater
payment_method: kredivo = paylater
payment_method: alfamart = convenience_store
payment_method: indomaret = convenience_store
payment_method: teller = teller
payment_method: bi-fast = bi_fast
payment_method: BI Fast = bi_fast
payment_method: tunai = cash
payment_method: transfer = None
place: BDO = BDO
place: Bandung = BDO
place: Juanda = SUB
place: bandara juanda = SUB
place: sby = SUB
place: jkt = JKT
place: Jakarta = JKT
place: CGK = CGK
place: soetta = CGK
place: Soekarno-Hatta = CGK
place: halim = HLP
place: jogja = JOG
place: yogyakarta = JOG
place: YIA = YIA
place: bali = DPS
place: labuan bajo = LBJ
place: kualanamu = KNO
place: KNO = KNO
place: Medan = KNO
place: kuala lumpur = KUL
place: Singapura = SIN
place: tokyo = TYO
place: narita = NRT
place: hong kong = HKG
place: jeddah = JED
place: madinah = MED
place: gambir = Gambir
place: stasiun gambir = Gambir
place: senen = Pasar Senen
place: PASAR SENEN = Pasar Senen
place: tugu = Tugu
place: ubud = Ubud
place: kampung entah = Kampung Entah
place: ? = None
carrier: Garuda = Garuda Indonesia
carrier: citilink = Citilink
carrier: lion = Lion Air
carrier: batik = Batik Air
carrier: super air jet = Super Air Jet
carrier: air asia = AirAsia
carrier: KAI = KAI
carrier: pt kai = KAI
carrier: whoosh = Whoosh
carrier: pelni = Pelni
carrier: maskapai entah = Maskapai Entah
flight_number: QG 812 = QG-812
flight_number: GA-311 = GA-311
flight_number: iw1844 = IW-1844
flight_number: 8B 123 = 8B-123
flight_number: 812 = None
person_name: SRI WAHYUNI = Sri Wahyuni
person_name: sri wahyuni = Sri Wahyuni
person_name: siti nur'aini = Siti Nur'aini
person_name: Hj. Rohani = Hj. Rohani
person_name: ahmad bin ali = Ahmad bin Ali
person_name: Muhammad FAISAL = Muhammad Faisal
person_name: DeWi = DeWi
person_name: 12 = None
option_ref: kedua = 2
option_ref: yang kedua = 2
option_ref: ke-3 = 3
option_ref: ketiga = 3
option_ref: opsi pertama = 1
option_ref: 2 = 2
option_ref: no 3 = 3
option_ref: 1. = 1
option_ref: B = 2
option_ref: a = 1
option_ref: dua = 2
option_ref: siji = 1
option_ref: limo = 5
option_ref: second = 2
option_ref: ii = 2
option_ref: 2️⃣ = 2
option_ref: ② = 2
option_ref: yang terakhir = None
option_ref: apa = None
nothing: besok = None
"""


@pytest.mark.parametrize(("text", "expected"), rows(OTHERS))
def test_other_values(text: str, expected: str) -> None:
    entity, _, typed = text.partition(": ")
    assert str(value(entity, typed)) == expected


def test_the_last_of_a_known_number_of_options() -> None:
    assert value("option_ref", "terakhir", "dari tiga pilihan, yang terakhir aja") == 3


def test_amounts_and_options_are_integers() -> None:
    assert isinstance(value("amount", "1,5 jt"), int)
    assert isinstance(value("option_ref", "B"), int)


def test_codes_with_typing_slips() -> None:
    assert code_candidates("ab0-x1")[0] == "AB0X1"
    assert "ABOX1" in code_candidates("ab0x1")
    assert "ABOXI" in code_candidates("ab0x1")
    assert "A80X1" in code_candidates("ab0x1")
    assert "5K7TT0" in code_candidates("SK7TTO")
    assert code_candidates("xyz") == []
    assert len(code_candidates("O0I1S5B8O0I1S5B8")) <= 64


@pytest.mark.parametrize(
    "number", [0, 5, 10, 11, 19, 20, 99, 100, 110, 999, 1000, 1001, 643_305, 1_500_000, 10**9 + 1]
)
def test_numbers_to_words_and_back(number: int) -> None:
    assert words_to_int(int_to_words(number).split()) == number
    if number >= 1000:
        assert parse_amount(int_to_words(number)) == number


def test_empty_text_has_no_value() -> None:
    for entity in ENTITIES:
        assert value(entity, "") is None
        assert value(entity, "  \n ") is None
