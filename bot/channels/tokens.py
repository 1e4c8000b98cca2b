"""What proves who is asking on the web: session tokens, file links, and the company's own log-in."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt
import phonenumbers

from bot.care.messages import Sender
from bot.errors import BadToken

SESSION_SECONDS = 30 * 24 * 3600
SIGNED_SESSION_SECONDS = 24 * 3600
FILE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs with a key of this purpose alone (`store.engine.derive_key`)."""

    key: bytes

    def session(self, conversation_id: str, *, signed: bool) -> str:
        lifetime = SIGNED_SESSION_SECONDS if signed else SESSION_SECONDS
        return self._sign("session", conversation_id, lifetime)

    def conversation(self, token: str) -> str:
        return self._read("session", token)

    def file(self, conversation_id: str, seq: int) -> str:
        # The hour is the same for all links made within it, so that pages may cache what they show.
        return self._sign("file", f"{conversation_id}/{seq}", FILE_SECONDS, align=FILE_SECONDS)

    def file_place(self, token: str) -> tuple[str, int]:
        conversation_id, _, seq = self._read("file", token).rpartition("/")
        return conversation_id, int(seq)

    def _sign(self, use: str, subject: str, lifetime: int, align: int = 1) -> str:
        expires = (int(time.time()) // align + 1) * align + lifetime
        return jwt.encode({"use": use, "sub": subject, "exp": expires}, self.key, algorithm="HS256")

    def _read(self, use: str, token: str) -> str:
        try:
            claims = jwt.decode(token, self.key, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except (jwt.InvalidTokenError, ValueError) as error:
            raise BadToken(str(error)) from error
        if claims.get("use") != use:
            raise BadToken("a token for another use")
        return str(claims["sub"])


def verify_identity(token: str, key: bytes) -> Sender:
    """The sender whom the company's own log-in vouches for."""
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except (jwt.InvalidTokenError, ValueError) as error:
        raise BadToken(str(error)) from error
    subject, phone, email, name = (claims.get(field) for field in ("sub", "phone", "email", "name"))
    if not isinstance(subject, str) or not 1 <= len(subject) <= 80:
        raise BadToken("sub has to be a text of 1 to 80 characters")
    if email is not None and not (isinstance(email, str) and "@" in email and len(email) <= 254):
        raise BadToken("email is not an address")
    return Sender(
        user_id=f"sub:{subject}",
        name=name if isinstance(name, str) else None,
        proven_phone=_e164(phone) if phone else None,
        proven_email=email.lower() if email else None,
        proven_subject=subject,
    )


def _e164(phone: object) -> str:
    try:
        number = phonenumbers.parse(str(phone), "ID")
    except phonenumbers.NumberParseException as error:
        raise BadToken("phone is not a number, as +6281234567890") from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
