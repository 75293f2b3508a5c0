"""Starters: what the leader does with runs that are ready. Either they begin here, or they are sent to workers."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from tasks_service.control.backfill_gate import BackfillGate
from tasks_service.control.roster import Roster
from tasks_service.control.runner import Runner
from tasks_service.core.errors import SecondStoreUnavailable
from tasks_service.core.ports import RunQueue
from tasks_service.core.stores import Ledger

RESEND_AFTER = timedelta(seconds=60)
"""A run that no worker began for so long is sent again: its message may be lost, and a second one does no harm."""
_BATCH = 500


class Starter(Protocol):
    """Has ready runs begin."""

    def step(self, now: datetime) -> None:
        """See to all that is ready."""
        ...


class BeginHere:
    """Implements ``Starter`` in this process, ``max_runs`` at once; a due run waits, it is not dropped."""

    def __init__(self, *, ledger: Ledger, runner: Runner, gate: BackfillGate, max_runs: int) -> None:
        self._ledger = ledger
        self._gate = gate
        self._runner = runner
        self._max_runs = max_runs

    def step(self, now: datetime) -> None:
        """Begin what there is room for."""
        free = self._max_runs - self._runner.busy
        if free <= 0 or self._runner.draining:
            return
        for run in self._gate.admitted(self._ledger.ready(now, free), now):
            with suppress(SecondStoreUnavailable):
                self._runner.begin(run.run_id)


class SendAway:
    """Implements ``Starter`` by messages to workers. They hold nothing but the run's id; SQL says who wins it."""

    def __init__(self, *, ledger: Ledger, queue: RunQueue, gate: BackfillGate, roster: Roster) -> None:
        self._ledger = ledger
        self._gate = gate
        self._queue = queue
        self._roster = roster

    def step(self, now: datetime) -> None:
        """Send what was not sent yet, and what was sent and did not begin."""
        sent = []
        ready = self._ledger.ready(now, _BATCH, sent_before=now - RESEND_AFTER)
        for run in self._gate.admitted(ready, now):
            if job := self._roster.find(run.job_uid):
                self._queue.send(run.run_id, job.manifest.queue)
                sent.append(run.run_id)
        self._ledger.sent(sent, now)
