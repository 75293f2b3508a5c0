"""The judgement of a job: what is against expectation, or will be at a known moment unless something happens. Pure.

Each kind of finding is judged by itself, so a job may fail and be late at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import takewhile

from tasks_service.core.alarm import AlarmKind, Finding
from tasks_service.core.blame import Blame
from tasks_service.core.durations import format_duration
from tasks_service.core.expectation import Basis, Expectation, expectation
from tasks_service.core.firing import next_fire
from tasks_service.core.manifest import JobManifest
from tasks_service.core.run import Occurrence, Outcome, Run, RunState
from tasks_service.core.run_durations import Durations
from tasks_service.core.wording import in_utc

RECENT_RUNS = 20
"""So many of a job's newest runs are looked at."""
_BAD = frozenset({RunState.FAILED, RunState.TIMED_OUT, RunState.LOST})
_MISSED = frozenset({Outcome.MISSED_DOWN, Outcome.MISSED_DEADLINE})
_EXPLAINED = frozenset(outcome for outcome in Outcome if outcome.startswith("skipped_")) | {Outcome.SUPERSEDED}
"""Nobody expected these fires to run."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a judgement looks at."""

    manifest: JobManifest
    runs: Sequence[Run]
    """The newest, newest first."""
    newest: Occurrence | None
    """The ledger's row with the newest due time."""
    next_due: datetime | None
    """The published next fire; in the past where it is not claimed yet."""
    applied_at: datetime | None
    held: str = ""
    """Why no fire is expected to run: paused or suspended, by whom; empty where they are expected."""
    away: str = ""
    """Why the job's store does not answer; empty where it does."""
    usual: Durations | None = None
    blame: Blame | None = None
    """The change with which it began to fail, where that was asked for."""

    @cached_property
    def expected(self) -> Expectation:
        """What is expected of it."""
        return expectation(self.manifest, self.runs, self.usual)

    @cached_property
    def ended(self) -> list[Run]:
        """The last attempt of each occurrence that ran to an end, newest first."""
        return _ended(self.runs)

    @cached_property
    def row_of_failures(self) -> list[Run]:
        """The newest ended runs without a success between them, newest first."""
        return failures_in_a_row(self.runs)

    @cached_property
    def prospects(self) -> list[Finding]:
        """At most one finding of each kind: those that hold, and those that will."""
        found = (_late(self), _missed(self), _overrunning(self), _never_ran(self), _failing(self), _lost(self))
        return [finding for finding in found if finding]


def findings(case: Case, now: datetime) -> list[Finding]:
    """What is against expectation now."""
    return [finding for finding in case.prospects if finding.holds(now)]


def review_at(case: Case, now: datetime) -> datetime | None:
    """The moment after which the judgement may change although nothing happened."""
    moments = (f.holds_from for f in case.prospects if f.holds_from and not f.holds(now))
    return min(moments, default=None)


def any_running(runs: Iterable[Run]) -> bool:
    """Whether one of these is running."""
    return any(run.state is RunState.RUNNING for run in runs)


def failures_in_a_row(runs: Iterable[Run]) -> list[Run]:
    """Of a job's newest runs, newest first, those that ended without a success after them."""
    return list(takewhile(lambda run: run.state in _BAD, _ended(runs)))


def _ended(runs: Iterable[Run]) -> list[Run]:
    """An attempt that is followed by another one decides nothing; what was cancelled is neither good nor bad."""
    last: dict[str, Run] = {}
    for run in runs:
        last.setdefault(run.slot, run)
    return [run for run in last.values() if run.state.final and run.state is not RunState.CANCELLED]


def durations_of(runs: Iterable[Run]) -> Durations | None:
    """How long those of these took that succeeded."""
    return Durations.of(
        run.duration_seconds for run in runs if run.state is RunState.SUCCEEDED and run.duration_seconds is not None
    )


def because(run: Run) -> str:
    """Why a run did not succeed, in a few words."""
    return f"{run.error.type}: {run.error.message}" if run.error else run.state.value


def _late(case: Case) -> Finding | None:
    if case.held:
        return None
    return min((*_waiting(case), *_unclaimed(case)), key=lambda f: f.holds_from or f.since, default=None)


def _waiting(case: Case) -> Iterator[Finding]:
    """Runs that could start and have not."""
    grace = case.expected.grace
    for run in case.runs:
        if run.state is RunState.QUEUED:
            ready = max(run.due_at, run.not_before)
            what = f"attempt {run.attempt} of the run" if run.attempt > 1 else "the run"
            yield Finding(
                kind=AlarmKind.LATE,
                since=ready,
                holds_from=ready + grace,
                reason=f"{what} due at {in_utc(run.due_at)} waits in the queue{_within(case)}",
                run_id=run.run_id,
            )


def _unclaimed(case: Case) -> Iterator[Finding]:
    """The next fire, which is late as soon as it is due where it cannot be claimed."""
    if case.next_due is None:
        return
    due = f"due at {in_utc(case.next_due)}"
    yield Finding(
        kind=AlarmKind.LATE,
        since=case.next_due,
        holds_from=case.next_due if case.away else case.next_due + case.expected.grace,
        reason=f"{due} and not claimed: {case.away}" if case.away else f"{due} and not started{_within(case)}",
    )


def _within(case: Case) -> str:
    return f"; the grace is {format_duration(case.expected.grace)}"


def _missed(case: Case) -> Finding | None:
    newest = case.newest
    if case.held or newest is None or newest.outcome not in _MISSED:
        return None
    fires = f"{newest.count} fires up to" if newest.count > 1 else "the fire of"
    return Finding(
        kind=AlarmKind.MISSED,
        since=newest.due_at,
        holds_from=None,
        reason=f"{fires} {in_utc(newest.until)}: {newest.reason}",
    )


def _overrunning(case: Case) -> Finding | None:
    longest, basis = case.expected.max_runtime, case.expected.max_runtime_from
    started = [(run.started_at, run) for run in case.runs if run.state is RunState.RUNNING and run.started_at]
    if not started:
        return None
    began, run = min(started, key=lambda pair: pair[0])
    why = {
        Basis.HISTORY: f": 95 of 100 runs end within {_seconds(case.usual.p95 if case.usual else None)}",
        Basis.TIMEOUT: ", its timeout",
    }.get(basis, "")
    return Finding(
        kind=AlarmKind.OVERRUNNING,
        since=began + longest,
        holds_from=began + longest,
        reason=f"runs longer than {format_duration(longest)}{why}",
        run_id=run.run_id,
    )


def _seconds(value: float | None) -> str:
    return f"{value or 0:.3g} s"


def _never_ran(case: Case) -> Finding | None:
    if case.held or case.applied_at is None:
        return None
    if any(run.started_at and run.state is not RunState.CANCELLED for run in case.runs):
        return None
    first = _first_expected(case, case.applied_at)
    if first is None:
        return None
    return Finding(
        kind=AlarmKind.NEVER_RAN,
        since=first,
        holds_from=first + case.expected.grace,
        reason=f"no run of it has come to an end, and its first fire was due at {in_utc(first)}",
    )


def _first_expected(case: Case, applied_at: datetime) -> datetime | None:
    """The first fire that was meant to run: what was skipped on purpose, by a pause or a calendar, does not count."""
    newest = case.newest
    if newest is None and case.next_due:
        return case.next_due
    skipped = newest is not None and newest.outcome in _EXPLAINED
    return next_fire(case.manifest.schedule, max(applied_at, newest.until) if newest and skipped else applied_at)


def _failing(case: Case) -> Finding | None:
    row = case.row_of_failures
    if not row or row[0].state is RunState.LOST:
        return None
    count = len(row)
    times = f"{count} times in a row" if count > 1 else "once"
    least = "at least " if count > 1 and len(row) == len(case.ended) and len(case.runs) >= RECENT_RUNS else ""
    return Finding(
        kind=AlarmKind.FAILING,
        since=_end(row[-1]),
        holds_from=None,
        reason=f"{least}{times}: {because(row[0])}" + (f", {case.blame.sentence}" if case.blame else ""),
        run_id=row[0].run_id,
        failures=count,
    )


def _lost(case: Case) -> Finding | None:
    row = case.row_of_failures
    if not row or row[0].state is not RunState.LOST:
        return None
    error = row[0].error
    return Finding(
        kind=AlarmKind.LOST,
        since=_end(row[0]),
        holds_from=None,
        reason=because(row[0]) if error else "nobody knows how the last run ended",
        run_id=row[0].run_id,
        failures=len(row),
    )


def _end(run: Run) -> datetime:
    return run.finished_at or run.due_at


def retry_under_way(runs: Iterable[Run]) -> Run | None:
    """A further attempt that waits or runs, if the newest occurrence has one."""
    newest = next(iter(runs), None)
    return newest if newest and newest.attempt > 1 and not newest.state.final else None
