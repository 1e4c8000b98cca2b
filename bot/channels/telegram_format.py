"""Telegram's updates as messages, and messages as what Telegram takes. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)

from bot.care.messages import IncomingMessage, OutgoingMessage, Sender, option_token

MAX_TEXT = 4096
MAX_CAPTION = 1024
_CONTACT_BUTTON = "Kirim nomor saya"
_CONTACT_HINT = "Ketuk tombol di bawah buat mengirim nomormu."


def to_incoming(update: Update, now: datetime) -> IncomingMessage | None:
    """The customer's message in an update; None for what is not one (groups, channels, other kinds)."""
    if update.callback_query is not None:
        return _tap(update.update_id, update.callback_query, now)
    message = update.message or update.edited_message
    if message is None or message.chat.type != "private" or message.from_user is None:
        return None
    sender = Sender(str(message.from_user.id), message.from_user.full_name)
    kind, text, payload = _content(message)
    if kind == "contact" and payload["own"]:
        sender = replace(sender, proven_phone=payload["phone"])
    if update.edited_message is not None:
        kind, payload = "other", {**payload, "edits": message.message_id}
    return IncomingMessage(
        channel="telegram",
        # Update ids begin anew after an idle week; with chat and message the id stays unique for good.
        platform_id=f"{update.update_id}:{message.chat.id}:{message.message_id}",
        chat_id=str(message.chat.id),
        sender=sender,
        kind=kind,
        text=text,
        sent_at=message.edit_date or message.date if update.edited_message is not None else message.date,
        payload=payload,
    )


def _tap(update_id: int, query: CallbackQuery, now: datetime) -> IncomingMessage | None:
    if query.message is None or query.message.chat.type != "private" or not query.data:
        return None
    label = ""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    if markup is not None:
        buttons = [button for row in markup.inline_keyboard for button in row]
        label = next((button.text for button in buttons if button.callback_data == query.data), "")
    return IncomingMessage(
        channel="telegram",
        platform_id=f"{update_id}:tap:{query.id}",
        chat_id=str(query.message.chat.id),
        sender=Sender(str(query.from_user.id), query.from_user.full_name),
        kind="option",
        text=label,
        sent_at=now,  # Telegram gives the time of the buttons' message, not of the tap
        payload={"value": query.data},
    )


def _content(message: Message) -> tuple[str, str, dict[str, Any]]:
    """(kind, text, payload)"""
    if message.text is not None:
        return "text", message.text, _command(message.text)
    if (contact := message.contact) is not None:
        own = message.from_user is not None and contact.user_id == message.from_user.id
        phone = "+" + re.sub(r"\D", "", contact.phone_number)
        return "contact", "", {"phone": phone, "own": own, "name": contact.first_name}
    if message.photo:
        return "file", message.caption or "", _file("photo", message.photo[-1], "foto.jpg", "image/jpeg")
    for type_, name, mime in (
        ("document", "berkas", "application/octet-stream"),
        ("voice", "pesan suara", "audio/ogg"),
        ("audio", "audio", "audio/mpeg"),
        ("video", "video", "video/mp4"),
        ("video_note", "video", "video/mp4"),
        ("animation", "animasi", "video/mp4"),
    ):
        if (file := getattr(message, type_)) is not None:
            return "file", message.caption or "", _file(type_, file, name, mime)
    if message.sticker is not None:
        return "other", message.sticker.emoji or "", {"type": "sticker", "file_id": message.sticker.file_id}
    if message.location is not None:
        place = {"latitude": message.location.latitude, "longitude": message.location.longitude}
        return "other", "", {"type": "location", **place}
    return "other", message.caption or "", {"type": "unsupported"}


def _command(text: str) -> dict[str, Any]:
    """/start, with the argument of a deep link where there is one."""
    command, _, argument = text.partition(" ")
    return {"command": "start", "argument": argument.strip()} if command == "/start" else {}


def _file(type_: str, file: Any, name: str, mime: str) -> dict[str, Any]:
    return {
        "type": type_,
        "file_id": file.file_id,
        "name": getattr(file, "file_name", None) or name,
        "mime": getattr(file, "mime_type", None) or mime,
        "size": file.file_size,
    }


# -- out


def split(message: OutgoingMessage) -> list[OutgoingMessage]:
    """The Telegram messages that make up one of ours, in order; the same on every attempt."""
    text = message.text
    if message.author == "agent" and message.author_name:
        text = f"{message.author_name}:\n{text}"
    attachment = message.attachment
    if attachment and not attachment.get("path"):
        # Telegram would have to fetch the address itself; a link works wherever the customer can reach it.
        text, attachment = f"{text}\n{attachment.get('url', '')}".strip(), None
    bare = replace(message, options=(), ask_contact=False, attachment=None)
    parts = []
    if attachment is not None and length(text) <= MAX_CAPTION:
        parts.append(replace(bare, text=text, attachment=attachment))
    else:
        parts += [replace(bare, text=piece) for piece in pieces(text, MAX_TEXT)]
        if attachment is not None:
            parts.append(replace(bare, text="", attachment=attachment))
    parts[-1] = replace(parts[-1], options=message.options, ask_contact=message.ask_contact)
    if message.options and message.ask_contact:
        # One message carries one keyboard.
        parts[-1] = replace(parts[-1], ask_contact=False)
        parts.append(replace(bare, text=_CONTACT_HINT, ask_contact=True))
    return [replace(part, key=f"{message.key}#{number}") for number, part in enumerate(parts)]


def keyboard(message: OutgoingMessage) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if message.options:
        return InlineKeyboardMarkup(
            [
                [InlineKeyboardButton(option.label, callback_data=option_token(option.value))]
                for option in message.options
            ]
        )
    if message.ask_contact:
        button = KeyboardButton(_CONTACT_BUTTON, request_contact=True)
        return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    return None


def length(text: str) -> int:
    """As Telegram counts, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces of at most `limit`, cut between paragraphs, sentences, words, in that order."""
    rest = text.strip()
    while length(rest) > limit:
        cut = _cut(rest, limit)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    yield rest or "…"


def _cut(text: str, limit: int) -> int:
    fits = limit
    while length(text[:fits]) > limit:
        fits -= 1
    window = text[:fits]
    # Not before the middle: a short first piece reads worse than a cut sentence.
    for separator in ("\n\n", "\n", ". ", "! ", "? ", " "):
        at = window.rfind(separator, fits // 2)
        if at > 0:
            return at + len(separator)
    return fits
