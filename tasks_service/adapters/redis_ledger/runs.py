"""The life of a run: ready, started, ended, tried again, cancelled. Every step is a compare-and-set."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from tasks_service.adapters.redis_ledger.records import FILLING, micros, moment
from tasks_service.adapters.redis_ledger.scripts import READY
from tasks_service.adapters.redis_ledger.transactions import Draft, Found, found
from tasks_service.adapters.redis_ledger.transitions import Transitions, close, enter, leave, with_run
from tasks_service.core.run import Run, RunResult, RunState, Trigger
from tasks_service.core.stores import Started

_DELETED = "the job was deleted"
_BEGUN = "the database knows that it was started before, which Redis has forgotten"


class Runs(Transitions):
    """The part of the ledger that carries runs from queued to their end."""

    def ready(self, now: datetime, limit: int, sent_before: datetime | None = None) -> list[Run]:
        """Queued runs whose ``not_before`` has come."""
        before = str(micros(sent_before)) if sent_before else ""
        answer = self._script(READY, str(micros(now)), str(limit), before)
        waiting = [found(run_id, text) for run_id, text in zip(answer[::2], answer[1::2], strict=True)]
        exclusive = {there.run.job_uid for there in waiting if there.row.exclusive}
        busy = self._archive.busy(exclusive) if exclusive else set()
        return [there.run for there in waiting if not (there.row.exclusive and there.run.job_uid in busy)]

    def sent(self, run_ids: Sequence[str], at: datetime) -> None:
        """Note that queued runs were sent to workers."""
        draft = Draft()
        for there in self._find_all(list(run_ids)).values():
            if there.run.state is RunState.QUEUED:
                draft.run("HSET", "sent", there.run.run_id, str(micros(at)))
        if draft.commands:
            self._commit(draft)

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        upcoming = self._connection.call(
            lambda redis: redis.zrangebyscore(
                self._key("queued"), f"({micros(after)}", "+inf", start=0, num=1, withscores=True
            )
        )
        return moment(upcoming[0][1]) if upcoming else None

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> Started | None:
        """Compare-and-set ``queued`` → ``running``."""
        there = self._find(run_id)
        if there is None:
            return None
        clearance = self._archive.clearance(there.run.job_uid, run_id)
        if clearance.deleted:
            self._end_queued(run_id, RunState.CANCELLED, _DELETED, at)
            return None
        if clearance.begun:
            self._end_queued(run_id, RunState.LOST, _BEGUN, at)
            return None

        def change(there: Found, draft: Draft) -> Run | None:
            if there.run.state is not RunState.QUEUED:
                return None
            started = replace(there.run, state=RunState.RUNNING, owner=owner, node=node, started_at=at)
            leave(there, draft)
            mark = f" {FILLING}" if started.trigger is Trigger.BACKFILL else ""
            draft.run("HSET", "running", run_id, started.job_uid + mark)
            draft.keep(with_run(there.row, started))
            return started

        run = self._step(run_id, change)
        return Started(run=run, manifest=clearance.manifest) if run else None

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state."""

        def change(there: Found, draft: Draft) -> Run | None:
            run = there.run
            if run.state is not RunState.RUNNING or run.owner != owner:
                return None
            ended = _ended(run, result, at)
            draft.run("HDEL", "running", run.run_id)
            if retry_at and not run.cancel_requested_by and not self._archive.deleted([run.job_uid]):
                again = _next_attempt(run, at, retry_at)
                enter(again, there.row, draft)
                draft.keep(with_run(there.row, ended, again))
            else:
                close(with_run(there.row, ended), ended, reason, at, draft)
            return ended

        return self._step(result.run_id, change)

    def orphans(self, owners: Collection[str]) -> list[Run]:
        """Runs that are ``running`` and belong to none of these."""
        return [run for run in self._running() if run.owner not in owners]

    def running_of(self, owner: str) -> list[Run]:
        """The owner's running runs."""
        return [run for run in self._running() if run.owner == owner]

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``."""
        return self._end_queued(run_id, RunState.CANCELLED, reason, at, actor)

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it."""

        def change(there: Found, draft: Draft) -> Run | None:
            if there.run.state is not RunState.RUNNING:
                return None
            asked = replace(there.run, cancel_requested_by=actor, cancel_reason=reason)
            draft.keep(with_run(there.row, asked))
            return asked

        return self._step(run_id, change) is not None

    def run(self, run_id: str) -> Run | None:
        """One run, if it is not folded for good."""
        there = self._find(run_id)
        return there.run if there else None

    def holds(self, run_id: str) -> bool:
        """Whether the run is kept here."""
        return self._connection.call(lambda redis: redis.hget(self._key("runs"), run_id)) is not None

    def _running(self) -> list[Run]:
        run_ids = self._connection.call(lambda redis: redis.hkeys(self._key("running")))
        runs = [there.run for there in self._find_all(run_ids).values()]
        return sorted(runs, key=lambda run: (run.queued_at, run.due_at))


def _ended(run: Run, result: RunResult, at: datetime) -> Run:
    return replace(
        run,
        state=result.state,
        finished_at=at,
        result=result.result,
        error=result.error,
        exit_code=result.exit_code,
        signal=result.signal,
        cpu_seconds=result.cpu_seconds,
        peak_memory_bytes=result.peak_memory_bytes,
        output_bytes=result.output_bytes,
        isolation=result.isolation,
        start_seconds=result.start_seconds,
    )


def _next_attempt(run: Run, at: datetime, not_before: datetime) -> Run:
    return Run(
        run_id=uuid4().hex,
        job_uid=run.job_uid,
        job_id=run.job_id,
        job_type=run.job_type,
        slot=run.slot,
        due_at=run.due_at,
        attempt=run.attempt + 1,
        trigger=run.trigger,
        state=RunState.QUEUED,
        digest=run.digest,
        revision=run.revision,
        parameters=run.parameters,
        queued_at=at,
        not_before=not_before,
        actor=run.actor,
    )
