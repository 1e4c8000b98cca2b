from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.bahasa.gazetteer import TABLES, lookup, starts, table
from components.bahasa.normal import lexicon, normal_form, normalise_text

FORMS = """
yg yang
gak tidak
ga tidak
gk tidak
g tidak
ngga tidak
nggak tidak
ndak tidak
kaga tidak
kagak tidak
tdk tidak
udah sudah
udh sudah
sdh sudah
dah sudah
blm belum
tf transfer
trf transfer
trsfr transfer
knp mengapa
dmn di_mana
gmn bagaimana
gimana bagaimana
piye bagaimana
kumaha bagaimana
krn karena
dgn dengan
utk untuk
jg juga
sy saya
gw saya
gua saya
aku saya
min admin
kepotong terpotong
nyangkut tertahan
refun pengembalian_dana
rifund pengembalian_dana
reschedule ubah_jadwal
resedul ubah_jadwal
rescedule ubah_jadwal
tikett tiket
duit uang
fulus uang
konfirm konfirmasi
pesen pesan
tbtb tiba-tiba
tiba2 tiba-tiba
gara2 gara-gara
gabisa tidak_bisa
gaada tidak_ada
lamaaaa lama
lamaaa lama
udahhhh sudah
gakkk tidak
halooo halo
pliss tolong
maaf maaf
saat saat
cepet2 cepat-cepat
judes² judes-judes
bener" benar-benar
tiket2nya tiket-tiketnya
bolak-balik bolak-balik
g4k tidak
k3n4pa mengapa
s4y4 saya
bgt sangat
refundnya pengembalian_dana
tiketnya tiketnya
UDAH sudah
643rb 643rb
2jam 2jam
QG812 qg812
ABX7Q2 abx7q2
123 123
surabayaaa surabaya
"""


@pytest.mark.parametrize("line", FORMS.strip().splitlines())
def test_form(line: str) -> None:
    typed, expected = line.split()
    assert normal_form(typed) == expected.replace("_", " ")


def test_text_keeps_what_stands_between_words() -> None:
    assert (
        normalise_text("min, sy udh tf 643rb\nkok blm masuk??")
        == "admin, saya sudah transfer 643rb\nkok belum masuk??"
    )


def test_lexicon_is_large_and_clean() -> None:
    forms = lexicon()
    assert len(forms) > 900
    assert all(form == form.lower() and " " not in form and form for form in forms)
    assert not [form for form, standard in forms.items() if form == standard]


def test_normal_forms_stay_as_they_are() -> None:
    unstable = [
        word
        for word in set(lexicon().values())
        if " " not in word and normal_form(normal_form(word)) != normal_form(word)
    ]
    assert not unstable


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_never_raises(text: str) -> None:
    normalise_text(text)
    for word in text.split():
        assert isinstance(normal_form(word), str)


@pytest.mark.parametrize("piece", ["a", "a2", "aa", "1a", "a-", "'", "²", "a ", "\u200b", "é", "4"])
def test_linear(piece: str) -> None:
    def cost(size: int) -> float:
        best = 1e9
        for _ in range(3):
            normal_form.cache_clear()
            began = time.process_time()
            normalise_text((piece * size)[:size])
            best = min(best, time.process_time() - began)
        return best

    assert cost(10_000) / max(cost(1_250), 0.001) < 24


@pytest.mark.parametrize("entity", TABLES)
def test_every_name_in_the_tables_has_its_value(entity: str) -> None:
    names = table(entity)
    assert len(names) > 40
    for words, (value, _) in names.items():
        assert lookup(entity, " ".join(words)) == value


def test_first_words_lead_to_the_longest_name() -> None:
    sizes = [len(words) for _, words, _, _ in starts()["lion"]]
    assert sizes == sorted(sizes, reverse=True)
