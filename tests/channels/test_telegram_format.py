from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from bot.care.messages import IncomingMessage, Option, OutgoingMessage, option_token
from bot.channels.telegram_format import keyboard, length, pieces, split, to_incoming

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = {"id": 7, "is_bot": False, "first_name": "Budi", "last_name": "S"}
FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 5}


def parse(content: dict[str, Any], *, key: str = "message", chat: str = "private") -> IncomingMessage | None:
    message = {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": 7, "type": chat, "title": "x"},
        "from": PERSON,
        **content,
    }
    return to_incoming(Update.de_json({"update_id": 9, key: message}, None), NOW)


@pytest.mark.parametrize(
    ("content", "kind", "text", "payload"),
    [
        ({"text": "halo"}, "text", "halo", {}),
        ({"text": "/start AB12"}, "text", "/start AB12", {"command": "start", "argument": "AB12"}),
        (
            {"contact": {"phone_number": "62 811-1", "first_name": "Budi", "user_id": 7}},
            "contact",
            "",
            {"phone": "+628111", "own": True, "name": "Budi"},
        ),
        (
            {"contact": {"phone_number": "+628111", "first_name": "Ani", "user_id": 8}},
            "contact",
            "",
            {"phone": "+628111", "own": False, "name": "Ani"},
        ),
        (
            {"photo": [{**FILE, "width": 1, "height": 1}], "caption": "bukti"},
            "file",
            "bukti",
            {"type": "photo", "file_id": "f", "name": "foto.jpg", "mime": "image/jpeg", "size": 5},
        ),
        (
            {"document": {**FILE, "file_name": "a.pdf", "mime_type": "application/pdf"}},
            "file",
            "",
            {"type": "document", "file_id": "f", "name": "a.pdf", "mime": "application/pdf", "size": 5},
        ),
        (
            {"voice": {**FILE, "duration": 3}},
            "file",
            "",
            {"type": "voice", "file_id": "f", "name": "pesan suara", "mime": "audio/ogg", "size": 5},
        ),
        (
            {
                "sticker": {
                    **FILE,
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                    "type": "regular",
                    "emoji": "😀",
                }
            },
            "other",
            "😀",
            {"type": "sticker", "file_id": "f"},
        ),
        (
            {"location": {"latitude": -6.2, "longitude": 106.8}},
            "other",
            "",
            {"type": "location", "latitude": -6.2, "longitude": 106.8},
        ),
        ({"dice": {"emoji": "🎲", "value": 3}}, "other", "", {"type": "unsupported"}),
    ],
)
def test_each_kind(content: dict[str, Any], kind: str, text: str, payload: dict[str, Any]) -> None:
    message = parse(content)
    assert message is not None
    assert (message.kind, message.text, message.payload) == (kind, text, payload)
    assert (message.chat_id, message.sender.user_id, message.sender.name) == ("7", "7", "Budi S")
    assert message.platform_id == "9:7:5"
    assert message.sender.proven_phone == ("+628111" if payload.get("own") else None)
    assert message.sent_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_an_edit_names_what_it_corrects() -> None:
    message = parse({"text": "baru", "edit_date": 1_700_000_100}, key="edited_message")
    assert message is not None
    assert (message.kind, message.text, message.payload) == ("other", "baru", {"edits": 5})


@pytest.mark.parametrize("chat", ["group", "supergroup", "channel"])
def test_groups_are_ignored(chat: str) -> None:
    assert parse({"text": "halo"}, chat=chat) is None


def test_a_tap_carries_value_and_label() -> None:
    query = {
        "id": "q",
        "from": PERSON,
        "chat_instance": "1",
        "data": "yes",
        "message": {
            "message_id": 5,
            "date": 1_700_000_000,
            "chat": {"id": 7, "type": "private"},
            "text": "?",
            "reply_markup": {"inline_keyboard": [[{"text": "Ya dong", "callback_data": "yes"}]]},
        },
    }
    message = to_incoming(Update.de_json({"update_id": 9, "callback_query": query}, None), NOW)
    assert message is not None
    assert (message.kind, message.text, message.payload) == ("option", "Ya dong", {"value": "yes"})


def outgoing(text: str, **rest: Any) -> OutgoingMessage:
    return OutgoingMessage(key="k", chat_id="7", author="bot", author_name=None, text=text, **rest)


def test_long_texts_are_cut_between_sentences_and_nothing_is_lost() -> None:
    text = " ".join(f"Kalimat nomor {n}, lumayan panjang juga." for n in range(400))
    parts = split(outgoing(text, options=(Option("Ya", "y"),)))
    assert len(parts) > 2
    assert " ".join(part.text for part in parts) == text
    assert all(part.text.endswith(".") for part in parts)
    assert [bool(part.options) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert len({part.key for part in parts}) == len(parts)
    assert split(outgoing(text)) == split(outgoing(text))


@pytest.mark.parametrize("text", ["😀" * 5000, "a" * 9000, "x\n" * 5000, "", " "])
def test_every_piece_fits_and_is_not_empty(text: str) -> None:
    found = list(pieces(text, 4096))
    assert all(0 < length(piece) <= 4096 for piece in found)
    assert "".join(found).replace("\n", "").replace("…", "") == text.replace("\n", "").strip()


def test_agents_are_named_links_follow_and_keyboards_do_not_mix() -> None:
    agent = OutgoingMessage("k", "7", "agent", "Rina", "Halo")
    assert split(agent)[0].text == "Rina:\nHalo"
    linked = split(outgoing("Tiketmu", attachment={"url": "https://x/t", "name": "t", "mime": "m"}))
    assert [(p.text, p.attachment) for p in linked] == [("Tiketmu\nhttps://x/t", None)]
    both = split(outgoing("?", options=(Option("Ya", "y"),), ask_contact=True))
    assert [(bool(p.options), p.ask_contact) for p in both] == [(True, False), (False, True)]
    document = split(outgoing("x" * 2000, attachment={"path": "p", "name": "t", "mime": "m"}))
    assert [(bool(p.text), bool(p.attachment)) for p in document] == [(True, False), (False, True)]


def test_buttons_fit_into_telegrams_bytes() -> None:
    long = "offer:" + "x" * 100
    markup = keyboard(outgoing("?", options=(Option("A", "a"), Option("B", long))))
    assert markup is not None
    data = [row[0]["callback_data"] for row in markup.to_dict()["inline_keyboard"]]
    assert data == ["a", option_token(long)]
    assert all(len(value.encode()) <= 64 for value in data)
    assert keyboard(outgoing("x")) is None
