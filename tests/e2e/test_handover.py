"""A customer asks for a person: queue, take-over, answers, silence of the bot, giving back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product
from tests.e2e.story import rows, showcase

pytestmark = pytest.mark.chromium
PATIENCE = 60_000


@pytest.fixture
def pages(browser: Browser) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def open_page(pages: ExitStack, browser: Browser, address: str, width: int = 1366) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="id-ID")
    pages.callback(context.close)
    page = context.new_page()
    page.goto(address)
    return page


def sign_in(pages: ExitStack, browser: Browser, product: Product, login: str, path: str = "/desk") -> Page:
    page = open_page(pages, browser, product.url + path)
    page.fill("#login", login)
    page.fill("#password", product.accounts()[login])
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk[data-live=yes]", timeout=PATIENCE)
    return page


def write(page: Page, text: str) -> None:
    page.fill('[data-test="text"]', text)
    page.keyboard.press("Enter")


def test_a_person_takes_over_answers_and_gives_back(
    product: Product, browser: Browser, pages: ExitStack
) -> None:
    customer = showcase(product, "underpaid")
    desk = sign_in(pages, browser, product, "agen")
    page = open_page(
        pages, browser, f"{product.url}/chat#identity={product.identity(customer.phone)}", width=390
    )
    page.wait_for_selector("#chat[data-connection=online]", timeout=PATIENCE)
    write(page, "kak saya udah transfer 1.380.000 tapi statusnya masih nunggu pembayaran terus")
    bot = page.locator('[data-test="log"] .message.bot')
    expect(bot.last).to_contain_text("412", timeout=PATIENCE)
    write(page, "mau ngomong sama orang aja, jangan bot")

    # the desk shows it by itself
    waiting = desk.locator('[data-test="waiting"] a', has_text="Ratna Siregar")
    expect(waiting).to_have_count(1, timeout=PATIENCE)
    waiting.click()
    desk.wait_for_selector("#desk[data-live=yes] #transcript", timeout=PATIENCE)
    expect(desk.locator('[data-test="summary"]')).to_contain_text(customer.code)
    expect(desk.locator('[data-test="facts"]')).to_contain_text("1.380.412")
    expect(desk.locator('[data-test="transcript"]')).to_contain_text("jangan bot")
    conversation = desk.locator("#desk").get_attribute("data-conversation")
    other = sign_in(pages, browser, product, "supervisor", f"/desk/c/{conversation}")

    desk.click('[data-test="take"]')
    expect(desk.locator('[data-test="holder"]')).to_have_text("Anda yang pegang", timeout=PATIENCE)
    (name,) = rows(product, "SELECT name FROM users WHERE login = 'agen'")[0]
    expect(other.locator('[data-test="holder"]')).to_have_text(f"dipegang {name}", timeout=PATIENCE)
    expect(other.locator('[data-test="take"]')).to_be_hidden()
    desk.fill('[data-test="reply"]', "Halo Bu Ratna, saya cek dulu ya.")
    desk.click('[data-test="send-reply"]')
    agent = page.locator('[data-test="log"] .message.agent')
    expect(agent).to_contain_text("Halo Bu Ratna, saya cek dulu ya.", timeout=PATIENCE)
    expect(agent.locator(".name")).to_have_text(name)

    # the bot is silent, whatever is written
    spoken = bot.count()
    for text in ("oke mbak ditunggu", "yang pertama aja deh", "halo? tiket saya gimana?"):
        write(page, text)
        expect(desk.locator('[data-test="transcript"]')).to_contain_text(text, timeout=PATIENCE)
    desk.fill('[data-test="reply"]', "Sudah saya cek, aman Bu.")
    desk.click('[data-test="send-reply"]')
    expect(agent).to_have_count(2, timeout=PATIENCE)
    turns = "SELECT count(*) FROM turns WHERE conversation_id = ? AND committed_at IS NULL"
    assert bot.count() == spoken
    assert product.backend.booking(customer.code).waived == 0

    desk.click('[data-test="open-give-back"]')
    desk.check("input[value=promised]")
    desk.fill('[data-test="agreed"]', "Kekurangan Rp 412 dibebaskan, tiket dikirim malam ini")
    desk.click('[data-test="give-back"]')
    expect(desk.locator('[data-test="holder"]')).to_have_text("ditangani Kawan", timeout=PATIENCE)
    log = page.locator('[data-test="log"]')
    expect(log).to_contain_text("Kekurangan Rp 412 dibebaskan, tiket dikirim malam ini", timeout=PATIENCE)
    assert bot.count() == spoken, "given back, the bot answered what was said to the agent"
    assert rows(product, turns, conversation) == [(0,)]
    write(page, "oke makasih ya kak")
    expect(bot).to_have_count(spoken + 1, timeout=PATIENCE)
