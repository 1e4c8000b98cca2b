from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.care.messages import IncomingMessage, Option, OutgoingMessage
from bot.channels.telegram import TelegramChannel
from bot.conversation.access import TelegramAccess
from bot.errors import ChannelRefused, ChannelRetry, SendUnknown
from bot.store.conversations import find_conversation, transcript
from bot.store.engine import Store, open_store
from tests.channels.bot_api import TOKEN, BotApi, Fault
from tests.conversation.helpers import RealClock, eventually
from tests.store.templates import sqlite_database

pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after.*:DeprecationWarning")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(sqlite_database(tmp_path), b"secret")
    yield opened
    opened.close()


@pytest.fixture
def api() -> Iterator[BotApi]:
    server = BotApi()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start(api: BotApi, tmp_path: Path) -> Iterator[Callable[..., TelegramChannel]]:
    started: list[TelegramChannel] = []

    def start(updates: Any, token: str = TOKEN) -> TelegramChannel:
        channel = TelegramChannel(
            token,
            updates,
            base_url=f"{api.url}/bot",
            base_file_url=f"{api.url}/file/bot",
            files_folder=tmp_path,
            poll_seconds=1,
            first_retry=0.05,
        )
        channel.start()
        started.append(channel)
        return channel

    yield start
    for channel in started:
        channel.stop()
        assert not channel.alive()


@pytest.fixture
def access(store: Store) -> TelegramAccess:
    return TelegramAccess(store, RealClock(), 0.0)


def said(store: Store, chat: str = "7") -> list[str]:
    with store.reading() as session:
        found = find_conversation(session, "telegram", chat)
        return [] if found is None else [m["text"] for m in transcript(session, found.id)]


def outgoing(text: str = "halo", **rest: Any) -> OutgoingMessage:
    return OutgoingMessage("k", "7", "bot", None, text, **rest)


def test_updates_are_stored_and_then_acknowledged(
    api: BotApi, store: Store, access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    for text in ("a", "b"):
        api.customer(text=text)
    last = api.customer(text="c")
    start(access)
    eventually(lambda: api.offset == last["update_id"] + 1)
    assert said(store) == ["a", "b", "c"]
    assert access.offset() == last["update_id"] + 1


def test_an_offset_moves_only_after_the_commit(
    api: BotApi, store: Store, access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    failing = threading.Event()
    failing.set()

    class Failing:
        may_poll, stop_polling, offset = access.may_poll, access.stop_polling, access.offset

        def keep(self, message: IncomingMessage | None, next_offset: int) -> bool:
            if message is not None and message.text == "b" and failing.is_set():
                raise OSError("disk full")
            return access.keep(message, next_offset)

    first, second = api.customer(text="a"), api.customer(text="b")
    start(Failing())
    eventually(lambda: len([m for m, _ in api.calls if m == "getUpdates"]) >= 2)
    assert api.offset <= second["update_id"]
    assert said(store) == ["a"]
    failing.clear()
    eventually(lambda: api.offset == second["update_id"] + 1)
    assert said(store) == ["a", "b"]
    assert first["update_id"] < second["update_id"]


def test_deliveries_repeat_and_connections_break(
    api: BotApi, store: Store, access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    faults = [Fault(cut=True), Fault(500), Fault(429, retry_after=0), Fault(409, "Conflict: webhook is set")]
    api.fault = lambda method, data: faults.pop() if method == "getUpdates" and faults else None
    update = api.customer(text="a")
    api.deliver(update)
    api.customer(text="grup", chat=8)
    api.updates[-1]["message"]["chat"]["type"] = "group"
    last = api.customer(text="b")
    start(access)
    eventually(lambda: api.offset == last["update_id"] + 1, 20)
    assert said(store) == ["a", "b"]
    assert said(store, "8") == []
    assert any(method == "deleteWebhook" for method, _ in api.calls)


def test_a_second_poller_waits(
    api: BotApi, store: Store, access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    assert TelegramAccess(store, RealClock(), 0.0).may_poll()
    start(access)
    api.customer(text="a")
    assert said(store) == []
    assert not any(method == "getUpdates" for method, _ in api.calls)


def test_taps_are_answered(
    api: BotApi, store: Store, access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    api.tap("yes", [[{"text": "Ya dong", "callback_data": "yes"}]])
    start(access)
    eventually(lambda: any(m == "answerCallbackQuery" for m, _ in api.calls))
    assert said(store) == ["Ya dong"]


def test_messages_buttons_and_files_are_sent(
    api: BotApi, access: TelegramAccess, start: Callable[..., TelegramChannel], tmp_path: Path
) -> None:
    (tmp_path / "t.pdf").write_bytes(b"%PDF")
    channel = start(access)
    assert channel.send(outgoing("halo", options=(Option("Ya", "y"),))).isdigit()
    channel.send(
        outgoing("tiketmu", attachment={"path": "t.pdf", "name": "tiket.pdf", "mime": "application/pdf"})
    )
    channel.send(outgoing("nomormu?", ask_contact=True))
    channel.typing("7")
    assert api.texts() == ["halo", "tiketmu", "nomormu?"]
    assert "callback_data" in api.sent[0]["reply_markup"]
    assert "request_contact" in api.sent[2]["reply_markup"]
    assert ("tiket.pdf", b"%PDF") in api.sent[1].values()
    assert any(method == "sendChatAction" for method, _ in api.calls)
    with pytest.raises(ChannelRefused):
        channel.send(outgoing("x", attachment={"path": "../../etc/passwd", "name": "x", "mime": "x"}))


@pytest.mark.parametrize(
    ("fault", "error", "detail"),
    [
        (Fault(429, retry_after=7), ChannelRetry, {"retry_after": 7.0}),
        (Fault(403, "Forbidden: bot was blocked by the user"), ChannelRefused, {"unreachable": True}),
        (Fault(400, "Bad Request: chat not found"), ChannelRefused, {"unreachable": True}),
        (Fault(400, "Bad Request: message text is empty"), ChannelRefused, {"unreachable": False}),
        (Fault(500), ChannelRetry, {"retry_after": None}),
        (Fault(502), SendUnknown, {}),
        (Fault(cut=True, acts=True), SendUnknown, {}),
        (Fault(cut=True), SendUnknown, {}),
    ],
)
def test_what_a_failed_send_means(
    api: BotApi,
    access: TelegramAccess,
    start: Callable[..., TelegramChannel],
    fault: Fault,
    error: type[Exception],
    detail: dict[str, Any],
) -> None:
    channel = start(access)
    api.fault = lambda method, data: fault if method == "sendMessage" else None
    with pytest.raises(error) as caught:
        channel.send(outgoing())
    for name, value in detail.items():
        assert getattr(caught.value, name) == value


def test_nobody_there_is_certainly_not_sent(access: TelegramAccess) -> None:
    channel = TelegramChannel(TOKEN, access, base_url="http://127.0.0.1:9/bot", poll_seconds=1)
    with pytest.raises(ChannelRetry):
        channel.send(outgoing())
    channel.start()
    try:
        with pytest.raises(ChannelRetry):
            channel.send(outgoing())
    finally:
        channel.stop()


def test_a_wrong_token_is_no_customers_fault(
    access: TelegramAccess, start: Callable[..., TelegramChannel]
) -> None:
    channel = start(access, "1:wrong")
    with pytest.raises(ChannelRetry):
        channel.send(outgoing())
