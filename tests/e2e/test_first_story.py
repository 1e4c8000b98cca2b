"""The first story as a customer lives it: on a phone, from the angry opening to the follow-up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product, until
from tests.e2e.story import (
    OPENING,
    PAY,
    TICKET,
    assert_waived_and_issued_once,
    cause,
    rows,
    signed_in,
    someone_like,
    tells,
)

PATIENCE = 60_000


def write(page: Page, text: str) -> None:
    page.fill('[data-test="text"]', text)
    page.keyboard.press("Enter")


def advance_to_the_follow_up(product: Product) -> None:
    """Within a day, and never at night."""
    query = "SELECT due_at FROM jobs WHERE kind = 'follow_up' AND status = 'waiting' ORDER BY due_at DESC"
    due = datetime.fromisoformat(rows(product, query)[0][0]).replace(tzinfo=UTC)
    shown = json.loads(product.kawan("clock", "show", "--json").stdout)
    ahead = due - datetime.fromisoformat(shown["now"])
    assert timedelta() < ahead <= timedelta(days=1)
    assert 9 <= due.astimezone(ZoneInfo("Asia/Jakarta")).hour < 20
    moved = product.kawan("clock", "advance", f"{int(ahead.total_seconds()) + 30}s")
    assert moved.returncode == 0, moved.stderr


@pytest.mark.chromium
def test_the_first_story_on_a_phone(product: Product, browser: Browser) -> None:
    product.load("first-story")
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="id-ID", has_touch=True)
    page = context.new_page()
    page.goto(f"{product.url}/chat")
    page.wait_for_selector("#chat[data-connection=online]", timeout=PATIENCE)
    page.select_option('[data-test="persona"]', label="Bima Prasetyo")
    page.wait_for_function(
        "() => (JSON.parse(localStorage['kawan.chat.sessions'] ?? '{}')['sub:first-story']"
        " ?? JSON.parse(localStorage['kawan.chat.sessions'] ?? '{}')['sub:bima-prasetyo'])",
        timeout=PATIENCE,
    )
    for bubble in OPENING:
        write(page, bubble)
    said = page.locator('[data-test="log"] .message.bot')
    option = page.get_by_role("button", name="Hapus selisih, terbitkan")
    expect(option).to_be_enabled(timeout=PATIENCE)
    findings = "\n".join(said.all_inner_texts())
    for fact in ("Bima", "643.305", "646.305", "3.000", "Bandung", "Surabaya"):
        assert fact in findings
    assert "maaf" in findings.lower()

    option.tap()
    link = page.locator('[data-test="log"] .message.bot a[href*="/t/"]')
    expect(link).to_have_count(1, timeout=PATIENCE)
    booking = product.backend.booking("KLN643")
    assert (booking.status.value, booking.waived, len(booking.tickets)) == ("issued", 3000, 1)
    with context.expect_page() as opened:
        link.tap()
    ticket = opened.value
    expect(ticket.locator("body")).to_contain_text(booking.tickets[0].number, timeout=PATIENCE)
    expect(ticket.locator("body")).to_contain_text("Bandung")
    ticket.close()

    before = said.count()
    advance_to_the_follow_up(product)
    expect(said).to_have_count(before + 1, timeout=PATIENCE)
    follow_up = said.last.inner_text()
    assert "KLN643" in follow_up
    assert link.count() == 1
    context.close()


@pytest.mark.chromium
def test_the_difference_is_paid_and_the_ticket_comes_by_itself(product: Product, browser: Browser) -> None:
    customer = someone_like(product, "first-story")
    client = signed_in(product, customer)
    tells(product, client, *OPENING, holding="646.305")
    client.choose("Bayar")
    told = client.wait_for_reply(60, holding="/pay/")
    found = PAY.search(told)
    assert found is not None
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="id-ID")
    page = context.new_page()
    page.goto(found[0])
    expect(page.locator(".sum")).to_contain_text("3.000", timeout=PATIENCE)
    page.locator(".ways button").first.click()
    expect(page.locator(".state.good")).to_contain_text("sudah kami terima", timeout=PATIENCE)
    context.close()
    assert TICKET.search(client.wait_for_reply(90, holding="/t/"))
    booking = product.backend.booking(customer.code)
    assert (booking.status.value, booking.waived, len(booking.tickets)) == ("issued", 0, 1)
    assert sum(payment.amount for payment in booking.payments) == 646305


def test_a_guest_proves_himself_by_the_sum_he_paid(product: Product) -> None:
    customer = someone_like(product, "first-story")
    secrets = ("Bima", "Bandung", "Surabaya", "BCA", "646.305", "3.000")
    client = product.web_client()
    heard = tells(
        product, client, "min kok tagihan saya beda sama yang di web sih", f"kodenya {customer.code}"
    )
    heard += tells(product, client, "saya bayarnya 640.000 kalo ga salah")
    assert not [secret for secret in secrets if secret in heard], heard
    tells(product, client, "eh maaf, 643.305", holding="Bima")
    assert cause(product, customer.code) == "billed_above_shown"
    tells(product, client, "yang pertama aja min", holding="/t/")
    assert_waived_and_issued_once(product, client, customer.code)


def test_the_companys_system_is_down_and_kawan_comes_back_by_itself(product: Product) -> None:
    customer = someone_like(product, "first-story")
    client = signed_in(product, customer)
    product.control.add_fault("down")
    heard = tells(product, client, *OPENING)
    assert "643.305" not in heard
    assert "sistem" in heard.lower()
    product.control.clear_faults()
    assert product.kawan("clock", "advance", "5m").returncode == 0
    client.wait_for_reply(90, holding="3.000")
    client.choose("Hapus selisih")
    client.wait_for_reply(60, holding="/t/")
    until(lambda: cause(product, customer.code) == "billed_above_shown", 10, "the cause")
    assert_waived_and_issued_once(product, client, customer.code)
