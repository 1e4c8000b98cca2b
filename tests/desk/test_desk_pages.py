"""The desk in a browser and over HTTP: it updates by itself, holds the rules, and shows text as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.casework import desk
from bot.web.auth import COOKIE
from tests.desk.app import desk_site
from tests.desk.conftest import PASSWORD, Scene, Team


@pytest.fixture
def site(scene: Scene, team: Team, tmp_path: Path) -> Iterator[str]:
    with desk_site(scene.deps, team.accounts, tmp_path / "files") as url:
        yield url


@pytest.fixture
def rani(site: str, team: Team) -> Iterator[httpx.Client]:
    signed_in = team.accounts.sign_in("rani", PASSWORD, "test")
    headers = {"X-Kawan": "1", "X-CSRF-Token": signed_in.csrf}
    with httpx.Client(base_url=site, cookies={COOKIE: signed_in.token}, headers=headers) as client:
        yield client


def test_nobody_sees_the_desk_without_a_role(site: str, scene: Scene, team: Team) -> None:
    team.accounts.add_user("arif", "Arif", "trainer", PASSWORD)
    token = team.accounts.sign_in("arif", PASSWORD, "test").token
    paths = ["", "/state", f"/c/{scene.conversation}", "/stream", f"/c/{scene.conversation}/booking/KLN643"]
    for path in paths:
        assert httpx.get(f"{site}/desk{path}").status_code == 303, path
        assert httpx.get(f"{site}/desk{path}", cookies={COOKIE: token}).status_code == 403, path


def test_acts_want_the_token_and_say_who_was_quicker(rani: httpx.Client, scene: Scene, team: Team) -> None:
    path = f"/desk/c/{scene.conversation}"
    assert rani.post(f"{path}/take", headers={"X-CSRF-Token": "x"}).status_code == 403
    desk.take_over(scene.deps, scene.conversation, team.budi)
    answer = rani.post(f"{path}/take")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "Percakapan ini sudah dipegang Budi Santoso.",
    )
    assert rani.post(f"{path}/reply", data={"text": "halo", "key": "k"}).status_code == 403
    assert rani.post("/desk/c/nothing/take").status_code == 404
    assert rani.get("/desk/c/nothing").status_code == 404
    assert rani.post("/desk/offers/nothing/grant").status_code == 404


def test_the_pages_show_what_customers_write_as_text(rani: httpx.Client, scene: Scene) -> None:
    page = rani.get(f"/desk/c/{scene.conversation}").text
    assert "<img src=x" not in page
    assert "<script>document" not in page
    assert "&lt;img src=x" in page
    assert "<b>titik</b>" not in page


def test_the_booking_is_read_live_and_its_absence_told(
    rani: httpx.Client, scene: Scene, control: object
) -> None:
    path = f"/desk/c/{scene.conversation}/booking"
    assert "Bandung" in rani.get(f"{path}/KLN643").text
    assert "tidak ditemukan" in rani.get(f"{path}/NONE99").text
    control.add_fault("down")  # type: ignore[attr-defined]
    assert "tidak bisa dihubungi" in rani.get(f"{path}/KLN643").text


def open_desk(browser: Browser, site: str, path: str, login: str = "rani", **options: object) -> Page:
    context = browser.new_context(locale="id-ID", timezone_id="Asia/Jakarta", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}{path}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk[data-live=yes]")
    return page


@pytest.mark.chromium
def test_a_handover_from_the_queue_to_giving_back(
    browser: Browser, site: str, scene: Scene, team: Team
) -> None:
    page = open_desk(browser, site, "/desk", viewport={"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    page.click('[data-test="waiting"] a')
    page.wait_for_selector("#desk[data-live=yes]")
    expect(page.locator('[data-test="facts"]')).to_contain_text("Rp\u00a0643.305")
    expect(page.locator('[data-test="facts"]')).to_contain_text("Rp\u00a03.000")
    expect(page.locator('[data-test="proposal"]')).to_contain_text("saya tidak mau bayar lagi")
    page.click('[data-test="take"]')
    expect(page.locator('[data-test="holder"]')).to_have_text("Anda yang pegang")
    page.fill('[data-test="reply"]', "Halo Pak Bima,\nsaya Rani.")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-test="transcript"] .agent')).to_contain_text("saya Rani.")
    expect(page.locator('[data-test="reply"]')).to_have_value("")
    # the customer writes: seen within about a second, without a click
    scene.customer_says("<i>oke</i> mbak, ditunggu", 2)
    expect(page.locator('[data-test="transcript"]')).to_contain_text("<i>oke</i> mbak", timeout=2500)
    offer = scene.offer("waive_and_issue").id
    page.click(f'[data-grant="{offer}"]')
    expect(page.locator(f'[data-offer="{offer}"]')).to_have_attribute("data-status", "done")
    number = scene.deps.backend.booking("KLN643").tickets[0].number
    expect(page.locator('[data-test="transcript"] .bot').last).to_contain_text(number)
    page.click('[data-test="open-give-back"]')
    page.check("input[value=solved]")
    page.fill('[data-test="agreed"]', "Selisih dihapus dan tiket sudah terbit")
    page.click('[data-test="give-back"]')
    expect(page.locator('[data-test="holder"]')).to_have_text("ditangani Kawan")
    assert page.title() not in ("1", "2")
    page.context.close()


@pytest.mark.chromium
def test_whoever_is_slower_sees_who_has_it(browser: Browser, site: str, scene: Scene, team: Team) -> None:
    page = open_desk(browser, site, f"/desk/c/{scene.conversation}", "budi")
    desk.take_over(scene.deps, scene.conversation, team.rani)
    expect(page.locator('[data-test="holder"]')).to_have_text("dipegang Rani Kartika", timeout=2500)
    expect(page.locator('[data-test="take"]')).to_be_hidden()
    expect(page.locator('[data-test="reply"]')).to_be_hidden()
    page.context.close()


@pytest.mark.chromium
def test_a_draft_survives_and_is_sent_once_where_the_answer_was_lost(
    browser: Browser, site: str, scene: Scene, team: Team
) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    page = open_desk(browser, site, f"/desk/c/{scene.conversation}")
    page.fill('[data-test="reply"]', "Sebentar ya Pak")
    lost = [True]

    def lose_the_first_answer(route: object) -> None:
        if lost:
            lost.clear()
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/reply", lose_the_first_answer)
    page.click('[data-test="send-reply"]')
    expect(page.locator('[data-test="problem"]')).to_be_visible()
    expect(page.locator('[data-test="reply"]')).to_have_value("Sebentar ya Pak")
    page.reload()
    page.wait_for_selector("#desk[data-live=yes]")
    expect(page.locator('[data-test="reply"]')).to_have_value("Sebentar ya Pak")
    page.click('[data-test="send-reply"]')
    expect(page.locator('[data-test="reply"]')).to_have_value("")
    assert [m["text"] for m in scene.messages()].count("Sebentar ya Pak") == 1
    page.context.close()


@pytest.mark.chromium
def test_on_a_phone_everything_is_reachable(browser: Browser, site: str, scene: Scene) -> None:
    page = open_desk(browser, site, f"/desk/c/{scene.conversation}", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator('[data-test="facts"]')).to_be_hidden()
    page.click('[data-tab="side"]')
    expect(page.locator('[data-test="facts"]')).to_be_visible()
    page.click('[data-tab="talk"]')
    expect(page.locator('[data-test="take"]')).to_be_visible()
    page.context.close()
