"""Sessions: a signed cookie for the web page, got by showing the key."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from starlette.requests import cookie_parser

COOKIE = "tasks_session"
_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as its cookie tells it."""

    session_id: str
    issued_at: datetime
    seen_at: datetime


class Sessions:
    """Issues and checks sessions. They are bound to the key: another key, or another secret, ends them all."""

    def __init__(
        self,
        secret_key: str,
        key: str,
        *,
        idle: timedelta = timedelta(hours=12),
        absolute: timedelta = timedelta(days=7),
    ) -> None:
        self._signing = hmac.digest(secret_key.encode(), b"session\0" + sha256(key.encode()).digest(), "sha256")
        self._idle = idle
        self._absolute = absolute

    def issue(self, now: datetime, *, secure: bool) -> str:
        """A new session, as the value of a ``Set-Cookie`` header; ``secure`` where the page came by https."""
        return self._cookie(Session(session_id=token_urlsafe(12), issued_at=now, seen_at=now), secure)

    def check(self, cookies: str, now: datetime) -> Session | None:
        """The session in a ``Cookie`` header; None where there is none, or a forged, idle or old one."""
        session = self._read(cookie_parser(cookies).get(COOKIE, ""))
        if session is None or not session.issued_at <= session.seen_at:
            return None
        fresh = now < session.seen_at + self._idle and now < session.issued_at + self._absolute
        return session if fresh else None

    def renew(self, session: Session, now: datetime, *, secure: bool) -> str | None:
        """The ``Set-Cookie`` value that notes the visit; None while the last note is recent enough."""
        if now - session.seen_at < self._idle / 24:
            return None
        return self._cookie(Session(session_id=session.session_id, issued_at=session.issued_at, seen_at=now), secure)

    def end(self, *, secure: bool) -> str:
        """The ``Set-Cookie`` value that signs out."""
        return _set_cookie("", 0, secure)

    def _cookie(self, session: Session, secure: bool) -> str:
        text = f"{_VERSION}.{session.session_id}.{_stamp(session.issued_at)}.{_stamp(session.seen_at)}"
        remaining = session.issued_at + self._absolute - session.seen_at
        return _set_cookie(f"{text}.{self._sign(text)}", int(min(remaining, self._absolute).total_seconds()), secure)

    def _read(self, value: str) -> Session | None:
        text, _, signature = value.rpartition(".")
        if not hmac.compare_digest(self._sign(text).encode(), signature.encode()):
            return None
        version, session_id, issued, seen = text.split(".")
        if version != _VERSION:
            return None
        return Session(session_id=session_id, issued_at=_moment(issued), seen_at=_moment(seen))

    def _sign(self, text: str) -> str:
        return hmac.new(self._signing, text.encode(), "sha256").hexdigest()


def _set_cookie(value: str, max_age: int, secure: bool) -> str:
    parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={max_age}", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)


def _stamp(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _moment(stamp: str) -> datetime:
    return datetime.fromtimestamp(int(stamp), UTC)
