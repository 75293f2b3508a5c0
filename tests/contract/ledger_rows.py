"""What the ledger's suites share: a job in the inventory, and decisions that are only told."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from builders import NOW, make_desired

from tasks_service.core.plan import Create
from tasks_service.core.run import Outcome, Run, RunResult, RunState
from tasks_service.core.settlement import Entry, LedgerFacts, Settlement
from tasks_service.core.state import DesiredJob, InventoryJob
from tasks_service.core.stores import Stores

HOUR = timedelta(hours=1)


def slot(hours: float) -> datetime:
    return NOW + hours * HOUR


def create(stores: Stores, *job_ids: str, **fields: object) -> list[DesiredJob]:
    jobs = [make_desired(job_id, **fields) for job_id in job_ids or ("nightly",)]
    stores.inventory.apply([Create(job=job) for job in jobs], NOW, {})
    return jobs


def held(stores: Stores, job_id: str = "nightly") -> InventoryJob:
    found = stores.inventory.find(job_id)
    assert found is not None
    return found


def start(due: datetime) -> Entry:
    return Entry(due_at=due, until=due)


def skip(first: datetime, last: datetime, count: int, outcome: Outcome = Outcome.SKIPPED_PAUSED) -> Entry:
    return Entry(due_at=first, until=last, count=count, outcome=outcome, reason="told so")


def decided(*entries: Entry) -> Callable[[LedgerFacts], Settlement]:
    """A decision that looks at nothing."""
    return lambda facts: Settlement(cursor=max([facts.cursor, *(e.until for e in entries)]), entries=entries)


def settle(stores: Stores, *entries: Entry, uids: Sequence[str] = ("uid-nightly",), at: datetime = NOW) -> list[Run]:
    return stores.ledger.settle(uids, decided(*entries), at)


def running(stores: Stores, hours: float = 1, owner: str = "me") -> Run:
    """A run that was claimed and started."""
    [run] = settle(stores, start(slot(hours)))
    assert stores.ledger.start(run.run_id, owner, "node", slot(hours))
    return run


def ended(run: Run, state: RunState = RunState.SUCCEEDED) -> RunResult:
    return RunResult(run_id=run.run_id, state=state, result={"n": 1}, cpu_seconds=0.5, peak_memory_bytes=10)


def rows(stores: Stores, uid: str = "uid-nightly") -> list[tuple[float, str, int]]:
    """Hours after noon, outcome and count of each row, oldest first."""
    items = stores.ledger.occurrences(uid, limit=500).items
    return [((r.due_at - NOW) / HOUR, r.outcome.value if r.outcome else "open", r.count) for r in items[::-1]]
