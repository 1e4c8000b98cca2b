"""The customer's chat page in a real browser, against the real web chat API."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select

from bot.casework.deps import Deps
from bot.store.tables import Conversation, Identity, Incoming
from bot.web.routes import DemoPerson
from tests.web.serving import IDENTITY_KEY, chat_app, say, serving

pytestmark = pytest.mark.chromium
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def identity(subject: str = "bima-prasetyo", seconds: int = 3600) -> str:
    claims = {"sub": subject, "phone": "+6281200000101", "exp": int(time.time()) + seconds}
    return jwt.encode(claims, IDENTITY_KEY, algorithm="HS256")


@pytest.fixture
def address(deps: Deps, tmp_path: Path) -> Iterator[str]:
    people = [DemoPerson("bima-prasetyo", "Bima Prasetyo", "Tagihan naik Rp 3.000.", identity())]
    with serving(chat_app(deps, tmp_path / "files", people)) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 390, "height": 800}, locale="id-ID", timezone_id="Asia/Makassar"
    )
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    return open_chat(context, address)


def open_chat(context: BrowserContext, address: str, place: str = "/chat") -> Page:
    made = context.new_page()
    made.goto(address + place)
    made.wait_for_selector("#chat[data-connection=online]")
    return made


def write(page: Page, text: str) -> None:
    page.fill('[data-test="text"]', text)
    page.keyboard.press("Enter")


def conversation(page: Page) -> str:
    kept = page.evaluate(
        "JSON.parse(localStorage['kawan.chat.sessions'])[localStorage['kawan.chat.current'] ?? ''].conversation"
    )
    return str(kept)


def received(deps: Deps) -> list[str]:
    with deps.store.reading() as session:
        return list(session.scalars(select(Incoming.text).order_by(Incoming.received_at)))


def messages(page: Page) -> Any:
    return page.locator('[data-test="log"] .message[data-seq]')


def test_bubbles_go_out_in_order_and_once_and_a_reload_keeps_the_place(page: Page, deps: Deps) -> None:
    texts = ["woi", "di web 643.305", "kok di email 646.305??"]
    for text in texts:
        write(page, text)
    expect(messages(page)).to_have_count(3)
    expect(page.locator("[data-client-id]")).to_have_count(0)
    assert received(deps) == texts
    say(deps, conversation(page), "Saya cek ya, Kak.")
    expect(messages(page)).to_have_count(4)
    page.reload()
    expect(messages(page)).to_have_count(4)
    assert [m.get_attribute("data-from") for m in messages(page).all()] == ["customer"] * 3 + ["bot"]


def test_what_people_write_is_never_markup(page: Page, deps: Deps) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script> javascript:alert(1)'
    write(page, nasty)
    say(deps, conversation(page), nasty + ' https://kelana.id/"onmouseover="x data:text/html,x')
    say(deps, conversation(page), nasty, author="agent", author_name="<b>Rani</b>")
    expect(messages(page)).to_have_count(3)
    log = page.locator('[data-test="log"]')
    assert log.locator("img, script, b").count() == 0
    assert [a.get_attribute("href") for a in log.locator("a").all()] == ["https://kelana.id/"]
    expect(log).to_contain_text("<b>Rani</b>")
    assert page.title().startswith("Chat")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Buka https://a.id/x.", ["https://a.id/x"]),
        ("(lihat https://a.id/x_(y)) ya", ["https://a.id/x_(y)"]),
        (
            "http://127.0.0.1:9000/pay/req_1?a=1&b=2, sampai jam 3",
            ["http://127.0.0.1:9000/pay/req_1?a=1&b=2"],
        ),
        ("https:// bukan, javascript:alert(1) juga bukan", []),
        ("satu https://a.id dua https://b.id!", ["https://a.id/", "https://b.id/"]),
    ],
)
def test_web_addresses_become_links(page: Page, text: str, links: list[str]) -> None:
    script = """async text => {
        const { linkify } = await import("/static/chat/linkify.js");
        const made = linkify(text);
        return [made.textContent, [...made.querySelectorAll("a")].map(a => [a.href, a.rel, a.target])];
    }"""
    shown, found = page.evaluate(script, text)
    assert shown == text
    assert [href for href, _, _ in found] == links
    assert all("noopener" in rel and target == "_blank" for _, rel, target in found)


def test_an_option_is_tapped_once(page: Page, deps: Deps) -> None:
    options = [{"label": "Hapus selisih", "value": "offer:1"}, {"label": "Refund", "value": "offer:2"}]
    say(deps, conversation(page), "Pilih ya, Kak", options=options)
    page.click("text=Hapus selisih")
    expect(messages(page)).to_have_count(2)
    buttons = page.locator('[data-test="options"] button')
    for number in range(2):
        expect(buttons.nth(number)).to_be_disabled()
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    with deps.store.reading() as session:
        (row,) = session.scalars(select(Incoming))
    assert (row.kind, row.payload["value"], row.text) == ("option", "offer:1", "Hapus selisih")
    page.reload()
    expect(buttons.first).to_be_disabled()
    expect(buttons.first).to_have_class("chosen")
    say(deps, conversation(page), "Ini lagi", options=options[1:])
    expect(buttons.last).to_be_enabled()


def test_enter_sends_and_shift_enter_makes_a_line(page: Page, deps: Deps) -> None:
    page.focus('[data-test="text"]')
    page.keyboard.type("baris satu")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("baris dua")
    page.keyboard.press("Enter")
    expect(messages(page)).to_have_count(1)
    assert received(deps) == ["baris satu\nbaris dua"]
    page.keyboard.press("Enter")
    write(page, "   ")
    expect(messages(page)).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "text"


def test_offline_is_said_and_nothing_is_lost_or_doubled(
    page: Page, context: BrowserContext, deps: Deps
) -> None:
    write(page, "pertama")
    expect(messages(page)).to_have_count(1)
    context.set_offline(True)
    expect(page.locator('[data-test="banner"]')).to_be_visible()
    write(page, "kedua")
    write(page, "ketiga")
    expect(page.locator("[data-client-id]")).to_have_count(2)
    context.set_offline(False)
    expect(messages(page)).to_have_count(3, timeout=20_000)
    expect(page.locator("[data-client-id]")).to_have_count(0)
    expect(page.locator('[data-test="banner"]')).to_be_hidden(timeout=20_000)
    assert received(deps) == ["pertama", "kedua", "ketiga"]


def test_a_lost_answer_does_not_say_it_twice(page: Page, deps: Deps) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append("answer")
            route.abort()
        else:
            route.continue_()

    page.route("**/channels/web/messages*", lose)
    write(page, "sekali saja")
    expect(messages(page)).to_have_count(1)
    page.wait_for_timeout(2500)
    expect(page.locator(".message")).to_have_count(1)
    assert received(deps) == ["sekali saja"]


def test_what_was_not_sent_survives_a_reload(page: Page, deps: Deps) -> None:
    page.route("**/channels/web/messages*", lambda route: route.abort())
    write(page, "belum sampai")
    expect(page.locator("[data-client-id]")).to_contain_text("Belum terkirim")
    page.unroute("**/channels/web/messages*")
    page.reload()
    expect(messages(page)).to_have_count(1)
    expect(page.locator("[data-client-id]")).to_have_count(0)
    assert received(deps) == ["belum sampai"]


def test_a_refused_message_can_be_changed(page: Page) -> None:
    answer = {"status": 413, "json": {"detail": "Pesannya kepanjangan."}}
    page.route("**/channels/web/messages*", lambda route: route.fulfill(**answer))  # type: ignore[arg-type]
    write(page, "terlalu panjang")
    expect(page.locator("[data-client-id]")).to_contain_text("Tidak terkirim. Pesannya kepanjangan.")
    page.click("text=Ubah")
    expect(page.locator('[data-test="text"]')).to_have_value("terlalu panjang")
    expect(page.locator("[data-client-id]")).to_have_count(0)


def test_where_streams_do_not_pass_it_polls(context: BrowserContext, address: str, deps: Deps) -> None:
    page = context.new_page()
    # a proxy that swallows the stream: opened, but silent
    page.route("**/channels/web/stream*", lambda route: route.fulfill(status=200, body=""))
    page.goto(f"{address}/chat")
    page.wait_for_selector("#chat[data-connection=online]", timeout=15_000)
    say(deps, conversation(page), "Halo lewat jalan lain")
    expect(messages(page)).to_have_count(1)


def test_files_are_sent_and_wrong_ones_refused_kindly(page: Page, deps: Deps, tmp_path: Path) -> None:
    file = page.locator('[data-test="file"]')
    file.set_input_files([{"name": "bukti.png", "mimeType": "image/png", "buffer": PNG}])
    expect(messages(page)).to_have_count(1)
    expect(page.locator('[data-test="log"] img')).to_have_attribute("alt", "bukti.png")
    for name, mime, content, said in (
        ("a.exe", "application/x-msdownload", b"MZ", "belum bisa kami terima"),
        ("besar.pdf", "application/pdf", b"%PDF-" + b"0" * (9 * 1024 * 1024), "Maksimal 8 MB"),
    ):
        file.set_input_files([{"name": name, "mimeType": mime, "buffer": content}])
        expect(page.locator('[data-test="note"]')).to_contain_text(said)
    file.set_input_files([{"name": "palsu.png", "mimeType": "image/png", "buffer": b"<html>"}])
    expect(page.locator("[data-client-id]")).to_contain_text("Tidak terkirim")
    assert len(received(deps)) == 1


def test_a_signed_identity_is_used_and_leaves_the_address(
    context: BrowserContext, address: str, deps: Deps
) -> None:
    page = open_chat(context, address, f"/chat#identity={identity()}")
    assert "identity" not in page.url
    with deps.store.reading() as session:
        row = session.get_one(Conversation, conversation(page))
        assert session.get_one(Identity, row.identity_id).proven_phone == "+6281200000101"
    other = open_chat(context, address, f"/chat?identity={identity(seconds=-60)}")
    expect(other.locator('[data-test="banner"]')).to_contain_text("tidak berlaku")
    write(other, "tetap bisa chat")
    expect(messages(other)).to_have_count(1)


def test_a_visitor_of_the_demo_plays_a_customer(page: Page) -> None:
    guest = conversation(page)
    write(page, "sebagai tamu")
    expect(messages(page)).to_have_count(1)
    page.select_option('[data-test="persona"]', label="Bima Prasetyo")
    expect(messages(page)).to_have_count(0)
    expect(page.locator("#story")).to_contain_text("Tagihan naik")
    page.wait_for_function("() => JSON.parse(localStorage['kawan.chat.sessions'])['sub:bima-prasetyo']")
    assert conversation(page) != guest
    page.select_option('[data-test="persona"]', "")
    expect(messages(page)).to_have_count(1)
    assert conversation(page) == guest


def test_a_token_that_is_no_longer_taken_begins_anew(page: Page) -> None:
    write(page, "dulu")
    expect(messages(page)).to_have_count(1)
    page.evaluate(
        "localStorage['kawan.chat.sessions'] = JSON.stringify({'': {token: 'x', conversation: 'y'}})"
    )
    page.reload()
    expect(page.locator('[data-test="banner"]')).to_contain_text("Sesi chat sebelumnya")
    write(page, "sekarang")
    expect(messages(page)).to_have_count(1)


def test_typing_is_told_both_ways(page: Page, deps: Deps) -> None:
    with page.expect_request("**/channels/web/typing"):
        page.type('[data-test="text"]', "halo")
    write(page, "halo")
    # nobody answers here, so the turn stays due: words may be expected
    expect(page.locator('[data-test="typing"]')).to_be_visible(timeout=8000)


def test_screen_readers_and_keyboards_get_along(page: Page, deps: Deps) -> None:
    log = page.locator('[data-test="log"]')
    expect(log).to_have_attribute("role", "log")
    expect(log).to_have_attribute("aria-live", "polite")
    say(deps, conversation(page), "Pilih", options=[{"label": "Satu", "value": "1"}])
    expect(messages(page)).to_have_count(1)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not([type=file]), select, textarea")]
        .filter(e => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length))
        .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    assert page.evaluate("document.documentElement.lang") == "id"
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.dataset.option"))
    assert {"attach", "text", "send", "persona", "1"} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_narrowest_phone_is_wide_enough(browser: Browser, address: str, deps: Deps, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 568}, color_scheme=scheme)  # type: ignore[arg-type]
    page = open_chat(context, address)
    say(
        deps,
        conversation(page),
        "x" * 200 + " https://kelana.id/" + "y" * 200,
        options=[{"label": "z" * 90, "value": "1"}],
    )
    expect(messages(page)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(
        "document.getElementById('scroller').scrollWidth <= document.getElementById('scroller').clientWidth"
    )
    contrast = page.evaluate(CONTRAST, [".bubble", ".meta", ".hint", ".chat-title p", ".options button"])
    assert min(contrast.values()) >= 4.5, contrast
    context.close()


# WCAG contrast of an element's text with what is behind it.
CONTRAST = """selectors => {
    const parse = c => c.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } return [255, 255, 255]; };
    return Object.fromEntries(selectors.map(s => {
        const e = document.querySelector(s);
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        return [s, (a + .05) / (b + .05)];
    }));
}"""


def test_times_are_the_customers_own(page: Page, deps: Deps) -> None:
    write(page, "jam berapa")
    expect(messages(page)).to_have_count(1)
    expect(page.locator(".divider")).to_have_text("Hari ini")
    shown = messages(page).locator("time").inner_text()
    hour = (deps.clock.now().hour + 8) % 24
    assert re.fullmatch(r"\d\d\.\d\d", shown)
    assert abs(int(shown[:2]) - hour) in (0, 1, 23)
