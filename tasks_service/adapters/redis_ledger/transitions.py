"""Steps of a run from one state to the next, as drafts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tasks_service.adapters.redis_ledger.records import micros, place, row_key
from tasks_service.adapters.redis_ledger.transactions import TRIES, Draft, Found, LedgerPart, overtaken
from tasks_service.core.run import Outcome, Run, RunError, RunState, Trigger
from tasks_service.core.stores import LedgerRow

Change = Callable[[Found, Draft], Run | None]
"""Writes into the draft what becomes of a run; None where it must stay as it is."""


class Transitions(LedgerPart):
    """What the parts that move runs share."""

    def _step(self, run_id: str, change: Change) -> Run | None:
        """Change a run, and its row with it; the run as it then is, None where nothing was to be done."""
        for _ in range(TRIES):
            there = self._find(run_id)
            if there is None:
                return None
            draft = Draft()
            draft.expect("rows", there.key, there.stamp)
            changed = change(there, draft)
            if changed is None:
                return None
            if self._commit(draft):
                return changed
        raise overtaken()

    def _end_queued(self, run_id: str, state: RunState, reason: str, at: datetime, actor: str = "") -> bool:
        """Compare-and-set ``queued`` → a final state; closes the row."""

        def change(there: Found, draft: Draft) -> Run | None:
            if there.run.state is not RunState.QUEUED:
                return None
            return end_queued(there, state, reason, at, draft, actor)

        return self._step(run_id, change) is not None


def end_queued(there: Found, state: RunState, reason: str, at: datetime, draft: Draft, actor: str = "") -> Run:
    """A queued run ends without having begun, and its row with it."""
    lost = RunError(type="Lost", message=reason) if state is RunState.LOST else None
    ended = replace(there.run, state=state, finished_at=at, error=lost)
    if not lost:
        ended = replace(ended, cancel_requested_by=actor, cancel_reason=reason)
    leave(there, draft)
    close(with_run(there.row, ended), ended, reason, at, draft)
    return ended


def queue(run: Run, row: LedgerRow, draft: Draft) -> None:
    """Put a run into the queue, as one more that is under way."""
    enter(run, row, draft)
    _count(run, 1, draft)


def enter(run: Run, row: LedgerRow, draft: Draft) -> None:
    """Put a run into the queue."""
    draft.run("HSET", "runs", run.run_id, row_key(row.occurrence))
    draft.run("ZADD", "queued", str(micros(run.not_before)), place(run, exclusive=row.exclusive))


def leave(there: Found, draft: Draft) -> None:
    """Take a run out of the queue."""
    draft.run("ZREM", "queued", place(there.run, exclusive=there.row.exclusive))
    draft.run("HDEL", "sent", there.run.run_id)


def close(row: LedgerRow, ended: Run, reason: str, at: datetime, draft: Draft) -> None:
    """Give a row the outcome of its last run. A success keeps the reason for which it ran."""
    outcome = Outcome(ended.state.value)
    occurrence = replace(row.occurrence, outcome=outcome, reason=reason or row.occurrence.reason)
    draft.keep(replace(row, occurrence=occurrence, closed_at=at))
    _count(ended, -1, draft)


def _count(run: Run, step: int, draft: Draft) -> None:
    """Backfills are not counted: they are never in the way of a regular run."""
    if run.trigger is not Trigger.BACKFILL:
        draft.run("HINCRBY", "under_way", run.job_uid, str(step))


def with_run(row: LedgerRow, changed: Run, *more: Run) -> LedgerRow:
    """The row with one of its runs as it now is, and perhaps further ones."""
    runs = tuple(changed if run.run_id == changed.run_id else run for run in row.occurrence.runs)
    return replace(row, occurrence=replace(row.occurrence, runs=(*runs, *more)))
