"""Claims: from slots that are due to rows and queued runs; and the runs that people ask for."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from tasks_service.adapters.redis_ledger.folding import Folding
from tasks_service.adapters.redis_ledger.records import Seat, load_seat, stamp_of
from tasks_service.adapters.redis_ledger.transactions import TRIES, Draft, overtaken
from tasks_service.adapters.redis_ledger.transitions import end_queued, queue, with_run
from tasks_service.core.backfill import Reclaim
from tasks_service.core.errors import Conflict, SecondStoreUnavailable
from tasks_service.core.run import Occurrence, Run, RunState, Trigger, slot_of
from tasks_service.core.settlement import OVERLAP, Entry, LedgerFacts, Settlement
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import ClaimGround, LedgerRow

_WITHDRAWN = "Redis did not take it"


class Claims(Folding):
    """The part of the ledger that queues."""

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim; jobs that are not kept here, or that nobody has opened yet, are passed over."""
        for _ in range(TRIES):
            grounds = self._archive.grounds(job_uids)
            if not grounds:
                return []
            draft = Draft()
            queued = self._draft(grounds, decide, at, draft)
            if not draft.commands or self._commit(draft):
                return queued
        raise overtaken()

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a run that a person asked for; it is recorded in the archive first, which knows repeated ids."""
        kept = self._find(run_id)
        if kept:
            return kept.run
        row, new = self._archive.enqueue_manual(job, run_id, parameters, actor, reason, at)
        if new:
            self._take([row], at)
        return row.occurrence.runs[0]

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[Run]:
        """Queue runs for slots whose time is over; they are recorded in the archive first."""
        self.fold()
        rows = self._archive.reclaim(job, slots, how, at)
        if rows:
            self._take(rows, at)
        return [run for row in rows for run in row.occurrence.runs]

    def _draft(
        self, grounds: Sequence[ClaimGround], decide: Callable[[LedgerFacts], Settlement], at: datetime, draft: Draft
    ) -> list[Run]:
        uids = [ground.job.job_uid for ground in grounds]
        seats = self._connection.call(lambda redis: redis.hmget(self._key("jobs"), uids))
        counts = self._connection.call(lambda redis: redis.hmget(self._key("under_way"), uids))
        waiting = self._waiting() if any(int(count or 0) for count in counts) else {}
        queued: list[Run] = []
        for ground, text, count in zip(grounds, seats, counts, strict=True):
            seat = load_seat(text) if text else None
            if seat is None or seat.closed:
                self._custody.untidy = self._custody.passed_over = True
                continue
            job = ground.job
            facts = LedgerFacts(
                job_uid=job.job_uid,
                cursor=max(seat.cursor, job.cursor),
                overrides=ground.overrides,
                under_way=ground.under_way + int(count or 0),
                waiting=ground.waiting + waiting.get(job.job_uid, 0),
            )
            settlement = decide(facts)
            cursor = max(facts.cursor, settlement.cursor)
            if cursor == facts.cursor and not settlement.entries:
                continue
            draft.expect("jobs", job.job_uid, stamp_of(text))
            draft.seat(job.job_uid, Seat(cursor=cursor, next_due=None if job.halted else settlement.next_due))
            if settlement.entries:
                draft.expect("under_way", job.job_uid, count or "")
            claimed, cancels = _claim(ground, facts.cursor, settlement, at, draft)
            if cancels:
                self._cancel_open(job.job_uid, cancels, at, draft)
            queued += claimed
        return queued

    def _waiting(self) -> Counter[str]:
        """How many scheduled runs of each job are queued in their first attempt."""
        members = self._connection.call(lambda redis: redis.zrange(self._key("queued"), 0, -1))
        places = [member.split() for member in members]
        return Counter(uid for _, _, mark, uid, _ in places if mark in "x-")

    def _cancel_open(self, job_uid: str, reason: str, at: datetime, draft: Draft) -> None:
        """End what is queued of a job, and ask for the end of what is running; backfills go on."""
        places = self._connection.call(lambda redis: redis.zrange(self._key("queued"), 0, -1))
        running = self._connection.call(lambda redis: redis.hgetall(self._key("running")))
        queued = [run_id for *_, uid, run_id in (place.split() for place in places) if uid == job_uid]
        begun = [run_id for run_id, uid in running.items() if uid == job_uid]
        for there in self._find_all([*queued, *begun]).values():
            if there.run.trigger is Trigger.BACKFILL or there.run.cancel_requested_by:
                continue
            draft.expect("rows", there.key, there.stamp)
            if there.run.state is RunState.QUEUED:
                end_queued(there, RunState.CANCELLED, reason, at, draft, OVERLAP)
            elif there.run.state is RunState.RUNNING:
                asked = replace(there.run, cancel_requested_by=OVERLAP, cancel_reason=reason)
                draft.keep(with_run(there.row, asked))

    def _take(self, rows: Sequence[LedgerRow], at: datetime) -> None:
        """Queue runs that the archive has recorded already; what cannot be queued is cancelled there."""
        job_uid = rows[0].occurrence.job_uid
        try:
            for _ in range(TRIES):
                text = self._connection.call(lambda redis: redis.hget(self._key("jobs"), job_uid))
                if text is None or load_seat(text).closed:
                    raise Conflict("Redis does not keep the job yet, or no longer", hint="try again in a second")
                draft = Draft()
                draft.expect("jobs", job_uid, stamp_of(text))
                for row in rows:
                    draft.keep(row)
                    for run in row.occurrence.runs:
                        queue(run, row, draft)
                if self._commit(draft):
                    return
            raise overtaken()
        except (Conflict, SecondStoreUnavailable):
            self._archive.withdraw([run for row in rows for run in row.occurrence.runs], _WITHDRAWN, at)
            raise


def _claim(
    ground: ClaimGround, cursor: datetime, settlement: Settlement, at: datetime, draft: Draft
) -> tuple[list[Run], str]:
    """Write the entries whose slots are still free, each with its run if it starts.

    The runs, and why the job's other runs are to end for them, if they are.
    """
    queued: list[Run] = []
    cancels = ""
    after = cursor
    for entry in sorted(settlement.entries, key=lambda e: e.due_at):
        if entry.due_at <= cursor or any(entry.due_at <= due <= entry.until for due in ground.taken):
            continue
        row = _row(ground.job, entry, after, at)
        draft.keep(row)
        for run in row.occurrence.runs:
            queue(run, row, draft)
            queued.append(run)
        cancels = entry.cancels or cancels
        after = entry.until
    return queued, cancels


def _row(job: InventoryJob, entry: Entry, after: datetime, at: datetime) -> LedgerRow:
    manifest = job.manifest
    shared: dict[str, Any] = {
        "job_uid": job.job_uid,
        "job_id": manifest.job_id,
        "slot": slot_of(entry.due_at),
        "due_at": entry.due_at,
        "trigger": entry.trigger,
        "digest": manifest.digest,
        "revision": job.revision,
    }
    first = Run(
        run_id=uuid4().hex,
        job_type=manifest.job_type,
        attempt=1,
        state=RunState.QUEUED,
        parameters=manifest.parameters,
        queued_at=at,
        not_before=entry.not_before or entry.due_at,
        **shared,
    )
    return LedgerRow(
        occurrence=Occurrence(
            until=entry.until,
            count=entry.count,
            outcome=entry.outcome,
            reason=entry.reason,
            recorded_at=at,
            runs=() if entry.outcome else (first,),
            **shared,
        ),
        exclusive=manifest.policy.overlap != "allow",
        after=after,
        closed_at=at if entry.outcome else None,
    )
