"""Which change the failures of jobs are blamed on, read from ledger and history."""

from collections.abc import Collection
from datetime import datetime

from tasks_service.core.blame import Blame, blame_of
from tasks_service.core.stores import Stores


def blames(stores: Stores, job_uids: Collection[str], until: datetime | None = None) -> dict[str, Blame]:
    """By job, where a change is to blame. ``until`` leaves out what ended later."""
    if not job_uids:
        return {}
    turns = stores.ledger.turning_points(job_uids, until)
    digests = {run.digest for turn in turns.values() for run in (turn.success, turn.failure)}
    versions = stores.history.versions_of(turns.keys(), digests) if turns else {}
    found = {uid: blame_of(turn.success, turn.failure, versions.get(uid, ())) for uid, turn in turns.items()}
    return {uid: blame for uid, blame in found.items() if blame}
