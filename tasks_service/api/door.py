"""The door: where the key is shown, by programs on each request and by people when they sign in."""

from dataclasses import dataclass

from tasks_service.api.keys import Brake, Key
from tasks_service.api.sessions import Session, Sessions
from tasks_service.core.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a key was right; ``wait_seconds`` is more than 0 where it was not even looked at."""

    admitted: bool
    wait_seconds: float = 0.0


class Door:
    """Checks keys and sessions. After ten wrong keys an address must wait, whatever it shows then."""

    def __init__(self, secret_key: str, key: str, clock: Clock) -> None:
        self._key = Key(key)
        self._clock = clock
        self._brake = Brake()
        self._sessions = Sessions(secret_key, key)

    def try_key(self, guess: str, address: str) -> Verdict:
        """Look at a key, unless too many wrong ones came from that address."""
        now = self._clock.monotonic()
        wait = self._brake.wait(address, now)
        if wait:
            return Verdict(admitted=False, wait_seconds=wait)
        if self._key.fits(guess):
            self._brake.forgive(address)
            return Verdict(admitted=True)
        self._brake.count(address, now)
        return Verdict(admitted=False)

    def sign_in(self, *, secure: bool) -> str:
        """The ``Set-Cookie`` value of a new session; ``secure`` where the page came by https."""
        return self._sessions.issue(self._clock.now(), secure=secure)

    def sign_out(self, *, secure: bool) -> str:
        """The ``Set-Cookie`` value that ends a session."""
        return self._sessions.end(secure=secure)

    def session(self, cookies: str) -> Session | None:
        """The session in a ``Cookie`` header, if it holds."""
        return self._sessions.check(cookies, self._clock.now())

    def renew(self, session: Session, *, secure: bool) -> str | None:
        """The ``Set-Cookie`` value that notes a visit; None while the last note is recent."""
        return self._sessions.renew(session, self._clock.now(), secure=secure)
