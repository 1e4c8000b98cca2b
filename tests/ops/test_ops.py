"""Operations over HTTP: looking up, making things happen, and how the system is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.backend.control import DemoControl
from bot.care.facts import BookingStatus
from bot.casework import desk
from bot.ops.routes import ops_router
from bot.store.tables import Audit, Job, Outgoing
from bot.web.auth import COOKIE, Auth
from bot.web.pages import mount_static
from bot.web.security import SecurityHeaders
from tests.desk.conftest import PASSWORD, Scene, Team
from tests.web.serving import make_pages, serving


class Clock:
    def __init__(self) -> None:
        self.by: list[timedelta] = []

    def __call__(self, by: timedelta) -> datetime:
        self.by.append(by)
        return datetime.fromisoformat("2026-11-24T10:00:00+07:00")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def site(scene: Scene, team: Team, clock: Clock | None, control: DemoControl | None) -> FastAPI:
    def gone() -> bool:
        raise OSError("nobody there")

    app = FastAPI(openapi_url=None)
    pages = make_pages(scene.deps)
    auth = Auth(team.accounts, pages)
    auth.install(app)
    checks = {"Otak": lambda: True, "Sistem pemesanan": gone}
    app.include_router(ops_router(scene.deps, auth, pages, checks=checks, control=control, advance=clock))
    mount_static(app)
    app.add_middleware(SecurityHeaders)
    return app


@pytest.fixture
def address(scene: Scene, team: Team, clock: Clock, control: DemoControl) -> Iterator[str]:
    with serving(site(scene, team, clock, control)) as url:
        yield url


class Operator:
    def __init__(self, http: httpx.Client, csrf: str) -> None:
        self.http, self.csrf = http, csrf

    def get(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.text

    def do(self, path: str, **form: str) -> str:
        answer = self.http.post(path, data={"csrf": self.csrf, **form})
        assert answer.status_code == 303
        return self.get(answer.headers["location"])


@pytest.fixture
def dewi(address: str, team: Team) -> Iterator[Operator]:
    signed_in = team.accounts.sign_in("dewi", PASSWORD, "test")
    with httpx.Client(base_url=address, cookies={COOKIE: signed_in.token}) as http:
        yield Operator(http, signed_in.csrf)


def test_agents_have_no_business_here(address: str, team: Team) -> None:
    token = team.accounts.sign_in("rani", PASSWORD, "test").token
    for path in ("/ops", "/ops/bookings", "/ops/bookings/KLN643"):
        assert httpx.get(address + path).status_code == 303
        assert httpx.get(address + path, cookies={COOKIE: token}).status_code == 403


def test_every_act_wants_the_token(dewi: Operator) -> None:
    for path in ("/ops/world/clear", "/ops/bookings/KLN643/lapse"):
        assert dewi.http.post(path).status_code == 403


def test_bookings_are_found_by_code_name_phone_and_state(dewi: Operator) -> None:
    for query in ("q=KLN643", "q=bima+pras", "q=0812-0000-0101", "situation=first-story"):
        assert "KLN643" in dewi.get(f"/ops/bookings?{query}"), query
    assert "Tidak ada yang cocok" in dewi.get("/ops/bookings?q=tidakada&status=paid")
    assert "Tidak ada yang cocok" in dewi.get("/ops/bookings?q=%3Cscript%3E")
    assert "Ditolak" in dewi.get("/ops/bookings?status=nonsense")


def test_a_booking_shows_its_facts(dewi: Operator) -> None:
    page = dewi.get("/ops/bookings/KLN643")
    for fact in (
        "Bima Prasetyo",
        "Rp\u00a0646.305",
        "Rp\u00a0643.305",
        "menunggu pembayaran diterima",
        "Bandung",
    ):
        assert fact in page, fact
    assert dewi.http.get("/ops/bookings/NONE99").status_code == 404


def test_an_operator_makes_things_happen(dewi: Operator, scene: Scene) -> None:
    backend = scene.deps.backend
    assert "Pembayaran masuk." in dewi.do("/ops/bookings/KLN643/payment", amount="Rp 3.000", method="qris")
    paid = backend.booking("KLN643").payments
    assert [p.amount for p in paid] == [643305, 3000]
    for payment in paid:
        assert "Pembayaran diterima." in dewi.do("/ops/bookings/KLN643/accept", payment=payment.id)
    assert "Tiket terbit." in dewi.do("/ops/bookings/KLN643/issue")
    assert backend.booking("KLN643").status is BookingStatus.ISSUED
    departs = (scene.deps.clock.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    page = dewi.do("/ops/bookings/KLN643/schedule", kind="delay", note="cuaca <b>", departs=departs)
    assert "Jadwal diubah." in page
    assert "cuaca &lt;b&gt;" in page
    with scene.deps.store.reading() as session:
        acts = session.scalars(select(Audit.act).where(Audit.actor == "dewi", Audit.act.like("ops_%"))).all()
    assert acts == ["ops_payment", "ops_accept", "ops_accept", "ops_issue", "ops_schedule"]


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("payment", {"amount": "banyak"}),
        ("payment", {"amount": "0"}),
        ("accept", {"payment": "nothing"}),
        ("schedule", {"kind": "delay", "departs": "besok"}),
        ("schedule", {"kind": "nonsense"}),
        ("issue", {}),
        ("nonsense", {}),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(dewi: Operator, act: str, form: dict[str, str]) -> None:
    assert 'data-test="bad"' in dewi.do(f"/ops/bookings/KLN643/{act}", **form)


def test_the_hold_lapses_and_a_story_begins_anew(dewi: Operator, scene: Scene) -> None:
    assert "Batas bayar dilewatkan." in dewi.do("/ops/bookings/KLN643/lapse")
    assert scene.deps.backend.booking("KLN643").status is BookingStatus.EXPIRED
    assert "disiapkan dari awal" in dewi.do("/ops/world/situation", name="first-story")
    assert scene.deps.backend.booking("KLN643").status is BookingStatus.AWAITING_PAYMENT


def test_faults_are_set_seen_and_cleared(dewi: Operator) -> None:
    assert "sistem mati" in dewi.do("/ops/world/fault", kind="down")
    assert "tidak bisa dihubungi" in dewi.get("/ops/bookings/KLN643")
    assert "dicabut" in dewi.do("/ops/world/clear")
    assert "Bima Prasetyo" in dewi.get("/ops/bookings/KLN643")
    assert 'data-test="bad"' in dewi.do("/ops/world/fault", kind="nonsense")


def test_the_clock_is_advanced(dewi: Operator, clock: Clock) -> None:
    assert "24/11 10.00" in dewi.do("/ops/world/advance", by="2d")
    assert 'data-test="bad"' in dewi.do("/ops/world/advance", by="1000y")
    assert clock.by == [timedelta(days=2)]


def test_no_link_makes_the_page_say_things(dewi: Operator) -> None:
    assert "Hubungi 0812" not in dewi.get("/ops?said=Hubungi+0812&bad=Hubungi+0812")


def test_health_names_what_stopped_and_why(dewi: Operator, scene: Scene, team: Team) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    sent = desk.reply(scene.deps, scene.conversation, team.rani, "Halo", "k")
    with scene.deps.store.transaction() as session:
        row = session.get_one(Outgoing, sent)
        row.status, row.error = "parked", "diblokir <pelanggan>"
        job = session.scalars(select(Job)).first()
        assert job is not None
        job.error, job.attempts = "BackendUnavailable: mati", 3
    page = dewi.get("/ops")
    assert "diblokir &lt;pelanggan&gt;" in page
    assert "BackendUnavailable: mati" in page
    assert page.count("tidak menjawab") == 1
    assert page.count(">menjawab<") == 1


def test_without_the_demo_only_health_is_left(scene: Scene, team: Team) -> None:
    token = team.accounts.sign_in("admin", PASSWORD, "test").token
    with serving(site(scene, team, None, None)) as url:
        page = httpx.get(f"{url}/ops", cookies={COOKIE: token}).text
        assert "Kesehatan" in page
        assert "Perusahaan contoh" not in page
        assert httpx.get(f"{url}/ops/bookings", cookies={COOKIE: token}).status_code == 404
