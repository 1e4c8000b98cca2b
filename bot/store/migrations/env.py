"""Alembic's environment: always called by `bot.store.schema` with an open connection."""

from __future__ import annotations

from alembic import context

from bot.store.schema import render_item
from bot.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite cannot alter in place
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
