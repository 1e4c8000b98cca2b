"""Finds entities by rule, with exact offsets in the text as typed; spans as the annotation guide draws them.

Where two finders want the same characters the one earlier in this order wins, whatever the lengths:

1. e-mail addresses
2. flight numbers (a carrier's code before one to four digits)
3. lengths of time (a number before jam, hari, minggu...; sejam; dari kemarin)
4. sums that say so (Rp, rb, jt, ribu, perak; number words with a scale)
5. times that say so (after jam or pukul; with pagi, malam, WIB; setengah 3)
6. phone numbers (0..., 62..., +62... with as many digits as one has, not after "rekening")
7. booking codes (letters and digits mixed; digits in dashed groups; after "kode booking")
8. account numbers (ten digits and more; shorter after "rekening" or a bank)
9. dates (besok, senin lalu, 5 mei, 05/05, a day after "tgl")
10. sums written with thousands marks (643.305) or after a word of paying, then times as 19.30
11. people after "atas nama", "nama saya" and the like (Kevin Halim is no airport)
12. names of ways to pay, banks, carriers, places: longest first, in that order
13. options

So 05/05 is a date and no sum, 19.30 a time and 19.300 a sum, 0812-3456-7890 a phone and 8123-4567-90 a code.
Every pattern is bounded: the cost grows with the length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from . import numbers
from .dates import OFFSETS
from .names import find_names
from .pieces import HALF, MONTH, NUMBER, PART, SCALE, UNIT, WEEKDAY, YESTERDAY, B, E, N, any_of


@dataclass(frozen=True)
class Span:
    entity: str
    start: int
    end: int
    confidence: float


Found = Iterator[tuple[int, int, float]]


_EMAIL = re.compile(
    r"(?<![\w.+-])[\w+-]{1,40}(?:\.[\w+-]{1,40}){0,5}@[\w-]{1,63}(?:\.[a-z]{2,24}){1,4}(?![\w@])"
)
_CARRIER_CODES = (
    "ga|qg|jt|id|iw|iu|ip|qz|ak|d7|sj|in|8b|si|tr|sq|mh|od|tg|sl|vj|vn|5j|pr|cx|br|ci|ke|nh|jl|ek|ey|qr|sv|tk|wy|qf|jq|va|kl|bi|"
    "cz|mu|mf|fd|xt|fy|uo|hx|iw|ly|xn|8l"
)
_FLIGHT = re.compile(
    rf"(?<![\w-])(?:{_CARRIER_CODES})[ -]?\d{{2,4}}(?![\w]|[.,]\d|-\d| ?(?:rb|ribu|jt|juta|%|menit|jam|hari))"
)
_ONLY_SPELT = re.compile(r"(?:in|id|si|ip|va|bi|ci|ke|tr|ak|br|od|pr|sl|tg|fd|xt|mu|vn|ly|ga|iu|ek)")
_DURATION = re.compile(
    rf"{B}(?:"
    rf"(?:dari|dr|ti|ket) {YESTERDAY}"
    rf"|(?:\d{{1,3}}|{N}) ?[x×] ?24 ?(?:jam|hours)(?: kerja)?"
    rf"|(?:\d{{1,3}} ?(?:-|–|sd|s/d|sampai|sampe|ampe) ?)?\d{{1,4}}(?:[.,]\d)? ?{UNIT}(?: setengah)?(?: (?:\d{{1,2}}|{NUMBER}) ?(?:menit|mnt|jam|minutes))?(?:(?<=hari) kerja|(?<=hr) kerja)?"
    rf"|\d{{1,3}} (?:working|business) days?"
    rf"|(?:{NUMBER}|sak|half an|an|rong|{NUMBER} {HALF}|{HALF}|seperempat) ?{UNIT}(?: {HALF}| seperempat)?(?: (?:\d{{1,2}}|{NUMBER}) (?:menit|mnt))?(?:(?<=hari) kerja|(?<=hr) kerja)?"
    rf"|(?:se|sa)(?:detik|menit|mnt|jam|hari|minggu|pekan|bulan|bln|wulan|tahun|taun|thn|dinten|dino|poe)(?:an)?(?: {HALF})?(?: (?:\d{{1,2}}|{NUMBER}) (?:menit|mnt))?"
    rf"){E}"
)
_SINCE = re.compile(r"(?:dari|dr|ti|ket) ")
_NOT_LONG = re.compile(
    r"(?:\b(?:jam|pukul|pkl|tgl|tanggal|umur|berumur|umurnya|usia|berusia|usianya|anak|anakku|bapak|ibu|bayi|balita|nomor|kelas|row|gate|kursi|ke|hari ke|h|hamil|kandungan|kandungan baru|umurnya baru|kali|sekali) ?|#|-|ke-)$"
)
_MILLION = r"(?:jt|juta|jeti|jutaan|jta|mio)"
_ES = r"(?:(?!\w)|(?=nya\b))"  # an ending stays outside
# after a number these make it a count of something else
_NOT_COUNT = rf"(?! ?(?:{UNIT}|x|kali|orang|org|lembar|tiket|kg|pax|kursi|kamar)\b)"
_NOT_MONEY = r"(?! (?:orang|org|follower\w*|subscriber\w*|kali|poin|point|miles|ringgit|dolar|dollar|riyal|km|nuwun|user|penumpang|langkah|mah)\b)"
_SUM = re.compile(
    rf"{B}(?:"
    rf"(?:rp|idr)[. ]{{0,2}}\d{{1,3}}(?:[.,]\d{{3}}){{1,4}}(?:[.,]\d{{2}}(?!\d))?(?:,-{{1,2}}|\.-|,--)?(?: ?{SCALE}{E})?"
    rf"|(?:rp|idr)[. ]{{0,2}}\d{{1,12}}(?:[.,]\d{{1,2}}(?!\d))?(?: ?{SCALE}(?: ?\d{{1,3}} ?(?:rb|ribu|k))?{E})?(?:,-{{1,2}}|\.-)?"
    rf"|(?:rp|idr) ?{NUMBER}(?: {SCALE}(?: {NUMBER})?){{0,3}}{E}"
    rf"|\d{{1,3}}(?:[.,]\d{{3}}){{1,4}}(?:,\d{{2}}(?!\d))?(?:,-{{1,2}}| ?(?:rupiah|perak|perakan|idr){E})"
    rf"|\d{{1,9}}(?:[.,]\d{{1,3}})? ?(?:{_MILLION}(?:(?: ?\d{{1,3}}(?: ?(?:rb|ribu|k))?)(?= |$|[,.?!]){_NOT_COUNT}|(?: {NUMBER}(?: ribu| rb){E}{_NOT_COUNT}| {NUMBER}{E}{_NOT_COUNT})?)|{SCALE}(?:\d{{3}}(?!\d))?|rupiah|perak)(?: (?:rupiah|perak))?{_ES}{_NOT_MONEY}"
    rf"|(?:\d{{1,3}} )?(?:{NUMBER} ?(?:{HALF} )?)(?:{SCALE}|rupiah|perak){_ES}{_NOT_MONEY}(?: {NUMBER}(?: {SCALE}{E})?{_NOT_COUNT})?(?: {NUMBER}{_NOT_COUNT})?(?: {HALF})?(?: (?:rupiah|perak))?"
    rf"|(?:se|sa)(?:juta|ribu|rebu|wu|yuto)(?:an)?{E}{_NOT_MONEY}(?: {NUMBER}(?: {SCALE}{E}(?: {NUMBER})?)?{_NOT_COUNT})?(?: {HALF})?(?: (?:rupiah|perak))?"
    rf"|(?:rong|telung|patang|limang|nem|pitung|wolung|sangang) atus(?: (?:ewu|rb|ribu))?"
    rf"|sak (?:yuto|juta|ewu)|{HALF} (?:juta|jt)"
    rf"|\d{{1,3}} ratus(?:an)? (?:ribu|rb)(?:an)?"
    rf"|(?:{any_of({*numbers.SLANG, *numbers.SLANG_FULL} - {'gope', 'jigo', 'cepe', 'sapek', 'nogo', 'pego'})})(?: (?:ribu|rb|ceng))?"
    rf"){_ES}"
)
_NOTHING_AT_ALL = re.compile(r"(?:satu|zero|se) (?:rupiah|perak) pun")
_PAID_WORDS = r"(?:bayar|byr|bayarnya|tf|trf|transfer|transper|kurang|krg|kurangnya|lebih|selisih|total|totalnya|nominal|harga|hrg|sebesar|senilai|tagihan|tagihannya|denda|kepotong|terpotong|dipotong|potong|saldo|topup|minta|seharga|diskon|cashback|masuk|refund|rp|jumlah|jumlahnya)"
_PLAIN_SUM = re.compile(
    rf"(?<![\w.,:/])(?<![\w-]-)\d{{1,3}}(?:\.\d{{3}}){{1,4}}(?:,\d{{2}})?(?:,-)?(?![\w:]|[/-]\d|[.,]\d)"
    rf"|{B}\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.00)?(?![\w/:-]|[.,]\d)"
    rf"|(?<=[a-z] )(?<!\w\w\w\w\w\w\w\w\w\w\w\w\w)\d{{4,8}}(?![\w/:.-]|,\d)"
)
_AFTER_PAID = re.compile(
    rf"\b{_PAID_WORDS}(?: (?:cuma|hanya|cm|nya|sy|saya|aku|jadi|jd|lagi|lg|bayar|refund|uang|ke|sudah|udah|udh|sdh)){{0,2}} $"
)
_TIME = re.compile(
    rf"(?P<zone>{B}\d{{1,2}}[.:]\d{{2}} ?(?:wib|wita|wit){E})"
    rf"|{B}(?P<half>{HALF} (?:1[0-2]|[1-9]|{N})(?: (?:wib|wita|wit|{PART}))?{E}(?! ?(?:{UNIT}|{SCALE}|persen)\b))"
    rf"|{B}(?P<part>(?:\d{{1,2}}(?:[.:]\d{{2}})?|{NUMBER})(?: (?:lewat|kurang) (?:\d{{1,2}}|seperempat|{NUMBER}))? ?{PART}{E}(?! bulan))"
    rf"|{B}(?P<english>\d{{1,2}}(?:[.:]\d{{2}})? ?(?:am|pm)){E}"
    rf"|(?<![\w])(?:jam|jm|pukul|pkl|pk)[. ]{{1,2}}(?P<head>\d{{1,2}}(?:[.:]\d{{2}})?(?: (?:lewat|kurang|lebih) (?:\d{{1,2}}|seperempat|{NUMBER}))?(?: (?:wib|wita|wit)\b)?|\d{{4}}|{NUMBER}(?: (?:lewat|kurang) (?:\d{{1,2}}|seperempat|{NUMBER}))?(?: (?:wib|wita|wit)\b)?)(?![\w%]|[.:,]\d| ?(?:{UNIT}|x)\b)"
    rf"|(?<![\w])(?:jam|jm|pukul|pkl)(?P<joined>\d{{1,2}}(?:[.:]\d{{2}})?){E}"
)
_PLAIN_TIME = re.compile(rf"{B}(?:[01]?\d|2[0-3])[.:][0-5]\d(?![\w%]|[.,:/-]\d| ?(?:{SCALE}|kg|gb|mb)\b)")
_VERSION = re.compile(r"(?:versi|version|v|ver|ios|android|rating|bintang|skor|nilai|ipk|no|nomor)[. ]{0,2}$")
_PHONE = re.compile(
    r"(?<![\w.,+-])(?:\+62|62|0)(?:[ .()-]{0,2}\d){7,13}(?![\w]|[.,-]\d)|(?<![\w+])\+\d{1,3}(?:[ -]?\d){6,12}(?!\w)|(?<![\w.,+-])8[1235789]\d{8,10}(?![\w.-])"
)
_DIGITS = re.compile(r"(?<![\w.,/-])\d{2,18}(?:[ -]\d{1,12}){0,5}(?![\w]|[.,/:-]\d)")
_ACCOUNT_HEAD = re.compile(
    r"\b(?:rek|rekening|norek|no rek|nomor rekening|account|acc|rekeningnya|reknya|rek\.|akun bank)\b[^\n]{0,40}$"
)
_PHONE_HEAD = re.compile(
    r"\b(?:hp|wa|telp|telepon|telpon|nohp|hape|nomer|nomor hp|phone|whatsapp|hubungi|call|tlp)\b[^\n]{0,20}$"
)
_CODE = re.compile(
    r"(?<![\w@./-])(?=[a-z0-9-]{0,12}\d)(?=[a-z0-9-]{0,12}[a-z])[a-z0-9]{5,8}(?![\w@]|[./-]\w)|(?<![\w@./-])[a-z]{2,4}\d?-\d{3,8}(?:-\d{2,6}){0,2}[a-z]?(?![\w-])|(?<![\w@./-])[a-z]{2,4}-\d{3,5}[a-z](?![\w-])|(?<![\w.,/+-])\d{3,4}-\d{3,4}(?:-\d{2,4}){1,2}(?![\w-])"
)
_CODE_HEAD = re.compile(
    r"\b(?:kode ?booking(?:an|nya)?|booking ?code|kd ?booking|kodebooking|kodbook|booking ?id|id ?booking|order(?: ?id)?|id ?pesanan|no(?:mor|mer|\.)? ?(?:pesanan|booking|order)(?:an)?|kode ?pesanan|kobok|kode ?bayar|pnr|kodenya|itinerary(?: id)?|pesanan|booking(?:an)?|kode)(?: (?:saya|sy|aku|nya|ku|gw|itu|yg|ini|adalah))?[ :.#]{1,3}(?P<code>[a-z0-9]{5,10}|[a-z0-9]{2,4}(?:[ -][a-z0-9]{2,4}){1,2}|\d{3,4}(?:-\d{2,4}){1,3})(?![\w-])"
)
_NO_CODE = re.compile(
    r"\d{1,3}x\d{1,3}\w{0,3}|\d{1,6}(?:rb|jt|ribu|juta|k|rban|ribuan|jam|menit|hari|bulan|an|kg|am|pm|persen|an|nya|gb|mb|ml|mnt|rbu|rebu|orang|org|kali|tahun|thn|x|minggu)(?:an)?\d{0,3}|[a-z]{1,20}[234](?:an|nya|in|ku|mu|lah)?|(?:covid|jam|tgl|pkl|pukul|top|ktm|b2b|cek|bca|h|d|a|ka|kls|kelas|ios|android|iphone|samsung|oppo|ip|row|gate|error|err|kode|rp|idr|promo|diskon|disc|hemat|pp|lv|v|page|no|nomor|opsi|terminal|gerbong|seat|kursi|t|trx|cs|galaxy|windows|win|mp|web|s)\d{1,8}\w?|[a-z]{1,3}\d{1,2}|\d{1,2}[a-z]{1,2}|klia2|\d{1,2}[a-z]{3,9}\d{0,4}|[a-z]{4,12}\d{1,4}|\d{1,4}[a-z]{4,}"
)
_PROMO = re.compile(
    r"\b(?:promo|voucher|vocer|vcr|kupon|diskon|vocher|referral|otp|tiket no|ka|no tiket|nomor tiket|tag|bagasi|laporan|klaim|no refund|nomor refund|no\. refund|pir|batch|ticket|aduan|pengaduan|kereta|label|labelnya)\b[^\n]{0,14}$"
)
_DATE = re.compile(
    rf"{B}(?P<iso>\d{{4}}-\d{{2}}-\d{{2}}|(?:[0-2]?\d|3[01])[/-](?:0?[1-9]|1[0-2])[/-](?:20\d{{2}}|19\d{{2}}|\d{{2}})|(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:20\d{{2}}|\d{{2}})){E}(?![/-]\d| ?(?:orang|kali|penumpang)\b)"
    rf"|{B}(?P<month>(?:3[01]|[12]\d|0?[1-9]|{NUMBER})(?: ?(?:st|nd|rd|th))?(?: bulan)? ?{MONTH}(?:\.? ?(?:(?:19|20)\d{{2}})|(?: '\d{{2}}))?){E}"
    rf"|{B}(?P<english>(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec) (?:3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?(?:,? 20\d{{2}})?){E}(?! ?(?:{SCALE}|{UNIT}))"
    rf"|(?<![\w])(?:tgl|tanggal|tnggal|tggl|tangal|tgl2)(?:nya)?[. ]{{1,2}}(?P<day>(?:3[01]|[12]\d|0?[1-9]))(?![\w%]|[.,:/]\d|-\d| ?(?:bulan )?{MONTH}\b| haribulan)"
    rf"|(?<![\w])(?:tgl|tanggal)(?P<joined>(?:3[01]|[12]\d|0?[1-9])){E}"
    rf"|{B}(?P<malay>\d{{1,2}} haribulan \d{{1,2}}){E}"
    rf"|(?<![\w-])(?P<weekday>{WEEKDAY}(?: (?:depan|dpn|lalu|kemarin|kemaren|kmrn|kmren|besok|ini|wingi|minggu depan))?(?![\w’'-])|next {WEEKDAY}{E})"
    rf"|(?<![\w-])(?P<offset>{any_of(set(OFFSETS) & {'hari ini', 'hr ini', 'hri ini', 'hari ni', 'today', 'dinten ieu', 'dina iki', 'dino iki', 'poe ieu', 'besok', 'bsk', 'bsok', 'besuk', 'bsuk', 'esok', 'tomorrow', 'tmrw', 'isukan', 'sesuk', 'besok lusa', 'bsk lusa', 'lusa', 'pageto', 'kemarin', 'kemaren', 'kmrn', 'kmren', 'kmrin', 'kmaren', 'kmarin', 'kemarn', 'kemren', 'wingi', 'kamari', 'kamaren', 'yesterday', 'kemarin lusa', 'kemaren lusa', 'lusa kemarin', 'kemarin dulu', 'kemaren dulu', 'hariini', 'wingi uni', 'esuk', 'besokk', 'kmrn lusa', 'kmrn dulu'})}){E}"
)
_RANGE = re.compile(
    rf"(?<![\w.,:/-])(?P<first>3[01]|[12]\d|0?[1-9]) ?(?:-|–|sampai|sampe|ampe|s/d|sd|smp|hingga|->|ke|atau|dan|to|&|jadi|jd) ?(?:tgl |tanggal )?(?=(?:3[01]|[12]\d|0?[1-9]) ?{MONTH}\b)"
)
_AFTER_DAY = re.compile(
    r"(?: ?(?:-|–|->|sampai|sampe|ampe|s/d|sd|smp|hingga|ke|atau|dan|to|&|jadi|jd|bukan|malah|mjd|menjadi) ?(?:ke )?(?:tgl |tanggal )?)(?P<day>3[01]|[12]\d|[1-9])(?![\w%]|[.,:/]\d| ?(?:rb|ribu|jt|juta|jam|hari|menit|orang|org|kali|x|tiket|pax|kursi|malam|bulan|minggu))"
)
_INDEX = r"(?:[1-9]|satu|dua|tiga|empat|lima|siji|loro|telu|tilu|hiji|duo|limo|[a-e]|(?:ke|ka)?(?:pertama|dua|tiga|empat|lima|tilu)|ke-[1-9])"
_COUNTED = rf"(?!\w|[.,:/-]\d| ?(?:{UNIT}|{SCALE}|tiket|kali|kalinya|x|orang|org|malam|kursi|pax|kamar|nomor|nama|bank|rekening|{MONTH})\b)"
_OPTION = re.compile(
    rf"\b(?:opsi|pilihan|option|alternatif|solusi)(?: (?:yg|yang|no|nomor|nomer|ke|no\.))?[ ](?P<head>{_INDEX}){_COUNTED}"
    rf"|\b(?:pilih|ambil|milih|pick)(?: (?:yg|yang|no|nomor|nomer|ke|no\.|huruf))?[ ](?P<pick>(?:[1-9]|[a-e]|pertama|kedua|ketiga|keempat)){_COUNTED}"
    rf"|\b(?:yg|yang|sing|nu|nan|nyang|the)(?: paling)? (?P<ordinal>pertama|kedua|ketiga|keempat|kelima|kapertama|kahiji|kadua|katilu|first|second|third)(?!\w)(?! (?:kali|kalinya|hari|minggu|bulan|jam))"
    rf"|\b(?:yg|yang|sing|nu|nan|nyang) (?:no|nomor|nomer|nmr|huruf)[ .]{{1,2}}(?P<number>{_INDEX}){_COUNTED}"
    rf"|^\W{{0,3}}(?:(?:oke?|ya|iya|jawaban|jawabannya|jawabnya|pilihan|saya|aku|sy|mas|kak|min|yg|yang|sing|no|nomor|nomer|nmr|opsi|huruf)[ .:]{{1,2}}){{0,4}}(?P<alone>{_INDEX})[.)!]{{0,2}}(?: (?:aja|aje|saja|deh|kak|min|ya|bang|pak|bu|mas|mba|mbak|please|dong|wae|wes|gapapa|lah|then|ka|bli|nih|tadi|td)){{0,4}}\W{{0,3}}$"
)
_PERSON = re.compile(
    r"(?:\b[Aa](?:\.|/)[Nn]\.?|\b[Aa]\.n\.?|\b(?:atas nama|Atas nama|Atas Nama|ATAS NAMA)|\b(?:[Nn]ama saya|[Nn]amaku|[Nn]ama sy|[Nn]ama lengkap|[Nn]ama penumpang|[Pp]erkenalkan,? saya|[Nn]ama))[ :]{1,3}(?:(?:Bapak|Bpk|Ibu|Sdr|Sdri|Tn|Ny|Nn)\.? )?(?!PT\b|CV\b|Ibu\b|Bapak\b|Saudara\b|Anda\b)(?P<name>(?:[A-Z]{1,2}[a-z]{0,2}\. )?[A-Z][\w'’]{1,24}(?: (?:bin|binti))?(?: [A-Z](?:[a-z'’][\w'’]{0,24}|\.(?= [A-Z])|[A-Z'’]{1,24})){0,3})"
)
_NAME_STOP: Final = frozenset(
    [
        "saya",
        "sy",
        "nya",
        "aku",
        "yang",
        "di",
        "ke",
        "dan",
        "bank",
        "bca",
        "bri",
        "bni",
        "mandiri",
        "bsi",
        "kode",
        "tgl",
        "tanggal",
        "sudah",
        "udah",
        "penumpang",
        "pemesan",
        "sendiri",
    ]
)


def _low(text: str) -> str:
    """Small letters, one for one, so that offsets stay."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(mark.lower() if len(mark.lower()) == 1 else mark for mark in text)
    return re.sub(r"[\u00a0\u2009\u202f\n\r\t]", " ", low)


def _emails(low: str, text: str) -> Found:
    for match in _EMAIL.finditer(low):
        yield *match.span(), 0.99


def _flights(low: str, text: str) -> Found:
    for match in _FLIGHT.finditer(low):
        code = match.group()[:2]
        if code == "ke" and not text[match.start() : match.start() + 2].isupper():
            continue
        written = text[match.start() : match.start() + 2]
        if (
            _ONLY_SPELT.fullmatch(code)
            and not written.isupper()
            and match.group()[2] == " "
            and code not in ("ga", "id")
        ):
            continue
        if (
            code in ("ga", "id")
            and match.group()[2] == " "
            and not written.isupper()
            and not re.search(r"(?:flight|pesawat|penerbangan|pswt|nomor|no) $", low[: match.start()][-14:])
        ):
            continue
        yield *match.span(), 0.97 if written.isupper() else 0.9


def _durations(low: str, text: str) -> Found:
    for match in _DURATION.finditer(low):
        found = match.group()
        if not _SINCE.match(found) and _NOT_LONG.search(low[max(0, match.start() - 12) : match.start()]):
            continue
        if re.fullmatch(r"\d{1,4} ?(?:hari|bulan|minggu) (?:\d.*)", found):
            continue
        yield *match.span(), 0.93


def _sums(low: str, text: str) -> Found:
    for match in _SUM.finditer(low):
        end = match.end()
        if re.search(r"(?:nuwun|ping|poin) $", low[max(0, match.start() - 7) : match.start()]) and not any(
            mark.isdigit() for mark in match.group()
        ):
            continue
        found = match.group()
        if re.fullmatch(r"\d+ ?k", found) and low[end : end + 1] in ("a", "i"):
            continue
        if numbers.parse_amount(found, low) is None or _NOTHING_AT_ALL.fullmatch(low, match.start(), end + 4):
            continue
        yield match.start(), match.start() + len(found.rstrip()), 0.96


def _plain_sums(low: str, text: str) -> Found:
    for match in _PLAIN_SUM.finditer(low):
        before = low[max(0, match.start() - 40) : match.start()]
        if match.group().isdigit() and not _AFTER_PAID.search(before):
            continue
        if re.search(r"(?:versi|ver|poin|miles|nomor|no)\.? $", before) or re.match(
            r" ?(?:poin|point|km|orang|kg|%|miles)\b", low[match.end() : match.end() + 8]
        ):
            continue
        yield *match.span(), 0.93 if not match.group().isdigit() else 0.7


def _times(low: str, text: str) -> Found:
    for match in _TIME.finditer(low):
        kind = match.lastgroup or "part"
        start, end = match.span(kind)
        found = match.group(kind)
        if kind in ("head", "joined"):
            more = re.match(rf"(?: (?:wib|wita|wit))?(?: {PART})?", low[end : end + 24])
            extra = more.group() if more else ""
            end += len(extra)
        number = re.match(r"\d{1,4}", found)
        if number and len(number.group()) < 3 and int(number.group()) > 24:
            continue
        if kind == "part" and re.search(r"(?:tgl|tanggal|tggl) $", low[max(0, start - 9) : start]):
            continue
        if (
            kind == "part"
            and re.fullmatch(r"(?:[1-9]|1\d|[a-z]+) ?(?:malam|malem|mlm)", found)
            and not re.search(
                r"\b(?:jam|pukul|pkl|jm|sampai|sampe|sblm|sebelum|dari|dr|nunggu|ke) $",
                low[max(0, start - 12) : start],
            )
        ) and re.fullmatch(r"(?:[1-5]|se|satu|dua|tiga|empat|lima)[a-z ]*", found):
            continue  # nights of a stay
        yield start, end, 0.95


def _plain_times(low: str, text: str) -> Found:
    for match in _PLAIN_TIME.finditer(low):
        if _VERSION.search(low[max(0, match.start() - 10) : match.start()]):
            continue
        if re.search(r"(?:tgl|tanggal) $", low[max(0, match.start() - 9) : match.start()]):
            continue
        hours = match.group()
        yield *match.span(), 0.88 if len(hours) == 5 else 0.75


def _phones(low: str, text: str) -> Found:
    for match in _PHONE.finditer(low):
        digits = re.sub(r"\D", "", match.group())
        before = low[max(0, match.start() - 45) : match.start()]
        if _ACCOUNT_HEAD.search(before) and not _PHONE_HEAD.search(before):
            continue
        found = match.group()
        mobile = digits.startswith(("08", "628", "8")) and 10 <= len(digits) <= 14
        if not (
            mobile
            or found[0] == "+"
            or re.match(r"0\d{2,3}[-)]", found)
            or _PHONE_HEAD.search(before)
            or re.match(r"0(?:21|22|24|31|61|274|361|411) ", found)
        ):
            continue
        if found[0] == "8" and not _PHONE_HEAD.search(before):
            continue
        yield match.start(), match.end(), 0.97 if mobile else 0.85


def _codes(low: str, text: str) -> Found:
    for match in _CODE_HEAD.finditer(low):
        start, end = match.span("code")
        code = low[start:end]
        if not any(mark.isdigit() for mark in code):
            written = text[start:end]
            if not (written.isupper() and len(written) == 6):
                continue
        if " " in code and not re.search(r"\d", code.split(" ")[0] + code.split(" ")[-1]):
            continue
        if (code.isdigit() and len(code) < 7) or (" " in code and not text[start:end].isupper()):
            continue
        if _NO_CODE.fullmatch(code) and not text[start:end].isupper():
            continue
        yield start, end, 0.95
    for match in _CODE.finditer(low):
        before = low[max(0, match.start() - 24) : match.start()]
        if _PROMO.search(before):
            continue
        written = text[match.start() : match.end()]
        if _ACCOUNT_HEAD.search(before) and match.group()[0].isdigit() and "-" in written:
            continue
        changes = len(re.findall(r"(?<=\d)[a-z]|(?<=[a-z])\d", match.group()))
        plain = (
            len(written) == 6
            and not text.isupper()
            and re.search(r"\b(?:kode|code|rb|jt|ribu)\b", before) is None
        )
        if _NO_CODE.fullmatch(match.group()) and not (written.isupper() and (changes > 1 or plain)):
            continue
        yield *match.span(), 0.94 if written.isupper() else 0.8


def _accounts(low: str, text: str) -> Found:
    for match in _DIGITS.finditer(low):
        digits = re.sub(r"\D", "", match.group())
        before = low[max(0, match.start() - 45) : match.start()]
        head = _ACCOUNT_HEAD.search(before) is not None
        bank = re.search(
            r"\b(?:bca|bri|bni|bsi|btn|mandiri|permata|cimb|danamon|jago|seabank|jenius|muamalat|bjb)[ :,.-]{1,3}(?:[a-z]{1,12} )?$",
            before,
        )
        if 10 <= len(digits) <= 18 or (len(digits) >= 8 and (head or bank)) or (len(digits) >= 6 and head):
            if _PROMO.search(before[-24:]) or re.search(
                r"\b(?:nik|ktp|paspor|kode bayar|label|labelnya|label bagasi)\b[^\n]{0,16}$", before
            ):
                continue
            yield *match.span(), 0.95 if head or bank else 0.75


def _dates(low: str, text: str) -> Found:
    for match in _RANGE.finditer(low):
        yield *match.span("first"), 0.85
    for match in _DATE.finditer(low):
        kind = match.lastgroup or "offset"
        start, end = match.span(kind)
        found = match.group(kind)
        before = low[max(0, start - 14) : start]
        if kind == "offset" and (
            (found.startswith("esok") and low.startswith(" hari", end))
            or re.search(r"\b(?:bulan|bln|tahun|thn|minggu|semester) $", before)
        ):
            continue
        if kind == "weekday":
            if re.search(
                r"\b(?:pasar|psr|ps|loket|stasiun|sholat|salat|shalat|solat|black|malam|malem) $", before
            ):
                continue
            if found.startswith("minggu") and not _is_sunday(found, before, low[end : end + 10]):
                continue
            if re.search(r"\b(?:tiap|setiap|tiap2) $", before):
                continue
            if found.endswith(" ini") and found.startswith("minggu"):
                continue
        if kind == "month" and found[:3].isalpha() and found.split(" ")[0] in ("se", "sa"):
            continue
        if kind == "iso" and re.search(r"(?:kamar|blok|no|nomor|rt|rw) $", before):
            continue
        yield start, end, 0.95 if kind != "iso" else 0.9
        if kind in ("day", "joined", "month", "iso"):
            at = end
            for _ in range(3):
                more = _AFTER_DAY.match(low, at, at + 40)
                if more is None or re.match(rf" ?{MONTH}\b", low[more.end() : more.end() + 12]):
                    break
                if kind in ("month", "iso") and not re.search(r"\d", found):
                    break
                yield *more.span("day"), 0.8
                at = more.end()


def _is_sunday(found: str, before: str, after: str) -> bool:
    """minggu is Sunday after hari, or beside another day; a week after a number or before depan and lalu."""
    if found != "minggu":
        return False
    if re.search(r"\b(?:hari|sabtu|malam|sabtu[-/ ,]|pas) ?$", before) or before.endswith(
        ("sabtu-", "sabtu ")
    ):
        return True
    if re.search(
        r"(?:\d|\b(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|per|se|tiap|beberapa|brp|berapa|akhir|awal|seminggu|ber|an|x|bbrp|setiap|hampir|pekan|udah|sudah|udh)) ?-?$",
        before,
    ):
        return False
    return not re.match(
        r"[ -]?(?:lalu|lagi|depan|ini|kemarin|2|an|kmrn|dpn|kemaren|minggu|-minggu|yg lalu|yang)", after
    )


def _options(low: str, text: str) -> Found:
    for match in _OPTION.finditer(low):
        kind = match.lastgroup or "head"
        start, end = match.span(kind)
        if low[start] == " ":
            start += 1
        found = low[start:end]
        if kind in ("ordinal", "number") and len(low) > 90 and "opsi" not in low and "pilih" not in low:
            continue
        if (
            found in ("satu", "dua", "tiga", "lima", "empat")
            and kind == "alone"
            and len(low) < len(found) + 2
        ):
            continue  # an answer to "how many" as well
        yield start, end, 0.85 if kind != "alone" else 0.7


def _people(low: str, text: str) -> Found:
    for match in _PERSON.finditer(text):
        start, end = match.span("name")
        words = text[start:end].split(" ")
        if words[0].lower() in _NAME_STOP or any(mark.isdigit() for mark in match["name"]):
            continue
        while words and (words[-1].lower() in _NAME_STOP or (words[-1].isupper() and not words[0].isupper())):
            end -= len(words.pop()) + 1
        yield start, start + len(text[start:end].rstrip(" .,'’")), 0.85


_FINDERS: Final[tuple[tuple[str, Callable[[str, str], Found]], ...]] = (
    ("email", _emails),
    ("flight_number", _flights),
    ("duration", _durations),
    ("amount", _sums),
    ("time", _times),
    ("phone", _phones),
    ("booking_code", _codes),
    ("account_number", _accounts),
    ("date", _dates),
    ("amount", _plain_sums),
    ("time", _plain_times),
    ("person_name", _people),
)
LIMIT: Final = 12_000  # characters


@lru_cache(maxsize=64)
def _find(text: str) -> tuple[Span, ...]:
    low = _low(text)
    taken = bytearray(len(text))
    found: list[Span] = []

    def claim(entity: str, start: int, end: int, confidence: float) -> None:
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Span(entity, start, end, confidence))

    for entity, finder in _FINDERS:
        for start, end, confidence in finder(low, text):
            claim(entity, start, end, confidence)
    for entity, start, end, confidence in find_names(low, text):
        claim(entity, start, end, confidence)
    for start, end, confidence in _options(low, text):
        claim("option_ref", start, end, confidence)
    return tuple(sorted(found, key=lambda span: span.start))


def find_entities(text: str) -> list[Span]:
    """Spans that do not overlap, in the order of the text. Never raises; reads the first 12,000 characters."""
    return list(_find(text[:LIMIT]))
