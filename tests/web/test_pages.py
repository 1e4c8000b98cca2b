"""Headers, start page, log-in page and its guards, over a real server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import Depends, FastAPI

from bot.accounts import Accounts, SignedIn
from bot.casework.deps import Deps
from bot.web.auth import COOKIE, Auth
from bot.web.pages import mount_static
from bot.web.routes import CHAT, chat_router, start_router
from bot.web.security import SecurityHeaders
from tests.web.serving import make_pages, serving

PASSWORD = "kata-sandi-panjang"


@pytest.fixture
def people(deps: Deps) -> Accounts:
    made = Accounts(deps.store, deps.clock)
    made.add_user("rani", "Rani Kartika", "agent", PASSWORD)
    made.add_user("arif", "Arif", "trainer", PASSWORD)
    return made


@pytest.fixture
def address(deps: Deps, people: Accounts) -> Iterator[str]:
    app = FastAPI(openapi_url=None)
    pages = make_pages(deps)
    auth = Auth(people, pages)
    auth.install(app)
    app.include_router(start_router(pages, [CHAT]))
    app.include_router(chat_router(pages))
    mount_static(app)
    agents = auth.allow("agent")

    @app.get("/private")
    def private(me: SignedIn = Depends(agents)) -> dict[str, str]:
        return {"name": me.account.name}

    @app.post("/change")
    def change(me: SignedIn = Depends(agents)) -> dict[str, str]:
        return {"changed": "yes"}

    app.add_middleware(SecurityHeaders, frames={"/chat": "https://www.kelana.example"})
    with serving(app) as url:
        yield url


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        yield client


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def log_in(http: httpx.Client, login: str = "rani", password: str = PASSWORD, to: str = "") -> httpx.Response:
    page = http.get("/login", params={"to": to})
    form = {"login": login, "password": password, "csrf": hidden(page.text, "csrf"), "to": to}
    return http.post("/login", data=form)


def test_every_answer_carries_the_headers(http: httpx.Client) -> None:
    for path in ("/", "/chat", "/login", "/static/kawan.css", "/nowhere"):
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy, path
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in http.get("/").headers["content-security-policy"]
    chat = http.get("/chat").headers
    assert "frame-ancestors https://www.kelana.example" in chat["content-security-policy"]
    assert "x-frame-options" not in chat


def test_the_start_page_links_what_it_is_given(http: httpx.Client) -> None:
    page = http.get("/").text
    assert 'href="/chat"' in page
    assert 'href="/desk"' not in page


def test_no_page_holds_scripts_or_styles_of_its_own(http: httpx.Client) -> None:
    for path in ("/", "/chat", "/login"):
        page = http.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_whoever_is_not_signed_in_is_sent_to_the_log_in_and_back(http: httpx.Client) -> None:
    sent = http.get("/private")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?to=/private")
    assert http.get("/private", headers={"X-Kawan": "1"}).status_code == 401
    answer = log_in(http, to="/private")
    assert (answer.status_code, answer.headers["location"]) == (303, "/private")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert http.get("/private").json() == {"name": "Rani Kartika"}


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/login"]
)
def test_nobody_is_sent_elsewhere(http: httpx.Client, to: str) -> None:
    assert log_in(http, to=to).headers["location"] == "/desk"


def test_a_wrong_password_says_no_more_than_that(http: httpx.Client) -> None:
    known, unknown = log_in(http, password="salah-salah"), log_in(http, login="tiada", password="salah-salah")
    assert known.status_code == unknown.status_code == 401
    assert known.text.replace("rani", "").count("tidak cocok") == unknown.text.count("tidak cocok") == 1
    assert COOKIE not in http.cookies


def test_guessing_ends_in_429(http: httpx.Client) -> None:
    answers = [log_in(http, password="salah-salah").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_the_log_in_wants_its_own_token(http: httpx.Client) -> None:
    form = {"login": "rani", "password": PASSWORD, "csrf": "x", "to": ""}
    assert http.post("/login", data=form).status_code == 403
    assert COOKIE not in http.cookies


def test_changes_want_the_sessions_token(http: httpx.Client, people: Accounts) -> None:
    log_in(http)
    signed_in = people.session(http.cookies[COOKIE])
    assert signed_in is not None
    assert http.post("/change").status_code == 403
    assert http.post("/change", headers={"X-CSRF-Token": "wrong"}).status_code == 403
    assert http.post("/change", data={"csrf": "wrong"}).status_code == 403
    assert http.post("/change", headers={"X-CSRF-Token": signed_in.csrf}).status_code == 200
    assert http.post("/change", data={"csrf": signed_in.csrf}).status_code == 200


def test_a_role_that_does_not_suffice_is_told_so(http: httpx.Client) -> None:
    log_in(http, "arif")
    answer = http.get("/private")
    assert answer.status_code == 403
    assert "Tidak diizinkan" in answer.text


def test_logging_out_ends_the_session(http: httpx.Client, people: Accounts) -> None:
    log_in(http)
    token = http.cookies[COOKIE]
    signed_in = people.session(token)
    assert signed_in is not None
    assert http.post("/logout", data={"csrf": signed_in.csrf}).headers["location"] == "/login"
    assert people.session(token) is None


def test_the_demo_identities_exist_with_the_demo_alone(http: httpx.Client) -> None:
    assert http.get("/chat/demo-identities").status_code == 404
    assert "persona" not in http.get("/chat").text
