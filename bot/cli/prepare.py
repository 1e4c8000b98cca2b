"""The databases and clocks, brought to where the product starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.accounts import Accounts
from bot.backend.control import DemoControl
from bot.settings import Settings
from bot.store import schema
from bot.store.clock import ProductClock
from bot.store.engine import open_store


@dataclass(frozen=True, slots=True)
class Prepared:
    offset: timedelta  # of the product's clock
    new_accounts: list[tuple[str, str]]  # logins and passwords, if they were made just now


def prepare(settings: Settings) -> Prepared:
    """Bring the database up to date, set its clock if it is new, make the demo's accounts if it has none."""
    schema.upgrade(settings.database_url)
    store = open_store(settings.database_url, settings.secrets.secret_key, pool_size=1)
    try:
        clock = ProductClock(store)
        if settings.now is not None and clock.start_at(settings.now):
            # The demo counts in whole seconds; both clocks are to show the same.
            fraction = clock.offset() % timedelta(seconds=1)
            clock.advance(timedelta(seconds=1) - fraction if fraction else timedelta())
        accounts = []
        if settings.backend_is_demo:
            accounts = Accounts(store, clock).create_demo_users(settings.accounts_file)
        return Prepared(clock.offset(), accounts)
    finally:
        store.close()


def product_offset(settings: Settings) -> timedelta:
    store = open_store(settings.database_url, settings.secrets.secret_key, pool_size=1)
    try:
        return ProductClock(store).offset()
    finally:
        store.close()


def align_demo(settings: Settings, offset: timedelta) -> None:
    """The product's clock is the truth; a demo company of another time follows it."""
    wanted = round(offset.total_seconds())
    control = DemoControl.at(settings.backend_url, settings.secrets.backend_token)
    try:
        if control.clock()[1] != wanted:
            control.set_clock(offset_seconds=wanted)
    finally:
        control.close()
