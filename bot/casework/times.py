"""Hours at which a customer may be written to unasked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.sop import Company

_BEFORE_CLOSE = timedelta(hours=1)


def decent_time(moment: datetime, company: Company) -> datetime:
    """The moment itself if it falls into the company's follow-up hours, else the next start of them."""
    local = moment.astimezone(company.zone)
    if local.time() < company.follow_up_from:
        local = datetime.combine(local.date(), company.follow_up_from, company.zone)
    elif local.time() >= company.follow_up_to:
        local = datetime.combine(local.date() + timedelta(days=1), company.follow_up_from, company.zone)
    return local.astimezone(UTC)


def decent_time_until(moment: datetime, company: Company) -> datetime:
    """The latest decent time that is not after the moment (an hour before the evening's end, if at night)."""
    local = moment.astimezone(company.zone)
    if company.follow_up_from <= local.time() < company.follow_up_to:
        return moment.astimezone(UTC)
    day = local.date() if local.time() >= company.follow_up_to else local.date() - timedelta(days=1)
    return (datetime.combine(day, company.follow_up_to, company.zone) - _BEFORE_CLOSE).astimezone(UTC)
