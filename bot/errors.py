"""The tree of errors. Each says what happened; who catches it decides what follows."""

from __future__ import annotations


class KawanError(Exception):
    """Whatever the product itself raises on purpose."""


# -- store


class StoreError(KawanError):
    """The database cannot be used as asked."""


class SchemaTooNew(StoreError):
    """The database was brought up to date by a newer release than this one."""


class SchemaOutdated(StoreError):
    """The database has to be upgraded before it is used."""


# -- channels


class ChannelError(KawanError):
    """A platform did not take a message."""


class ChannelRetry(ChannelError):
    """Certainly not sent; to be tried again, after `retry_after` seconds where the platform says so."""

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChannelRefused(ChannelError):
    """The platform will never take this message; with `unreachable`, none to this chat (blocked, gone)."""

    def __init__(self, message: str = "", *, unreachable: bool = True) -> None:
        super().__init__(message)
        self.unreachable = unreachable


class SendUnknown(ChannelError):
    """Cut off while sending: the platform may have taken the message or not."""


# -- brain and turns


class BrainUnavailable(KawanError):
    """The brain did not answer in time, or answered with an error."""


class TurnBusy(KawanError):
    """Another action is at work on this turn, or the turn is not open."""


# -- files of the company and the texts


class CompanyFileError(KawanError):
    """A file under `company/`, or `domain.yml`, cannot be used; names file and line."""

    def __init__(self, file: object, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = file, line, problem
