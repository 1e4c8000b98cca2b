"""Telegram over python-telegram-bot's `Bot`: long polling whose offset moves after the commit, and sending.

Its `Updater` is not used: that acknowledges updates before anything has stored them.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from telegram import Bot, InputFile, Update
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.care.messages import IncomingMessage, OutgoingMessage
from bot.channels import telegram_format
from bot.errors import ChannelError, ChannelRefused, ChannelRetry, SendUnknown

log = logging.getLogger(__name__)

_ALLOWED = ["message", "edited_message", "callback_query"]
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
# The longest a send may take; the outbox takes a row for stuck only after this.
SEND_SECONDS = 25.0


class Updates(Protocol):
    """What polling needs of the conversation path; its methods block."""

    def may_poll(self) -> bool: ...

    def stop_polling(self) -> None: ...

    def offset(self) -> int | None: ...

    def keep(self, message: IncomingMessage | None, next_offset: int) -> bool: ...


class ServerError(NetworkError):
    """The Bot API answered 5xx."""

    def __init__(self, code: int) -> None:
        super().__init__(f"status {code}")
        self.code = code


class _Request(HTTPXRequest):
    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, content = await super().do_request(*args, **kwargs)
        if code >= 500:
            raise ServerError(code)
        return code, content


class TelegramChannel:
    """Implements `care.messages.Channel`. `start` polls in a thread of its own until `stop`."""

    name = "telegram"

    def __init__(
        self,
        token: str,
        updates: Updates,
        *,
        base_url: str = "https://api.telegram.org/bot",
        base_file_url: str = "https://api.telegram.org/file/bot",
        files_folder: Path | None = None,
        poll_seconds: int = 20,
        first_retry: float = 1.0,
    ) -> None:
        self._updates = updates
        self._files_folder = files_folder
        self._poll_seconds = poll_seconds
        self._first_retry = first_retry
        self._token, self._base_url, self._base_file_url = token, base_url, base_file_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bot: Bot | None = None
        self._polling: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._started = threading.Event()

    # -- life

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        loop, task = self._loop, self._polling
        if loop is not None and task is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(task.cancel)
        if self._thread is not None:
            self._thread.join(30)

    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._loop = self._bot = None
            self._started.set()

    async def _main(self) -> None:
        timeouts = {"connect_timeout": 4.0, "write_timeout": 8.0, "read_timeout": 8.0, "pool_timeout": 4.0}
        sending = _Request(connection_pool_size=32, media_write_timeout=8.0, **timeouts)  # type: ignore[arg-type]
        polling = _Request(connection_pool_size=2, **timeouts)  # type: ignore[arg-type]
        self._bot = Bot(
            self._token,
            base_url=self._base_url,
            base_file_url=self._base_file_url,
            request=sending,
            get_updates_request=polling,
        )
        self._loop = asyncio.get_running_loop()
        self._polling = asyncio.create_task(self._poll(self._bot))
        self._started.set()
        try:
            await self._polling
        except asyncio.CancelledError:
            log.info("telegram: polling ends")
        finally:
            self._loop = None
            await asyncio.gather(sending.shutdown(), polling.shutdown(), return_exceptions=True)
            with suppress(Exception):  # the lease ends by itself
                await asyncio.to_thread(self._updates.stop_polling)

    # -- in

    async def _poll(self, bot: Bot) -> None:
        offset: int | None = None
        leading = False
        failures = 0
        while True:
            try:
                if not await asyncio.to_thread(self._updates.may_poll):
                    leading = False
                    await asyncio.sleep(2.0)
                    continue
                if not leading:
                    offset, leading = await asyncio.to_thread(self._updates.offset), True
                # An offset is sent only after all before it is committed: it is the acknowledgement.
                for update in await self._fetch(bot, offset):
                    offset = await self._keep(bot, update)
                failures = 0
            except RetryAfter as error:
                await asyncio.sleep(retry_seconds(error))
            except Exception as error:  # noqa: BLE001 - polling goes on whatever happened; _recover logs it
                failures += 1
                leading = False
                await self._recover(bot, error, failures)

    async def _fetch(self, bot: Bot, offset: int | None) -> tuple[Update, ...]:
        return await bot.get_updates(
            offset=offset, timeout=self._poll_seconds, allowed_updates=_ALLOWED, read_timeout=10.0
        )

    async def _keep(self, bot: Bot, update: Update) -> int:
        following = update.update_id + 1
        try:
            message = telegram_format.to_incoming(update, datetime.now(UTC))
        except Exception:
            # One odd update must not hold up all that follow.
            log.exception("telegram: update %s not understood", update.update_id)
            message = None
        await asyncio.to_thread(self._updates.keep, message, following)
        if update.callback_query is not None:
            # Ends the button's spinner; too old a query is refused, and nothing is lost by that.
            with suppress(TelegramError):
                await bot.answer_callback_query(update.callback_query.id)
        return following

    async def _recover(self, bot: Bot, error: Exception, failures: int) -> None:
        wait = min(10.0, self._first_retry * 2 ** min(failures - 1, 6))
        if isinstance(error, Conflict):
            # A webhook set earlier, or another poller.
            log.warning("telegram: %s", error)
            with suppress(TelegramError):
                await bot.delete_webhook(drop_pending_updates=False)
        elif isinstance(error, InvalidToken):
            log.error("telegram: TELEGRAM_BOT_TOKEN is refused")
            wait = 30.0
        elif isinstance(error, NetworkError):
            log.warning("telegram: polling failed: %s", error)
        else:
            log.error("telegram: polling failed", exc_info=error)
        await asyncio.sleep(wait)

    # -- out

    def split(self, message: OutgoingMessage) -> list[OutgoingMessage]:
        return telegram_format.split(message)

    def send(self, message: OutgoingMessage) -> str:
        """Send one part, as `split` made it."""
        bot = self._bot
        if bot is None:
            raise ChannelRetry("telegram is not started")
        try:
            return self._call(self._send(bot, message), SEND_SECONDS)
        except TelegramError as error:
            raise channel_error(error) from error
        except (TimeoutError, concurrent.futures.CancelledError) as error:
            raise SendUnknown("no answer from Telegram") from error

    def typing(self, chat_id: str) -> None:
        bot = self._bot
        if bot is not None:
            with suppress(TelegramError, TimeoutError, ChannelRetry, concurrent.futures.CancelledError):
                self._call(bot.send_chat_action(int(chat_id), ChatAction.TYPING), 5.0)

    async def _send(self, bot: Bot, message: OutgoingMessage) -> str:
        chat, markup = int(message.chat_id), telegram_format.keyboard(message)
        if message.attachment is not None:
            file = await asyncio.to_thread(self._file, message.attachment)
            sent = await bot.send_document(chat, file, caption=message.text or None, reply_markup=markup)
        else:
            sent = await bot.send_message(chat, message.text, reply_markup=markup)
        return str(sent.message_id)

    def _file(self, attachment: dict[str, Any]) -> InputFile:
        if self._files_folder is None:
            raise BadRequest("no folder of files")
        path = (self._files_folder / str(attachment["path"])).resolve()
        if not path.is_relative_to(self._files_folder.resolve()) or not path.is_file():
            raise BadRequest("the file is gone")
        return InputFile(path.read_bytes(), filename=str(attachment.get("name") or path.name))

    def _call[T](self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        loop = self._loop
        try:
            if loop is None:
                raise RuntimeError
            future = asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError as error:
            work.close()
            raise ChannelRetry("telegram is stopping") from error
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise


def channel_error(error: TelegramError) -> ChannelError:
    """What a failed send means for the message."""
    reason = str(error)
    if isinstance(error, RetryAfter):
        return ChannelRetry(reason, retry_after=retry_seconds(error))
    if isinstance(error, Forbidden):
        return ChannelRefused(reason)
    if isinstance(error, ChatMigrated):
        return ChannelRefused(reason)
    if isinstance(error, BadRequest):
        return ChannelRefused(reason, unreachable=any(sign in reason.lower() for sign in _GONE))
    if isinstance(error, ServerError):
        # A gateway may have passed the request on before it gave up.
        return SendUnknown(reason) if error.code in (502, 504) else ChannelRetry(reason)
    if isinstance(error, TimedOut | NetworkError):
        return ChannelRetry(reason) if isinstance(error.__cause__, _NOT_SENT) else SendUnknown(reason)
    # A wrong token and the like: not sent, and an operator can mend it.
    return ChannelRetry(reason, retry_after=30.0)


def retry_seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()
