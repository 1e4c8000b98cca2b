"""Users of desk, studio and operations: passwords, sessions, throttling of guesses; each act audited."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from bot.errors import AccountError, BadLogin, TooManyAttempts
from bot.store.clock import Clock, real_now
from bot.store.engine import Store
from bot.store.tables import Audit, User, UserSession, new_id

ROLES = ("agent", "supervisor", "trainer", "admin")
SESSION_LASTS = timedelta(hours=12)
IDLE_ENDS = timedelta(hours=2)
# A session in use is prolonged at most this often: reading pages must not cost a write each.
_TOUCH_EVERY = timedelta(minutes=2)
_MIN_PASSWORD, _MAX_PASSWORD = 10, 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

# Guesses within the window: one login from one address, one address, one login from anywhere.
_WINDOW = timedelta(minutes=15)
_PER_PAIR, _PER_ADDRESS, _PER_LOGIN = 5, 40, 100

_DEMO = (
    ("agen", "Rani Kartika", "agent"),
    ("supervisor", "Dewi Lestari", "supervisor"),
    ("pelatih", "Arif Nugroho", "trainer"),
    ("admin", "Admin Kelana", "admin"),
)

_hasher = PasswordHasher()


@functools.cache
def _nobodys_hash() -> str:
    """Verified against where the login is unknown, so that it takes as long."""
    return _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A request's user; `csrf` has to come with every request that changes something."""

    account: Account
    csrf: str
    token: str


class Accounts:
    def __init__(self, store: Store, clock: Clock, real_time: Callable[[], datetime] = real_now) -> None:
        self._store = store
        self._clock = clock
        self._real_now = real_time

    # -- users

    def add_user(self, login: str, name: str, role: str, password: str, actor: str = "cli") -> Account:
        """Raises AccountError."""
        login, name = login.strip().lower(), name.strip()
        if not _LOGIN.fullmatch(login):
            raise AccountError("login: 3 to 60 of a-z, 0-9, '.', '_' and '-'")
        if not 1 <= len(name) <= 200:
            raise AccountError("name: 1 to 200 characters")
        if role not in ROLES:
            raise AccountError(f"role: one of {', '.join(ROLES)}")
        if not _MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
            raise AccountError(f"password: {_MIN_PASSWORD} to {_MAX_PASSWORD} characters")
        hashed = _hasher.hash(password)
        return self._store.run(lambda session: self._insert(session, login, name, role, hashed, actor))

    def list_users(self) -> list[dict[str, Any]]:
        with self._store.reading() as session:
            rows = session.scalars(select(User).order_by(User.login)).all()
        return [
            {
                "login": row.login,
                "name": row.name,
                "role": row.role,
                "disabled": row.disabled_at is not None,
                "created_at": row.created_at.isoformat(),
            }
            for row in rows
        ]

    def disable_user(self, login: str, actor: str = "cli") -> None:
        """Ends the user's sessions, too. Raises AccountError where there is no such user."""

        def work(session: Session) -> None:
            user = session.scalar(select(User).where(User.login == login.strip().lower()).with_for_update())
            if user is None:
                raise AccountError(f"no user {login!r}")
            if user.disabled_at is None:
                user.disabled_at = self._clock.now()
                self._audit(session, actor, "user_disabled", user.login)
            session.execute(delete(UserSession).where(UserSession.user_id == user.id))

        self._store.run(work)

    def create_demo_users(self, path: Path) -> list[tuple[str, str]]:
        """Users to play with, on an instance that has none: (login, password), also kept in `path`."""
        made = [(login, name, role, new_password()) for login, name, role in _DEMO]
        hashed = [_hasher.hash(password) for *_, password in made]

        def work(session: Session) -> list[tuple[str, str]]:
            if session.scalar(select(User.id).limit(1)) is not None:
                return []
            for (login, name, role, _), one in zip(made, hashed, strict=True):
                self._insert(session, login, name, role, one, "setup")
            # Before the commit: passwords that nobody was told would be of no use.
            _keep_private(path, "".join(f"{login}\t{password}\n" for login, _, _, password in made))
            return [(login, password) for login, _, _, password in made]

        return self._store.run(work)

    def _insert(self, session: Session, login: str, name: str, role: str, hashed: str, actor: str) -> Account:
        if session.scalar(select(User.id).where(User.login == login)) is not None:
            raise AccountError(f"login {login!r} is taken")
        user = User(
            id=new_id(),
            login=login,
            name=name,
            role=role,
            password_hash=hashed,
            created_at=self._clock.now(),
        )
        session.add(user)
        self._audit(session, actor, "user_added", login, {"role": role})
        return _account(user)

    # -- sessions

    def sign_in(self, login: str, password: str, address: str) -> SignedIn:
        """A new session. Raises BadLogin or TooManyAttempts."""
        login = login.strip().lower()[:60]
        self._count_attempt(login, address)
        with self._store.reading() as session:
            user = session.scalar(select(User).where(User.login == login))
        usable = user is not None and user.disabled_at is None
        right = _verify(user.password_hash if user and usable else _nobodys_hash(), password)
        if user is None or not usable or not right:
            raise BadLogin("unknown login or wrong password")
        return self._store.run(lambda session: self._begin(session, user, password, address))

    def _begin(self, session: Session, user: User, password: str, address: str) -> SignedIn:
        now = self._real_now()
        signed_in = SignedIn(_account(user), secrets.token_hex(24), secrets.token_urlsafe(32))
        session.execute(delete(UserSession).where(UserSession.expires_at < now))
        session.add(
            UserSession(
                token_hash=_hash(signed_in.token),
                user_id=user.id,
                csrf=signed_in.csrf,
                created_at=now,
                expires_at=now + IDLE_ENDS,
            )
        )
        if _hasher.check_needs_rehash(user.password_hash):
            session.get_one(User, user.id).password_hash = _hasher.hash(password)
        self._audit(session, user.login, "login", _address(address))
        return signed_in

    def session(self, token: str | None, *, touch: bool = True) -> SignedIn | None:
        """Whose session it is; one in use lasts longer, up to its end. `touch`: this is use."""
        if not token:
            return None
        now = self._real_now()
        with self._store.reading() as session:
            found = session.execute(
                select(UserSession, User)
                .join(User, User.id == UserSession.user_id)
                .where(UserSession.token_hash == _hash(token))
            ).first()
        if found is None:
            return None
        row, user = found
        if user.disabled_at is not None or row.expires_at <= now or row.created_at + SESSION_LASTS <= now:
            return None
        until = min(now + IDLE_ENDS, row.created_at + SESSION_LASTS)
        if touch and until - row.expires_at > _TOUCH_EVERY:
            self._store.run(lambda session: self._prolong(session, token, until))
        return SignedIn(_account(user), row.csrf, token)

    def _prolong(self, session: Session, token: str, until: datetime) -> None:
        row = session.get(UserSession, _hash(token), with_for_update=True)
        if row is not None:
            row.expires_at = max(row.expires_at, until)

    def sign_out(self, signed_in: SignedIn) -> None:
        def work(session: Session) -> None:
            session.execute(delete(UserSession).where(UserSession.token_hash == _hash(signed_in.token)))
            self._audit(session, signed_in.account.login, "logout", "")

        self._store.run(work)

    # -- guesses

    def _count_attempt(self, login: str, address: str) -> None:
        """Written down before the password is looked at, so that many at once are counted, too."""
        address = _address(address)

        def work(session: Session) -> int:
            now = self._clock.now()
            tried = and_(Audit.act == "login_tried", Audit.at > now - _WINDOW, Audit.at <= now)
            by_login, by_address = Audit.actor == login, Audit.object == address
            since = session.scalar(
                select(func.max(Audit.id)).where(Audit.act == "login", by_login, by_address)
            )
            pair = and_(by_login, by_address, Audit.id > (since or 0))
            for limit, which in ((_PER_PAIR, pair), (_PER_ADDRESS, by_address), (_PER_LOGIN, by_login)):
                times = session.scalars(
                    select(Audit.at).where(tried, which).order_by(Audit.at.desc()).limit(limit)
                ).all()
                if len(times) >= limit:
                    return max(1, int((times[-1] + _WINDOW - now).total_seconds()))
            self._audit(session, login, "login_tried", address)
            return 0

        if wait := self._store.run(work):
            raise TooManyAttempts(wait)

    def _audit(
        self, session: Session, actor: str, act: str, thing: str, detail: dict[str, Any] | None = None
    ) -> None:
        session.add(
            Audit(at=self._clock.now(), actor=actor[:80], act=act, object=thing[:120], detail=detail or {})
        )


def new_password() -> str:
    """Easy to read and to type, 60 bits of chance: 'k7mp-2xwd-9rta'."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[:_MAX_PASSWORD])
    except VerificationError:
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(address: str) -> str:
    return (address or "unknown")[:120]


def _account(user: User) -> Account:
    return Account(user.id, user.login, user.name, user.role)


def _keep_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
