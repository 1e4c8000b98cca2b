"""Users, passwords, sessions and the throttling of guesses."""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import accounts
from bot.accounts import Accounts
from bot.casework.deps import Deps
from bot.errors import AccountError, BadLogin, TooManyAttempts
from bot.store.tables import Audit, User, UserSession

PASSWORD = "kata-sandi-panjang"


class Hands:
    """A real clock that the test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def now(self) -> datetime:
        return self.at

    def offset(self) -> timedelta:
        return timedelta()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def people(deps: Deps, hands: Hands) -> Accounts:
    made = Accounts(deps.store, hands, hands)
    made.add_user("Rani", "Rani Kartika", "agent", PASSWORD)
    return made


def test_a_password_is_kept_as_argon2id_and_a_session_as_a_hash(people: Accounts, deps: Deps) -> None:
    signed_in = people.sign_in("RANI ", PASSWORD, "10.0.0.1")
    with deps.store.reading() as session:
        user = session.scalars(select(User)).one()
        row = session.scalars(select(UserSession)).one()
    assert user.password_hash.startswith("$argon2id$")
    assert signed_in.token not in row.token_hash
    assert len(row.token_hash) == 64
    found = people.session(signed_in.token)
    assert found is not None
    assert (found.account.name, found.account.role, found.csrf) == ("Rani Kartika", "agent", signed_in.csrf)
    assert people.session(None) is None
    assert people.session("another") is None


@pytest.mark.parametrize(
    ("login", "name", "role", "password", "said"),
    [
        ("ra", "R", "agent", PASSWORD, "login"),
        ("rani k", "R", "agent", PASSWORD, "login"),
        ("rani2", " ", "agent", PASSWORD, "name"),
        ("rani2", "R", "boss", PASSWORD, "role"),
        ("rani2", "R", "agent", "pendek", "password"),
        ("rani", "R", "agent", PASSWORD, "taken"),
    ],
)
def test_a_bad_user_is_refused(
    people: Accounts, login: str, name: str, role: str, password: str, said: str
) -> None:
    with pytest.raises(AccountError, match=said):
        people.add_user(login, name, role, password)


def test_a_session_ends_idle_after_two_hours_and_always_after_twelve(people: Accounts, hands: Hands) -> None:
    token = people.sign_in("rani", PASSWORD, "a").token
    start = hands.at
    for minutes in range(0, 12 * 60, 110):
        hands.at = start + timedelta(minutes=minutes)
        assert people.session(token) is not None, minutes
    hands.at = start + timedelta(hours=12)
    assert people.session(token) is None
    idle = people.sign_in("rani", PASSWORD, "a").token
    hands.at += timedelta(hours=1, minutes=59)
    assert people.session(idle, touch=False) is not None
    hands.at += timedelta(minutes=1)
    assert people.session(idle) is None


def test_disabling_ends_sessions_and_logins(people: Accounts) -> None:
    token = people.sign_in("rani", PASSWORD, "a").token
    people.disable_user("rani")
    assert people.session(token) is None
    with pytest.raises(BadLogin):
        people.sign_in("rani", PASSWORD, "a")
    with pytest.raises(AccountError):
        people.disable_user("nobody")
    assert [(u["login"], u["disabled"]) for u in people.list_users()] == [("rani", True)]


def test_guessing_is_slowed_for_the_guesser_alone(people: Accounts, hands: Hands) -> None:
    for _ in range(5):
        with pytest.raises(BadLogin):
            people.sign_in("rani", "salah-salah-salah", "evil")
    with pytest.raises(TooManyAttempts) as refused:
        people.sign_in("rani", PASSWORD, "evil")
    assert 0 < refused.value.wait <= 15 * 60
    assert people.sign_in("rani", PASSWORD, "home").account.login == "rani"
    hands.at += timedelta(minutes=15, seconds=1)
    assert people.sign_in("rani", PASSWORD, "evil").account.login == "rani"


def test_many_logins_from_one_address_are_slowed(people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_PER_ADDRESS", 6)
    for number in range(6):
        with pytest.raises(BadLogin):
            people.sign_in(f"user{number}", "salah-salah-salah", "evil")
    with pytest.raises(TooManyAttempts):
        people.sign_in("user9", "salah-salah-salah", "evil")


def test_signing_in_often_is_no_guessing(people: Accounts) -> None:
    for _ in range(8):
        people.sign_in("rani", PASSWORD, "home")


def test_an_unknown_login_takes_as_long_as_a_known_one(people: Accounts) -> None:
    def duration(login: str, address: str) -> float:
        start = time.perf_counter()
        with pytest.raises(BadLogin):
            people.sign_in(login, "salah-salah-salah", address)
        return time.perf_counter() - start

    duration("warmup", "x")
    known = min(duration("rani", f"a{n}") for n in range(3))
    unknown = min(duration("nobody", f"b{n}") for n in range(3))
    assert unknown > known / 2


def test_demo_users_are_made_once_and_their_file_is_private(deps: Deps, hands: Hands, tmp_path: Path) -> None:
    people = Accounts(deps.store, hands, hands)
    path = tmp_path / "var" / "demo-accounts.txt"
    made = people.create_demo_users(path)
    assert [login for login, _ in made] == ["agen", "supervisor", "pelatih", "admin"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "".join(f"{login}\t{password}\n" for login, password in made)
    for login, password in made:
        people.sign_in(login, password, "home")
    assert people.create_demo_users(path) == []


def test_what_users_do_is_audited(people: Accounts, deps: Deps) -> None:
    people.sign_out(people.sign_in("rani", PASSWORD, "10.0.0.1"))
    with deps.store.reading() as session:
        acts = [(a.actor, a.act) for a in session.scalars(select(Audit).order_by(Audit.id))]
    assert acts == [("cli", "user_added"), ("rani", "login_tried"), ("rani", "login"), ("rani", "logout")]
