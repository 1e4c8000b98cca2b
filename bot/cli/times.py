"""The product's clock, moved for app and demo company together."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.cli.common import BadInput, demands_demo, opened, running_demo, show, show_json
from bot.settings import Settings
from bot.store.clock import ProductClock

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"\+?((?:\d{1,6}[wdhms])+)")


def duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise BadInput(f"{text!r} is no duration; write 2d, 90m or 1d12h (units w, d, h, m, s)")
    parts = re.findall(r"(\d+)([wdhms])", match[1])
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def show_clock(settings: Settings, *, as_json: bool) -> None:
    with opened(settings) as store:
        _show(ProductClock(store), as_json=as_json)


def advance(settings: Settings, by: str, *, as_json: bool) -> None:
    step = duration(by)
    demands_demo(settings, "`kawan clock advance`")
    with opened(settings) as store:
        clock = ProductClock(store)
        try:
            clock.advance(step)
        except OverflowError as error:
            raise BadInput(f"{by!r} leads beyond the calendar's end") from error
        demo = running_demo(settings)
        if demo is not None:  # else it takes the product's time over when it is started
            demo.set_clock(offset_seconds=round(clock.offset().total_seconds()))
            demo.close()
        _show(clock, as_json=as_json)


def _show(clock: ProductClock, *, as_json: bool) -> None:
    now, offset = clock.now(), clock.offset()
    if as_json:
        show_json({"now": now.isoformat(), "offset_seconds": offset.total_seconds()})
    else:
        show(
            f"{now.isoformat(timespec='seconds')}  (real time {'+' if offset >= timedelta() else ''}{offset})"
        )
