"""Transactions: read, decide, and write if nothing that was read has changed."""

import json
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any

from tasks_service.adapters.redis_ledger.connection import Connection
from tasks_service.adapters.redis_ledger.records import Seat, dump, load_row, micros, row_key, stamp_of
from tasks_service.adapters.redis_ledger.scripts import COMMIT, KEYS
from tasks_service.core.errors import Conflict, LeadLost
from tasks_service.core.run import Run
from tasks_service.core.stores import Archive, Fence, LedgerRow

TRIES = 20


@dataclass(slots=True)
class Draft:
    """What one script compares and then writes, all or nothing."""

    expected: list[tuple[int, str, str]] = field(default_factory=list)
    commands: list[tuple[str | int, ...]] = field(default_factory=list)

    def expect(self, key: str, name: str, stamp: str) -> None:
        """Write nothing unless that field of that hash still has this stamp; empty: is still missing."""
        self.expected.append((_index(key), name, stamp))

    def run(self, command: str, key: str, *arguments: str) -> None:
        """A command to run."""
        self.commands.append((command, _index(key), *arguments))

    def keep(self, row: LedgerRow) -> None:
        """Write a row, to be folded."""
        key = row_key(row.occurrence)
        self.run("HSET", "rows", key, dump(row))
        self.run("ZADD", "dirty", str(micros(row.occurrence.due_at)), key)

    def seat(self, job_uid: str, seat: Seat) -> None:
        """Write a job's seat, to be folded."""
        self.run("HSET", "jobs", job_uid, dump(seat))
        self.run("SADD", "moved", job_uid)


@dataclass(frozen=True, slots=True)
class Found:
    """A run as it stands in its row."""

    key: str
    stamp: str
    row: LedgerRow
    run: Run


@dataclass(slots=True)
class Custody:
    """What all views of one ledger share."""

    changing: RLock = field(default_factory=RLock)
    """Held while jobs are opened or released."""
    folding: Lock = field(default_factory=Lock)
    tended: tuple[int, str] = (0, "")
    """The connection, and the leader's term, in which the jobs were last put in order."""
    untidy: bool = False
    """Jobs must be put in order again."""
    passed_over: bool = False
    """A job was not claimed because it was not open."""
    returned: bool = False
    """Jobs may have waited, and nobody was told yet."""


class LedgerPart:
    """What the parts of the ledger share."""

    def __init__(
        self, connection: Connection, archive: Archive, tag: str, fence: Fence | None, custody: Custody
    ) -> None:
        self._connection = connection
        self._archive = archive
        self._tag = tag
        self._fence = fence
        self._custody = custody
        self._keys = [f"{{{tag}}}:{name}" for name in KEYS]

    def _key(self, name: str) -> str:
        return self._keys[_index(name) - 1]

    def _script(self, script: str, *arguments: str) -> Any:
        return self._connection.call(lambda redis: redis.eval(script, len(self._keys), *self._keys, *arguments))

    def _commit(self, draft: Draft) -> bool:
        """Write a draft; False where something that was read has changed."""
        plan = json.dumps({"expected": draft.expected, "commands": draft.commands}, separators=(",", ":"))
        verdict = self._script(COMMIT, self._term(), plan)
        if verdict == "superseded":
            raise LeadLost("this process leads no longer", hint="the leader does it")
        return bool(verdict == "done")

    def _term(self) -> str:
        if self._fence is None:
            return ""
        if self._fence.lease is None:
            raise LeadLost("this process does not lead", hint="the leader does it")
        return str(self._fence.lease.term)

    def _find(self, run_id: str) -> Found | None:
        return self._find_all([run_id]).get(run_id)

    def _find_all(self, run_ids: list[str]) -> dict[str, Found]:
        """The runs that are kept here."""
        if not run_ids:
            return {}
        keys = self._connection.call(lambda redis: redis.hmget(self._key("runs"), run_ids))
        named = {run_id: key for run_id, key in zip(run_ids, keys, strict=True) if key}
        if not named:
            return {}
        texts = self._connection.call(lambda redis: redis.hmget(self._key("rows"), list(named.values())))
        return {run_id: found(run_id, text) for run_id, text in zip(named, texts, strict=True) if text}


def found(run_id: str, text: str) -> Found:
    """A run in the text of its row."""
    row = load_row(text)
    run = next(run for run in row.occurrence.runs if run.run_id == run_id)
    return Found(row_key(row.occurrence), stamp_of(text), row, run)


def overtaken() -> Conflict:
    """Others were faster each time."""
    return Conflict("other writes came first, again and again", hint="try again")


def _index(key: str) -> int:
    return KEYS.index(key) + 1
