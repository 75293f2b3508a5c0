"""What the reconciler saw and did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tasks_service.core.commit import Commit
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.stores.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A finding, and since when it stands."""

    diagnostic: Diagnostic
    source: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source."""

    name: str
    observed: str = ""
    """The revision that was seen last, taken or not."""
    attempted: str = ""
    """The revision whose content was last taken: a new one has to follow from it."""
    applied: str = ""
    """The revision that was last applied without rest."""
    commits: tuple[Commit, ...] = ()
    """Those of the three revisions, where the source is a git repository."""
    read_at: datetime | None = None
    """When it was last read with success."""
    failure: str = ""
    """Why the latest reading failed or is not taken; empty where neither is so."""
    held: bool = False
    """It was read, and is not taken until a person confirms it or it changes."""
    trouble: str = ""
    """Why what lies elsewhere did not answer since ``read_at``; what was read then counts for two intervals."""
    files: int = 0

    def commit(self, revision: str) -> Commit | None:
        """The commit of one of its revisions."""
        return next((c for c in self.commits if c.sha == revision), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCommit:
    """The commit that a source showed."""

    source: str
    commit: Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """An action as the record of a sync keeps it."""

    verb: str
    job_id: str
    origin: str
    changed: tuple[str, ...] = ()
    held: str = ""
    """Why a guard keeps it back; empty where it was applied."""
    asks: bool = False
    """Whether it is carried out once a person confirms the plan."""
    since: datetime | None = None
    """Since when it waits; None where it was applied."""
    calendar_id: str = ""
    """The calendar that it changes; then ``job_id`` is empty."""
    jobs: tuple[str, ...] = ()
    """The jobs that refer to that calendar."""
    before: str = ""
    """The former name of a job that is renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRecord:
    """The result of a sync. Equal results share one row; ``repeated`` counts them."""

    sync_id: int = 0
    at: datetime
    last_at: datetime
    revision: str
    status: str
    reason: str
    plan_id: str
    summary: str
    actions: tuple[PlannedAction, ...]
    commits: tuple[SourceCommit, ...] = ()
    """What it looked at, taken or not, where the sources are git repositories."""
    repeated: int = 1


class SyncStore(Protocol):
    """What the reconciler saw and did."""

    def record(
        self,
        record: SyncRecord,
        sources: Sequence[SourceState],
        problems: Sequence[tuple[str, Diagnostic]],
        at: datetime,
    ) -> bool:
        """Keep the result, the state of the sources, and the problems as ``(source, finding)``.

        A problem that stood before keeps its ``since``. Where nothing differs from the newest record, nothing is
        written and False is returned; ``read_at`` alone is written at most every ten seconds.
        """
        ...

    def history(self, *, limit: int = 50, cursor: str | None = None) -> Page[SyncRecord]:
        """Newest first."""
        ...

    def verdict(self) -> tuple[str, str] | None:
        """Status and reason of the newest result, without all that it did; None before the first."""
        ...

    def sources(self) -> list[SourceState]:
        """The sources as last recorded."""
        ...

    def problems(self) -> list[Problem]:
        """The findings that stand."""
        ...

    def heard(self, delivery: str, at: datetime) -> bool:
        """Note the delivery of a webhook, named by at most 64 characters; False where it was noted in the last days."""
        ...

    def confirm(self, plan_id: str, actor: str, at: datetime) -> None:
        """Allow the held plan of that id, or the held revision of a source."""
        ...

    def confirmed(self) -> frozenset[str]:
        """What was allowed and is not spent: ids of plans, and revisions of sources."""
        ...

    def spend(self, allowed: Iterable[str], at: datetime) -> None:
        """Let confirmations count no longer: what they were about was carried out, or has changed."""
        ...
