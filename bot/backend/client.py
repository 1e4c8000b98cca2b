"""Client of the company's booking system, by the contract in `docs/backend-openapi.json`.

Acts are never repeated here: an act whose answer does not come raises `OutcomeUnknown`, and the
caller asks `operation(key)` what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote as escaped

import httpx

from bot.backend.parsing import BadAnswer, parse
from bot.care.facts import Booking, Customer, PaymentRequest, Quote, Refund
from bot.errors import (
    BackendMisused,
    BackendRefused,
    BackendUnavailable,
    NotFound,
    OutcomeUnknown,
)

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
# The request never left: whatever it was, it was not done.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Done:
    """The booking after an act, and what the act created or changed."""

    booking: Booking
    payment_request: PaymentRequest | None = None
    refund: Refund | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What became of an act: either done or refused is set."""

    key: str
    operation: str
    at: datetime
    done: Done | None = None
    refused: BackendRefused | None = None


@dataclass(frozen=True, slots=True)
class _Problem:
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Status:
    key: str
    operation: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _DoneResult:
    result: Done


@dataclass(frozen=True, slots=True)
class _RefusedResult:
    result: _Problem


@dataclass(frozen=True, slots=True)
class _Bookings:
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class _Customers:
    customers: tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class _Quotes:
    quotes: tuple[Quote, ...]


class Backend:
    """Thread-safe; one for the whole process."""

    def __init__(
        self, url: str, token: str, *, timeout: httpx.Timeout = TIMEOUT, http: httpx.Client | None = None
    ) -> None:
        self._http = http or httpx.Client(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, timeout=timeout
        )

    def close(self) -> None:
        self._http.close()

    # Reads

    def booking(self, code: str) -> Booking:
        return self._read(Booking, f"/v1/bookings/{_part(code)}")

    def bookings(
        self, *, phone: str | None = None, email: str | None = None, customer_id: str | None = None
    ) -> tuple[Booking, ...]:
        """All that are given must match; newest first."""
        params = _given(phone=phone, email=email, customer_id=customer_id)
        return self._read(_Bookings, "/v1/bookings", params).bookings

    def customers(
        self,
        *,
        phone: str | None = None,
        email: str | None = None,
        channel: str | None = None,
        identity: str | None = None,
    ) -> tuple[Customer, ...]:
        params = _given(phone=phone, email=email, channel=channel, identity=identity)
        return self._read(_Customers, "/v1/customers", params).customers

    def quotes(self, code: str) -> tuple[Quote, ...]:
        """Free seats or rooms for the same journey or stay, cheapest first."""
        return self._read(_Quotes, f"/v1/bookings/{_part(code)}/quotes").quotes

    def operation(self, key: str) -> Operation | None:
        """What became of an act; None if the company's system never saw it."""
        try:
            raw = self._get(f"/v1/operations/{_part(key)}")
        except NotFound:
            return None
        status = _understood(_Status, raw)
        if status.status == "done":
            done = _understood(_DoneResult, raw).result
            return Operation(status.key, status.operation, status.at, done=done)
        problem = _understood(_RefusedResult, raw).result
        refused = BackendRefused(problem.code, problem.detail)
        return Operation(status.key, status.operation, status.at, refused=refused)

    # Acts

    def waive(self, code: str, amount: int, reason: str, *, key: str) -> Done:
        return self._act(key, code, "waivers", {"amount": amount, "reason": reason})

    def hold(self, code: str, until: datetime, reason: str, *, key: str) -> Done:
        return self._act(key, code, "hold", {"until": until.isoformat(), "reason": reason})

    def request_payment(self, code: str, amount: int, expires_at: datetime, reason: str, *, key: str) -> Done:
        body = {"amount": amount, "expires_at": expires_at.isoformat(), "reason": reason}
        return self._act(key, code, "payment-requests", body)

    def accept_payment(self, code: str, payment_id: str, reason: str, *, key: str) -> Done:
        return self._act(key, code, f"payments/{_part(payment_id)}/accept", {"reason": reason})

    def issue(self, code: str, *, key: str) -> Done:
        return self._act(key, code, "issue", {})

    def send_ticket(self, code: str, to: str, *, key: str) -> Done:
        return self._act(key, code, "tickets/send", {"to": to})

    def rebook(
        self, code: str, quote_id: str, price: int, hold_until: datetime, reason: str, *, key: str
    ) -> Done:
        body = {
            "quote_id": quote_id,
            "price": price,
            "hold_until": hold_until.isoformat(),
            "reason": reason,
        }
        return self._act(key, code, "rebook", body)

    def refund(
        self,
        code: str,
        amount: int,
        reason: str,
        *,
        key: str,
        payment_id: str | None = None,
        cancel_booking: bool = False,
    ) -> Done:
        body = {
            "payment_id": payment_id,
            "amount": amount,
            "reason": reason,
            "cancel_booking": cancel_booking,
        }
        return self._act(key, code, "refunds", body)

    def expedite_refund(self, refund_id: str, reason: str, *, key: str) -> Done:
        return self._post(key, f"/v1/refunds/{_part(refund_id)}/expedite", {"reason": reason})

    def cancel(self, code: str, reason: str, *, key: str) -> Done:
        return self._act(key, code, "cancel", {"reason": reason})

    # The wire

    def _read[T](self, kind: type[T], path: str, params: Mapping[str, str] | None = None) -> T:
        return _understood(kind, self._get(path, params))

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        try:
            return self._get_once(path, params)
        except BackendUnavailable:
            return self._get_once(path, params)  # reads change nothing: once more

    def _get_once(self, path: str, params: Mapping[str, str] | None) -> bytes:
        try:
            answer = self._http.get(path, params=params)
        except httpx.HTTPError as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise BackendUnavailable(f"status {answer.status_code}")
        if answer.status_code == 404:
            raise NotFound(_problem(answer).detail)
        if not answer.is_success:
            raise BackendMisused(f"status {answer.status_code}: {_problem(answer).detail}")
        return answer.content

    def _act(self, key: str, code: str, what: str, body: dict[str, Any]) -> Done:
        return self._post(key, f"/v1/bookings/{_part(code)}/{what}", body)

    def _post(self, key: str, path: str, body: dict[str, Any]) -> Done:
        try:
            answer = self._http.post(path, json=body, headers={"Idempotency-Key": key})
        except _NOT_SENT as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(key, f"{type(error).__name__}: {error}") from error
        if answer.status_code >= 500 or answer.status_code in (408, 429):
            raise OutcomeUnknown(key, f"status {answer.status_code}")
        if answer.status_code == 409:
            problem = _problem(answer)
            raise BackendRefused(problem.code, problem.detail)
        if answer.status_code == 404:
            raise NotFound(_problem(answer).detail)
        if not answer.is_success:
            raise BackendMisused(f"status {answer.status_code}: {_problem(answer).detail}")
        try:
            return parse(Done, answer.content)
        except BadAnswer as error:
            raise OutcomeUnknown(key, f"not by the contract: {error}") from error


def _understood[T](kind: type[T], raw: bytes) -> T:
    try:
        return parse(kind, raw)
    except BadAnswer as error:
        raise BackendUnavailable(f"not by the contract: {error}") from error


def _problem(answer: httpx.Response) -> _Problem:
    try:
        return parse(_Problem, answer.content)
    except BadAnswer:
        return _Problem("unknown", f"status {answer.status_code}")


def _part(text: str) -> str:
    """Text of a customer's as one part of a path, whatever it holds."""
    return escaped(text, safe="") if text.strip(". ") else "-"


def _given(**params: str | None) -> dict[str, str]:
    return {name: value for name, value in params.items() if value is not None}
