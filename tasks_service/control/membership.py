"""Membership: the signs of life of this process, and who of the others still gives any."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks_service.control.identity import Identity
from tasks_service.control.loop import Loop
from tasks_service.core.history import Leaving
from tasks_service.core.ports import Clock, Host
from tasks_service.core.stores import Member, MemberStore, Sighting

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
SILENCE_SECONDS = 10.0
"""A member that nobody saw beat for so long counts as dead, and its runs as lost."""
TRUST_SECONDS = 6.0
"""A process whose own last beat is older begins no run: by the time it did, the others might think it dead."""


class Membership:
    """Joins, beats and leaves."""

    def __init__(
        self,
        *,
        clock: Clock,
        host: Host,
        members: MemberStore,
        identity: Identity,
        role: str,
        facts: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._clock = clock
        self._host = host
        self._members = members
        self._identity = identity
        self._role = role
        self._facts = facts
        self.loop = Loop("membership", self.step, longest_backoff=BEAT_SECONDS)
        self._beaten_at: float | None = None

    def start(self) -> None:
        """Join before anything runs under this name, and beat from then on."""
        self.step()
        self.loop.start()

    def stop(self) -> None:
        """Leave, after the last run has been recorded."""
        self.loop.stop()
        self._members.leave(self._identity.owner)

    @property
    def trusted(self) -> bool:
        """Whether the others surely take this process for alive."""
        beaten_at = self._beaten_at
        return beaten_at is not None and self._clock.monotonic() - beaten_at < TRUST_SECONDS

    def step(self) -> float:
        """Give a sign of life; in how many seconds to give the next."""
        before = self._clock.monotonic()
        host = self._host
        self._members.beat(
            Member(
                owner=self._identity.owner,
                node=self._identity.node,
                pid=host.pid,
                pid_started=host.started,
                role=self._role,
                facts=self._facts(),
            )
        )
        self._beaten_at = before
        return BEAT_SECONDS


@dataclass(slots=True)
class _Watched:
    beats: int
    since: float


class Census:
    """Tells the living members from the dead.

    Only changes count, on this process's monotonic clock: neither the clock of another host nor a database that was
    away for a while, for everybody, makes a member look dead.
    """

    def __init__(self, *, clock: Clock, host: Host, members: MemberStore) -> None:
        self._clock = clock
        self._host = host
        self._members = members
        self._watched: dict[str, _Watched] = {}
        self._looked_at: float | None = None

    def living(self) -> frozenset[str]:
        """The owners of those that live; the dead are removed."""
        sightings = self._members.all()
        now = self._clock.monotonic()
        if self._looked_at is None or now - self._looked_at > SILENCE_SECONDS / 2:
            self._watched.clear()  # this process itself was away: everybody gets the full time again
        self._looked_at = now
        dead = {s.member.owner for s in sightings if self._is_dead(s, now)}
        for owner in dead:
            log.warning("Member %s is dead", owner, extra={"event": "member.dead", "owner": owner})
            self._members.leave(owner, Leaving.DIED)
        self._watched = {s.member.owner: self._watched[s.member.owner] for s in sightings if s.member.owner not in dead}
        return frozenset(self._watched)

    def _is_dead(self, sighting: Sighting, now: float) -> bool:
        member = sighting.member
        seen = self._watched.setdefault(member.owner, _Watched(sighting.beats, now))
        if seen.beats != sighting.beats:
            seen.beats, seen.since = sighting.beats, now
        here = member.node == self._host.node
        return now - seen.since >= SILENCE_SECONDS or (here and not self._host.alive(member.pid, member.pid_started))
