"""What becomes of calendars in a sync: which are wanted, which last good ones stay, and what changes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from tasks_service.core.calendar import Calendar
from tasks_service.core.calendar_rules import references, unknown_calendars
from tasks_service.core.diagnostics import Diagnostic, placed
from tasks_service.core.job_calendars import calendar_names
from tasks_service.core.manifest import JobManifest
from tasks_service.core.state import (
    DesiredJob,
    LiveJob,
    Origin,
    Settled,
    Snapshot,
    Sourced,
    SourcedCalendar,
    SourceFailure,
    distrusted,
)
from tasks_service.core.wording import in_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCalendar:
    """A calendar as it was last applied."""

    calendar: Calendar
    origin: Origin
    revision: str
    applied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChange:
    """A calendar that is wanted and not there, or otherwise, or no longer; and the jobs that refer to it."""

    verb: Literal["create", "update", "delete"]
    calendar: Calendar
    origin: Origin
    revision: str
    jobs: tuple[str, ...]
    """The job_ids that it concerns."""
    before: Calendar | None = None
    held: str = ""
    """Why it waits; empty where it is applied."""

    @property
    def calendar_id(self) -> str:
        """The name of the calendar."""
        return self.calendar.calendar_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSight:
    """What the sources say of calendars in one look."""

    good: Mapping[str, SourcedCalendar]
    """By key."""
    refused: tuple[SourcedCalendar, ...]
    """Those of which two documents have one name."""
    names: Mapping[str, str]
    """The names that a job may refer to, by key: good ones, and those that were applied."""


def single_calendars(
    found: Iterable[SourcedCalendar],
) -> tuple[tuple[SourcedCalendar, ...], tuple[SourcedCalendar, ...]]:
    """The calendars whose name is theirs alone, and those that share one."""
    by_name: dict[str, list[SourcedCalendar]] = {}
    for item in sorted(found, key=lambda c: (c.origin.source, c.origin.path, c.origin.line)):
        by_name.setdefault(item.calendar.key, []).append(item)
    good = tuple(items[0] for items in by_name.values() if len(items) == 1)
    return good, tuple(item for items in by_name.values() if len(items) > 1 for item in items)


def sight(snapshots: Iterable[Snapshot], applied: Sequence[AppliedCalendar]) -> CalendarSight:
    """Gather the calendars of all snapshots; of two with one name neither counts."""
    good, refused = single_calendars(c for s in snapshots for c in s.calendars)
    known = [*(a.calendar for a in applied), *(c.calendar for c in good)]
    return CalendarSight(
        good={item.calendar.key: item for item in good},
        refused=refused,
        names={calendar.key: calendar.calendar_id for calendar in known},
    )


def refuse_unknown(snapshot: Snapshot, names: Mapping[str, str]) -> Snapshot:
    """A snapshot in which a job that refers to an unknown calendar counts as broken, with the reason at its place."""
    problems = {id(m): unknown_references(m, names) for m in snapshot.manifests}
    return replace(
        snapshot,
        manifests=tuple(m for m in snapshot.manifests if not problems[id(m)]),
        problems=(*snapshot.problems, *(p for found in problems.values() for p in found)),
    )


def unknown_references(job: Sourced, names: Mapping[str, str]) -> list[Diagnostic]:
    """What is to be said of the names in a job that are no calendar's, each at its place."""
    found = []
    for finding in unknown_calendars(job.manifest.schedule, names):
        line, column = job.places.get(finding.loc, (job.origin.line, int(job.origin.line > 0)))
        here = replace(finding, loc=("schedule", *finding.loc))
        found.append(placed(here, path=job.origin.path, line=line, column=column))
    return found


def duplicate_calendars(refused: Sequence[SourcedCalendar]) -> Iterable[Diagnostic]:
    """What is to be said of calendars that share a name, at each place."""
    for item in refused:
        others = [o.origin for o in refused if o.calendar.key == item.calendar.key and o is not item]
        yield Diagnostic(
            rule="JM053",
            message=f"calendar_id {item.calendar.calendar_id!r} is also defined in {', '.join(map(str, others))}",
            hint="give one of them another calendar_id; until then the calendar stays as it was",
            path=item.origin.path,
            line=item.origin.line,
            column=1,
            field="calendar_id",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledCalendars:
    """The calendars that are wanted, after what cannot be trusted was folded in."""

    wanted: Mapping[str, SourcedCalendar]
    kept: Mapping[str, str]
    """Key → why the last applied version stays in force."""
    problems: tuple[Diagnostic, ...]


def settle_calendars(
    seen: CalendarSight,
    applied: Sequence[AppliedCalendar],
    failures: Sequence[SourceFailure],
    snapshots: Sequence[Snapshot],
    settled: Settled,
    jobs: Iterable[DesiredJob | LiveJob],
) -> SettledCalendars:
    """Keep the last good version where its place cannot be trusted, or where it is gone and jobs still refer to it."""
    failed = {f.source: f.reason for f in failures}
    broken = {(s.source, path) for s in snapshots for path in s.broken_paths}
    disputed = {item.calendar.key for item in seen.refused}
    referring = _by_calendar((job.manifest, job.origin) for job in jobs)
    wanted, kept = dict(seen.good), {}
    problems = list(duplicate_calendars(seen.refused))
    for old in applied:
        key = old.calendar.key
        if key in seen.good:
            continue
        reason = "two documents have this calendar_id" if key in disputed else distrusted(old.origin, failed, broken)
        if not reason and key in referring:
            reason = "its document is gone, and jobs refer to it"
            problems += _gone(old, referring[key], settled)
        if reason := reason or settled.deletions_wait:
            kept[key] = reason
            wanted[key] = SourcedCalendar(calendar=old.calendar, origin=old.origin)
    return SettledCalendars(wanted=wanted, kept=kept, problems=tuple(problems))


def _gone(old: AppliedCalendar, jobs: Sequence[tuple[str, Origin]], settled: Settled) -> Iterable[Diagnostic]:
    """A calendar that nobody defines any more, at the place of each job that refers to it."""
    sourced = {m.manifest.job_id: m for m in settled.manifests}
    for job_id, origin in jobs:
        line, column = origin.line, int(origin.line > 0)
        if job := sourced.get(job_id):
            places = {name.lower(): job.places.get(loc) for loc, name in references(job.manifest.schedule).items()}
            line, column = places.get(old.calendar.key) or (line, column)
        yield Diagnostic(
            rule="JM056",
            message=f"calendar {old.calendar.calendar_id!r} of {old.origin} is gone, and {job_id} refers to it: "
            f"its version of {in_utc(old.applied_at)} stays in force",
            hint="put the calendar back, or take its name out of the job",
            path=origin.path,
            line=line,
            column=column,
            field="schedule",
        )


def calendar_changes(
    settled: SettledCalendars,
    applied: Sequence[AppliedCalendar],
    desired: Iterable[DesiredJob],
    live: Iterable[LiveJob],
    revisions: Mapping[str, str],
) -> tuple[CalendarChange, ...]:
    """The changes that make the applied calendars equal the wanted ones, by name."""
    jobs: list[DesiredJob | LiveJob] = [*desired, *live]
    referring = {
        key: tuple(sorted({job_id for job_id, _ in found}))
        for key, found in _by_calendar((job.manifest, job.origin) for job in jobs).items()
    }
    before = {a.calendar.key: a for a in applied}
    changes = []
    for key, item in sorted(settled.wanted.items()):
        old = before.get(key)
        if old and (old.calendar, _place(old.origin)) == (item.calendar, _place(item.origin)):
            continue
        changes.append(
            CalendarChange(
                verb="update" if old else "create",
                calendar=item.calendar,
                origin=item.origin,
                revision=revisions.get(item.origin.source, ""),
                jobs=referring.get(key, ()),
                before=old.calendar if old else None,
            )
        )
    gone = [old for key, old in sorted(before.items()) if key not in settled.wanted]
    changes += [
        CalendarChange(
            verb="delete",
            calendar=old.calendar,
            origin=old.origin,
            revision=old.revision,
            jobs=referring.get(old.calendar.key, ()),
            before=old.calendar,
        )
        for old in gone
    ]
    return tuple(changes)


def hold_calendars(
    changes: Sequence[CalendarChange], live: Iterable[LiveJob], away: Mapping[str, str]
) -> tuple[CalendarChange, ...]:
    """Keep back changes that concern a job whose store does not answer: its slots cannot be settled before them."""
    stores = {job.manifest.job_id: job.manifest.store for job in live}
    return tuple(
        replace(change, held=next((away[s] for j in change.jobs if (s := stores.get(j, "")) in away), ""))
        for change in changes
    )


def _by_calendar(jobs: Iterable[tuple[JobManifest, Origin]]) -> dict[str, list[tuple[str, Origin]]]:
    found: dict[str, list[tuple[str, Origin]]] = {}
    for manifest, origin in jobs:
        for name in calendar_names(manifest.schedule):
            found.setdefault(name.lower(), []).append((manifest.job_id, origin))
    return found


def _place(origin: Origin) -> tuple[str, str]:
    return origin.source, origin.path
