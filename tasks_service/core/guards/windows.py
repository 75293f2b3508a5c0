"""Sync windows: when changes of files are applied, and when they wait.

Deny goes before allow; where any window allows, it is denied outside all of them. What waits may be confirmed by a
person where every window that denies says ``manual``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tasks_service.core.firing import fires, next_fire
from tasks_service.core.schedule import Cron
from tasks_service.core.wording import in_utc

_HORIZON = timedelta(days=62)
_MOST_MOMENTS = 200


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
        begun = next_fire(self.begins, moment - self.duration)
        return begun is not None and begun <= moment


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
    return next((at for at in _moments(windows, moment) if judge(windows, at).allowed), None)


def closed_because(windows: Sequence[SyncWindow], labels: Mapping[str, str], moment: datetime) -> tuple[str, bool]:
    """Why a job's changes wait now, and whether a person may apply them; empty where they do not wait."""
    own = [w for w in windows if w.concerns(labels)]
    verdict = judge(own, moment)
    if verdict.allowed:
        return "", True
    opens = opening(own, moment)
    until = f"until {in_utc(opens)}" if opens else "and none opens within two months"
    return f"the sync window is closed {until}", verdict.manual


def _moments(windows: Iterable[SyncWindow], after: datetime) -> list[datetime]:
    """When any window begins or ends, ascending: nothing changes in between."""
    found: set[datetime] = set()
    for window in windows:
        begun = fires(window.begins, after - window.duration, after + _HORIZON)
        for count, begin in enumerate(begun):
            if count >= _MOST_MOMENTS:
                break
            found |= {moment for moment in (begin, begin + window.duration) if moment > after}
    return sorted(found)
