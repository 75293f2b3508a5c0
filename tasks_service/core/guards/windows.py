"""Sync windows: when changes of files are applied, and when they wait.

Deny goes before allow; where any window allows, it is denied outside all of them. What waits may be confirmed by a
person where every window that denies says ``manual``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tasks_service.core.firing import next_fire
from tasks_service.core.schedule import Cron
from tasks_service.core.wording import in_utc

_HORIZON = timedelta(days=62)
_MOST_STEPS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncWindow:
    """A time that begins whenever ``begins`` fires and lasts for ``duration``."""

    kind: Literal["allow", "deny"]
    begins: Cron
    duration: timedelta
    manual: bool = False
    """Whether a person may confirm what waits because of it."""
    labels: tuple[tuple[str, str], ...] = ()
    """It concerns jobs that have all of them; none: all jobs."""

    def concerns(self, labels: Mapping[str, str]) -> bool:
        """Whether it is about a job with these labels."""
        return all(labels.get(name) == value for name, value in self.labels)

    def active(self, moment: datetime) -> bool:
        """Whether it is under way: from its beginning up to, and without, its end."""
        return self._begun(moment) is not None

    def opens(self, moment: datetime) -> datetime | None:
        """When it lets changes through that it does not let through now: it begins, or denies no longer."""
        if self.kind == "allow":
            return next_fire(self.begins, moment)
        begun = self._begun(moment)
        return begun + self.duration if begun else None

    def _begun(self, moment: datetime) -> datetime | None:
        """The beginning of the earliest turn that is under way."""
        begun = next_fire(self.begins, moment - self.duration)
        return begun if begun and begun <= moment else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether changes may be applied now, and whether a person may apply them all the same."""

    allowed: bool
    manual: bool = True


def judge(windows: Sequence[SyncWindow], moment: datetime) -> Verdict:
    """The verdict over the windows that concern a job."""
    denying = [w for w in windows if w.kind == "deny" and w.active(moment)]
    if denying:
        return Verdict(allowed=False, manual=all(w.manual for w in denying))
    allowing = [w for w in windows if w.kind == "allow"]
    if not allowing or any(w.active(moment) for w in allowing):
        return Verdict(allowed=True)
    return Verdict(allowed=False, manual=any(w.manual for w in allowing))


def opening(windows: Sequence[SyncWindow], moment: datetime) -> datetime | None:
    """When changes may be applied next, looking two months ahead; None where never."""
    at = moment
    for _ in range(_MOST_STEPS):
        if judge(windows, at).allowed:
            return at
        shut = [end for w in windows if w.kind == "deny" and (end := w.opens(at))]
        begins = [begin for w in windows if w.kind == "allow" and (begin := w.opens(at))]
        step = max(shut) if shut else min(begins, default=None)
        if step is None or step > moment + _HORIZON:
            return None
        at = step
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closures:
    """What windows say at one moment: once for all jobs that the same windows concern."""

    windows: tuple[SyncWindow, ...]
    moment: datetime
    _told: dict[tuple[int, ...], tuple[str, bool]] = field(default_factory=dict)

    def of(self, labels: Mapping[str, str]) -> tuple[str, bool]:
        """Why a job's changes wait, and whether a person may apply them; empty where they do not wait."""
        own = tuple(n for n, window in enumerate(self.windows) if window.concerns(labels))
        if own not in self._told:
            self._told[own] = _closed([self.windows[n] for n in own], self.moment)
        return self._told[own]


def _closed(windows: Sequence[SyncWindow], moment: datetime) -> tuple[str, bool]:
    verdict = judge(windows, moment)
    if verdict.allowed:
        return "", True
    opens = opening(windows, moment)
    until = f"until {in_utc(opens)}" if opens else "and none opens within two months"
    return f"the sync window is closed {until}", verdict.manual
