"""A desk over a real store and the real demo company, with one customer who complains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from bot import accounts
from bot.accounts import Account, Accounts
from bot.backend.client import Backend
from bot.backend.control import DemoControl
from bot.care.messages import IncomingMessage, Sender, Understanding
from bot.casework import cases, people
from bot.casework.deps import Deps
from bot.casework.presenting import present
from bot.casework.work import Work, commit
from bot.conversation.access import WebAccess
from bot.store.clock import real_now
from bot.store.engine import Store, open_store
from bot.store.outbox import claim_next
from bot.store.schema import upgrade
from bot.store.tables import Customer, Offer, new_id
from demo.server import running
from demo.settings import Settings
from tests.web.serving import LONG_AGO, make_deps

TOKEN = "token-of-the-tests"
PASSWORD = "kata-sandi-panjang"
WORDS = 'Di web 643.305, di email 646.305?? <img src=x onerror="document.title=1"> <script>document.title=2</script>'


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts._nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    with running(Settings(database_url=f"sqlite:///{path}", token=TOKEN)) as url:
        yield url


@pytest.fixture
def control(demo: str) -> Iterator[DemoControl]:
    made = DemoControl.at(demo, TOKEN)
    made.load_named("first-story")
    yield made
    made.clear_faults()
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/kawan.db"
    upgrade(url)
    opened = open_store(url, b"secret")
    yield opened
    opened.close()


@pytest.fixture
def deps(store: Store, demo: str, control: DemoControl) -> Iterator[Deps]:
    backend = Backend(demo, TOKEN)
    yield make_deps(store, backend)
    backend.close()


@dataclass(frozen=True)
class Team:
    accounts: Accounts
    rani: Account
    budi: Account
    dewi: Account
    admin: Account


@pytest.fixture
def team(deps: Deps) -> Team:
    made = Accounts(deps.store, deps.clock)
    return Team(
        made,
        made.add_user("rani", "Rani Kartika", "agent", PASSWORD),
        made.add_user("budi", "Budi Santoso", "agent", PASSWORD),
        made.add_user("dewi", "Dewi Lestari", "supervisor", PASSWORD),
        made.add_user("admin", "Admin", "admin", PASSWORD),
    )


@dataclass(frozen=True)
class Scene:
    """A conversation that waits at the desk, with its case and offers."""

    deps: Deps
    conversation: str
    case: str

    def customer_says(self, text: str, number: int = 0) -> None:
        access = WebAccess(self.deps.store, self.deps.clock, 0)
        key = f"{self.conversation}:{number}:{text[:20]}"
        sender = Sender(f"session:{self.conversation}")
        access.receive(IncomingMessage("web", key, self.conversation, sender, "text", text, real_now()))

    def deliver(self) -> None:
        """What the outbox worker does on the web."""
        self.deps.store.run(
            lambda session: claim_next(
                session,
                self.conversation,
                now=real_now(),
                stuck_before=LONG_AGO,
                product_now=self.deps.clock.now(),
            )
        )

    def messages(self) -> list[dict[str, Any]]:
        self.deliver()
        return WebAccess(self.deps.store, self.deps.clock, 0).messages(self.conversation, 0)

    def offer(self, remedy: str) -> Offer:
        with self.deps.store.reading() as session:
            return session.scalars(
                select(Offer).where(Offer.case_id == self.case, Offer.remedy == remedy)
            ).one()

    def set_authority(self, remedy: str, authority: str) -> str:
        offer = self.offer(remedy).id
        self.deps.store.run(lambda session: setattr(session.get_one(Offer, offer), "authority", authority))
        return offer


@pytest.fixture
def scene(deps: Deps) -> Scene:
    access = WebAccess(deps.store, deps.clock, 0)
    conversation = access.open(Sender("sub:bima-prasetyo", "Bima Prasetyo", proven_subject="bima-prasetyo"))
    booking = deps.backend.booking("KLN643")
    made: list[str] = []

    def writes(work: Work) -> None:
        customer = Customer(
            id=new_id(),
            backend_id="bima-prasetyo",
            name="Bima Prasetyo",
            form_of_address="Bapak",
            phone="+6281200000101",
            email="bima.prasetyo@contoh.id",
            created_at=work.now,
        )
        work.session.add(customer)
        work.session.flush()
        work.identity.customer_id = customer.id
        understanding = Understanding(WORDS, "complain_payment_mismatch", 0.9, mood="angry")
        case = cases.take_up_case(work, "complain_payment_mismatch", understanding, "KLN643")
        present(work, case, booking, ())
        case.proposal = "Tiketnya terbitkan saja, saya tidak mau bayar lagi <b>titik</b>"
        people.hand_over(work, case, "proposal", "utter_proposal_taken", {"proposal": case.proposal})
        made.append(case.id)

    found = Scene(deps, conversation, "")
    found.customer_says(WORDS)
    commit(deps, conversation, "scene", writes)
    found.deliver()
    return Scene(deps, conversation, made[0])
