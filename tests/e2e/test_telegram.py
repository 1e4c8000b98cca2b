"""A customer on Telegram, through a Bot API server: contact card, buttons, the remedy, the stored transcript."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.bot_api import TOKEN, BotApi
from tests.e2e.product import Product, until

CHAT = 7


@pytest.fixture
def api() -> Iterator[BotApi]:
    server = BotApi()
    server.start()
    yield server
    server.stop()


def sent(api: BotApi, holding: str) -> dict[str, Any]:
    """The message that holds these words, once it was sent."""
    found = until(lambda: [m for m in api.sent if holding in str(m.get("text", ""))], 60, f"{holding!r}")
    return dict(found[-1])


def test_that_a_double_charge_is_given_back_over_telegram(api: BotApi, tmp_path: Path) -> None:
    with Product(
        tmp_path / "var", TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE_URL=f"{api.url}/bot"
    ) as product:
        api.customer(CHAT, text="min saldo sy kepotong 2x buat kereta ke jogja")
        asked = sent(api, "nomor HP")
        assert "request_contact" in str(asked["reply_markup"])
        assert "Dadang" not in str(api.sent)
        api.customer(
            CHAT, contact={"phone_number": "+6281200000110", "first_name": "Dadang", "user_id": CHAT}
        )
        offered = sent(api, "860.000 dikembalikan")
        markup = json.loads(offered["reply_markup"])
        api.tap(markup["inline_keyboard"][0][0]["callback_data"], markup["inline_keyboard"], CHAT)
        sent(api, "Sudah")
        refunds = product.backend.booking("KLN10D").refunds
        assert [r.amount for r in refunds] == [860000]
        assert any(method == "answerCallbackQuery" for method, _ in api.calls)
        shown = product.kawan("conversation", "show", "--channel", "telegram", "--id", str(CHAT), "--json")
        transcript = json.loads(shown.stdout)
        assert [m["seq"] for m in transcript] == list(range(1, len(transcript) + 1))
        assert transcript[0]["from"] == "customer"
