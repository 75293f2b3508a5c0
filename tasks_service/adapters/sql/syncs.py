"""The sync store: what the reconciler saw and did."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from tasks_service.adapters.sql.commits import commit_of, commit_row
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.paging import Keyset
from tasks_service.adapters.sql.tables import confirmations, deliveries, problems, sources, syncs
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.stores import Page, PlannedAction, Problem, SourceCommit, SourceState, SyncRecord

HEARTBEAT = timedelta(seconds=10)
"""How often it is written down that a source was read again and nothing was new."""

REMEMBERED = timedelta(days=7)
"""How long a webhook's delivery is known."""

_HISTORY = Keyset(name="syncs", columns=(syncs.c.sync_id,))


class SqlSyncs:
    """Implements ``SyncStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        record: SyncRecord,
        sources: Sequence[SourceState],
        problems: Sequence[tuple[str, Diagnostic]],
        at: datetime,
    ) -> bool:
        """Keep the result, the sources and the problems; False where nothing differs from the newest record."""
        with read(self._engine) as connection:
            if not _news(connection, record, sources, problems, at):
                return False
        with write(self._engine) as connection:
            news = _news(connection, record, sources, problems, at)
            _keep_result(connection, record, at)
            _keep_sources(connection, sources)
            if news == "changed":
                _keep_problems(connection, problems, at)
        return news == "changed"

    def history(self, *, limit: int = 50, cursor: str | None = None) -> Page[SyncRecord]:
        """Newest first."""
        with read(self._engine) as connection:
            return _HISTORY.page(connection, select(syncs), limit, cursor, _sync)

    def verdict(self) -> tuple[str, str] | None:
        """Status and reason of the newest result, without all that it did; None before the first."""
        wanted = select(syncs.c.status, syncs.c.reason).order_by(syncs.c.sync_id.desc()).limit(1)
        with read(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return (row.status, row.reason) if row else None

    def sources(self) -> list[SourceState]:
        """The sources as last recorded, by name."""
        with read(self._engine) as connection:
            return _sources(connection)

    def problems(self) -> list[Problem]:
        """The findings that stand, in the order in which they were found."""
        with read(self._engine) as connection:
            return _problems(connection)

    def heard(self, delivery: str, at: datetime) -> bool:
        """Note a webhook's delivery; False where it was noted before. They are forgotten after a week."""
        with write(self._engine) as connection:
            connection.execute(delete(deliveries).where(deliveries.c.at < at - REMEMBERED))
            known = connection.scalar(select(deliveries.c.at).where(deliveries.c.delivery == delivery))
            if known is None:
                connection.execute(insert(deliveries).values(delivery=delivery, at=at))
        return known is None

    def confirm(self, plan_id: str, actor: str, at: datetime) -> None:
        """Allow the held plan of that id, or the held revision of a source."""
        with write(self._engine) as connection:
            connection.execute(insert(confirmations).values(plan_id=plan_id, actor=actor, at=at))

    def confirmed(self) -> frozenset[str]:
        """What was allowed and is not spent: ids of plans, and revisions of sources."""
        wanted = select(confirmations.c.plan_id).where(confirmations.c.spent_at.is_(None))
        with read(self._engine) as connection:
            return frozenset(connection.scalars(wanted))

    def spend(self, allowed: Iterable[str], at: datetime) -> None:
        """Let confirmations count no longer: what they were about was carried out, or has changed."""
        standing = confirmations.c.plan_id.in_(sorted(allowed)) & confirmations.c.spent_at.is_(None)
        with write(self._engine) as connection:
            connection.execute(update(confirmations).where(standing).values(spent_at=at))


def _news(
    connection: Connection,
    record: SyncRecord,
    found: Sequence[SourceState],
    findings: Sequence[tuple[str, Diagnostic]],
    at: datetime,
) -> str:
    """``changed``, ``heartbeat`` where only the time of reading is new and old enough to be written, or empty."""
    known = {s.name: s for s in _sources(connection)}
    seen = {s.name: _remembering(s, known.get(s.name)) for s in found}
    standing = [(p.source, p.diagnostic) for p in _problems(connection)]
    newest = _newest(connection)
    if newest is None or not _equal(newest, record) or standing != list(findings):
        return "changed"
    if [_timeless(s) for s in known.values()] != [_timeless(s) for s in _by_name(seen.values())]:
        return "changed"
    return "heartbeat" if any(_overdue(known[s.name].read_at, s.read_at) for s in seen.values()) else ""


def _remembering(now: SourceState, before: SourceState | None) -> SourceState:
    """What a reading does not say stays as it was: a failed one sees no revision, a held one applies none."""
    if before is None:
        return now
    return _with_commits(
        before,
        replace(
            now,
            observed=now.observed or before.observed,
            attempted=now.attempted or before.attempted,
            applied=now.applied or before.applied,
            read_at=now.read_at or before.read_at,
            files=before.files if not now.observed else now.files,
        ),
    )


def _with_commits(before: SourceState, now: SourceState) -> SourceState:
    """The commits of its revisions alone, whichever of both knows them."""
    known = {c.sha: c for c in (*before.commits, *now.commits)}
    wanted = dict.fromkeys((now.observed, now.attempted, now.applied))
    return replace(now, commits=tuple(known[revision] for revision in wanted if revision in known))


def _equal(one: SyncRecord, other: SyncRecord) -> bool:
    return _result(one) == _result(other)


def _result(record: SyncRecord) -> SyncRecord:
    """A record without when and how often."""
    return replace(record, sync_id=0, at=record.at.min, last_at=record.at.min, repeated=1)


def _timeless(state: SourceState) -> SourceState:
    return replace(state, read_at=None)


def _by_name(states: Iterable[SourceState]) -> list[SourceState]:
    return sorted(states, key=lambda s: s.name)


def _overdue(before: datetime | None, now: datetime | None) -> bool:
    return now is not None and (before is None or now - before >= HEARTBEAT)


def _newest(connection: Connection) -> SyncRecord | None:
    row = connection.execute(select(syncs).order_by(syncs.c.sync_id.desc()).limit(1)).one_or_none()
    return _sync(row) if row else None


def _keep_result(connection: Connection, record: SyncRecord, at: datetime) -> None:
    newest = _newest(connection)
    if newest and _equal(newest, record):
        connection.execute(
            update(syncs).where(syncs.c.sync_id == newest.sync_id).values(last_at=at, repeated=syncs.c.repeated + 1)
        )
        return
    values = {
        "at": record.at,
        "last_at": record.last_at,
        "revision": record.revision,
        "status": record.status,
        "reason": record.reason,
        "plan_id": record.plan_id,
        "summary": record.summary,
        "actions": [_action_row(action) for action in record.actions],
        "commits": [commit_row(seen.commit) | {"source": seen.source} for seen in record.commits],
        "repeated": 1,
    }
    connection.execute(insert(syncs).values(values))


def _keep_sources(connection: Connection, found: Sequence[SourceState]) -> None:
    known = {s.name: s for s in _sources(connection)}
    seen = [_remembering(s, known.get(s.name)) for s in found]
    connection.execute(delete(sources))
    if seen:
        connection.execute(insert(sources), [_source_row(state) for state in seen])


def _keep_problems(connection: Connection, findings: Sequence[tuple[str, Diagnostic]], at: datetime) -> None:
    """Replace the findings; one that stood before, perhaps on another line, keeps its ``since``."""
    since = {_identity(p.source, p.diagnostic): p.since for p in reversed(_problems(connection))}
    connection.execute(delete(problems))
    rows = [
        {"source": source, "diagnostic": asdict(found), "since": since.get(_identity(source, found), at)}
        for source, found in findings
    ]
    if rows:
        connection.execute(insert(problems), rows)


def _identity(source: str, found: Diagnostic) -> tuple[str, Diagnostic]:
    return source, replace(found, line=0, column=0)


def _sources(connection: Connection) -> list[SourceState]:
    found = connection.execute(select(sources).order_by(sources.c.name))
    return [SourceState(**{**row._mapping, "commits": tuple(map(commit_of, row.commits))}) for row in found]


def _source_row(state: SourceState) -> dict[str, Any]:
    return {f.name: getattr(state, f.name) for f in fields(state)} | {"commits": list(map(commit_row, state.commits))}


def _problems(connection: Connection) -> list[Problem]:
    return [
        Problem(diagnostic=Diagnostic(**row.diagnostic), source=row.source, since=row.since)
        for row in connection.execute(select(problems).order_by(problems.c.problem_id))
    ]


def _sync(row: Row[Any]) -> SyncRecord:
    actions = tuple(map(_action, row.actions))
    return SyncRecord(**{**row._mapping, "actions": actions, "commits": tuple(map(_source_commit, row.commits))})


def _source_commit(row: dict[str, str]) -> SourceCommit:
    """Rows of old do not name the source."""
    seen = dict(row)
    return SourceCommit(source=seen.pop("source", ""), commit=commit_of(seen))


def _action_row(action: PlannedAction) -> dict[str, Any]:
    return asdict(action) | {"since": action.since.isoformat() if action.since else None}


def _action(row: dict[str, Any]) -> PlannedAction:
    since = row.get("since")
    told = {"changed": tuple(row["changed"]), "jobs": tuple(row.get("jobs", ()))}
    return PlannedAction(**row | told | {"since": datetime.fromisoformat(since) if since else None})
