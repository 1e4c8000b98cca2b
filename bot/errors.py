"""The tree of errors. Each says what happened; who catches it decides what follows."""

from __future__ import annotations


class KawanError(Exception):
    """Whatever the product itself raises on purpose."""


# -- settings


class BadSettings(KawanError):
    """One or more settings cannot be used; a line for each, which names the variable and what to do."""


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


class BadToken(KawanError):
    """A token of the web chat, or a signed identity, that is not ours, changed or expired."""


# -- brain and turns


class BrainUnavailable(KawanError):
    """The brain did not answer in time, or answered with an error.

    `reached` is False when it certainly never saw the request (nobody listens: it is starting or gone).
    """

    def __init__(self, message: str = "", *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached


class TurnBusy(KawanError):
    """Another action is at work on this turn, or the turn is not open."""


# -- files of the company and the texts


class CompanyFileError(KawanError):
    """A file under `company/`, or `domain.yml`, cannot be used; names file and line."""

    def __init__(self, file: object, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = file, line, problem


# -- the company's booking system


class BackendError(KawanError):
    """The company's booking system did not do what it was asked."""


class BackendUnavailable(BackendError):
    """Down, refusing connections, or too slow: certainly nothing was done."""


class OutcomeUnknown(BackendError):
    """An act was sent and its answer never came: ask for it by its key."""

    def __init__(self, key: str, message: str = "") -> None:
        super().__init__(message or f"no answer to act {key}")
        self.key = key


class BackendRefused(BackendError):
    """A business rule forbids it; `code` says which. Final for this key."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class NotFound(BackendError):
    """The company's system knows no such thing."""


class BackendMisused(BackendError):
    """Our own fault: wrong token, a malformed call, or a key used for two acts."""


class EventRejected(BackendError):
    """An event that is not signed by the company, too old, or malformed."""


# -- people who work with the product


class AccountError(KawanError):
    """A user cannot be added or changed as asked; says what to do."""


class BadLogin(KawanError):
    """Unknown login, wrong password, or a user who was disabled: nobody is told which."""


class TooManyAttempts(KawanError):
    """Somebody tries too many passwords; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many attempts; {wait} seconds to wait")
        self.wait = wait


class LoginNeeded(KawanError):
    """Nobody is signed in."""


class Forbidden(KawanError):
    """Signed in, but not allowed; or the request does not prove that it comes from our page."""


class DeskError(KawanError):
    """The desk cannot do this; the message is Indonesian and for the agent's eyes."""


class AlreadyTaken(DeskError):
    """Somebody else was quicker; `by` is their name."""

    def __init__(self, by: str) -> None:
        super().__init__(f"Percakapan ini sudah dipegang {by}.")
        self.by = by


class NotHolder(DeskError):
    """Only who holds the conversation may do this."""


class NotAllowed(DeskError):
    """The role does not suffice."""


class OfferGone(DeskError):
    """The offer is not open any more, or the facts it rests on have changed."""
