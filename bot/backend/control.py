"""Client of the demo company's control interface, for the operators' pages and the command line.

No real company has one; nothing that serves customers may use it, but for the clock.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx

from bot.errors import BackendError, BackendUnavailable, NotFound

Json = dict[str, Any]


class ControlRefused(BackendError):
    """It cannot be done; `problems` names JSON paths where a situation file was refused."""

    def __init__(self, code: str, detail: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.code, self.detail, self.problems = code, detail, problems


class DemoControl:
    """Takes any client that knows the demo company's address and token."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    @classmethod
    def at(cls, url: str, token: str) -> DemoControl:
        headers = {"Authorization": f"Bearer {token}"}
        # The demo company is on loopback: no proxy of the machine's lies between.
        timeout = httpx.Timeout(30.0, connect=2.0)
        return cls(httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout, trust_env=False))

    def close(self) -> None:
        self._http.close()

    # Situations, clock, faults

    def load(self, situation: Any, *, again: bool = False) -> Json:
        """Set a situation up: `{"set_up", "unchanged", "bookings"}`."""
        return self._call("POST", "situations", situation, again=again)

    def situations(self) -> list[Json]:
        return list(self._call("GET", "situations")["situations"])

    def load_named(self, name: str) -> Json:
        """Set one of the demo's named situations up anew, dated from now."""
        return self._call("POST", f"situations/{name}")

    def schema(self) -> Json:
        return self._call("GET", "schema")

    def reset(self, *, fill: bool = True) -> Json:
        return self._call("POST", "reset", fill=fill)

    def clock(self) -> tuple[datetime, int]:
        """The product's time, and its offset from real time in seconds."""
        return _clock(self._call("GET", "clock"))

    def set_clock(
        self, *, offset_seconds: int | None = None, now: datetime | None = None
    ) -> tuple[datetime, int]:
        body = {"offset_seconds": offset_seconds, "now": now.isoformat() if now else None}
        return _clock(self._call("PUT", "clock", body))

    def faults(self) -> list[Json]:
        return list(self._call("GET", "faults")["faults"])

    def add_fault(
        self,
        kind: str,
        *,
        seconds: int = 10,
        calls: int | None = None,
        operations: tuple[str, ...] = (),
    ) -> list[Json]:
        """`down`, `slow` or `timeout_after_acting`; for the next calls only, or until cleared."""
        body = {"kind": kind, "seconds": seconds, "calls": calls, "operations": list(operations)}
        return list(self._call("POST", "faults", body)["faults"])

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    # Looking things up

    def summary(self) -> Json:
        return self._call("GET", "summary")

    def bookings(
        self,
        *,
        q: str | None = None,
        status: str | None = None,
        kind: str | None = None,
        situation: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Json:
        """`{"total", "bookings": [...]}`, by code."""
        filters = {"q": q, "status": status, "kind": kind, "situation": situation}
        return self._call("GET", "bookings", limit=limit, offset=offset, **filters)

    def customers(self, q: str | None = None, *, limit: int = 50) -> list[Json]:
        return list(self._call("GET", "customers", q=q, limit=limit)["customers"])

    def events(self, booking: str | None = None, *, limit: int = 50) -> list[Json]:
        return list(self._call("GET", "events", booking=booking, limit=limit)["events"])

    def operations(self, booking: str | None = None, *, limit: int = 50) -> list[Json]:
        return list(self._call("GET", "operations", booking=booking, limit=limit)["operations"])

    # Making things happen; each gives the booking afterwards, in the contract's JSON

    def payment_arrives(
        self, code: str, amount: int, *, status: str = "received", **details: str | None
    ) -> Json:
        """`details`: method, bank, payer_name, account_tail, paid_at."""
        given = {name: value for name, value in details.items() if value is not None}
        body = {"amount": amount, "status": status, **given}
        return self._call("POST", f"bookings/{code}/payments", body)

    def accept_payment(self, code: str, payment_id: str) -> Json:
        return self._call("POST", f"bookings/{code}/payments/{payment_id}/accept")

    def issue_ticket(self, code: str) -> Json:
        return self._call("POST", f"bookings/{code}/ticket")

    def change_schedule(
        self, code: str, kind: str, note: str = "", new_departs_at: datetime | None = None
    ) -> Json:
        """`delay`, `reschedule`, `cancellation` or `overbooked`."""
        departs = new_departs_at.isoformat() if new_departs_at else None
        body = {"kind": kind, "note": note, "new_departs_at": departs}
        return self._call("POST", f"bookings/{code}/schedule", body)

    def lapse_hold(self, code: str) -> Json:
        return self._call("POST", f"bookings/{code}/lapse")

    def refund_paid(self, refund_id: str) -> Json:
        return self._call("POST", f"refunds/{refund_id}/paid")

    def refund_failed(self, refund_id: str, note: str = "rekening tujuan menolak") -> Json:
        return self._call("POST", f"refunds/{refund_id}/failed", {"note": note})

    def change_quotes(
        self, *, price: int | None = None, available: int | None = None, **which: str
    ) -> list[Json]:
        """`which`: quote_id, booking, origin, destination, hotel; all given must match."""
        body = {**which, "price": price, "available": available}
        return list(self._call("PATCH", "quotes", body)["quotes"])

    def _call(self, method: str, path: str, body: Any = None, **params: Any) -> Json:
        given = {name: value for name, value in params.items() if value is not None}
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            answer = self._http.request(
                method, f"/control/{path}", params=given, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            raise BackendUnavailable(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return dict(answer.json())
        raise _error(answer)


def _clock(raw: Json) -> tuple[datetime, int]:
    return datetime.fromisoformat(raw["now"]), int(raw["offset_seconds"])


def _error(answer: httpx.Response) -> BackendError:
    try:
        problem = answer.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return BackendUnavailable(f"status {answer.status_code}")
    if answer.status_code == 404:
        return NotFound(detail)
    problems = tuple((str(e["path"]), str(e["message"])) for e in problem.get("errors", ()))
    return ControlRefused(code, detail, problems)
