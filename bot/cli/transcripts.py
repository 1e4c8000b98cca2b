"""Stored conversations, printed."""

from __future__ import annotations

from sqlalchemy import select

from bot.cli.common import BadInput, opened, show, show_json, show_table
from bot.settings import Settings
from bot.store.conversations import find_conversation, transcript
from bot.store.tables import Conversation, Identity


def list_all(settings: Settings, channel: str | None, limit: int, *, as_json: bool) -> None:
    query = select(Conversation, Identity.display_name).join(
        Identity, Identity.id == Conversation.identity_id
    )
    if channel is not None:
        query = query.where(Conversation.channel == channel)
    with opened(settings) as store, store.reading() as session:
        rows = [
            {
                "conversation": row.id,
                "channel": row.channel,
                "id": row.external_id,
                "name": name,
                "owner": row.owner,
                "messages": row.last_seq,
                "updated_at": row.updated_at.isoformat(),
            }
            for row, name in session.execute(query.order_by(Conversation.updated_at.desc()).limit(limit))
        ]
    if as_json:
        show_json(rows)
    else:
        show_table(rows, ("channel", "id", "name", "owner", "messages", "updated_at"), "there is none")


def show_one(settings: Settings, channel: str, external_id: str, *, as_json: bool) -> None:
    with opened(settings) as store, store.reading() as session:
        found = find_conversation(session, channel, external_id)
        if found is None:
            raise BadInput(f"there is no conversation {external_id!r} on channel {channel!r}")
        messages = transcript(session, found.id)
    if as_json:
        show_json(messages)
        return
    for message in messages:
        show(f"{message['at'][:19]}  {message['from']:<8}  {message['text']}")
        for option in message.get("options", ()):
            show(f"{'':<31}[{option['label']}]")
