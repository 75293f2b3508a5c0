"""The catalog: every job as it is now, with the writes that wait for the leader laid over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cached_property
from itertools import islice

from tasks_service.control.blaming import blames
from tasks_service.control.health import job_health
from tasks_service.control.holding import held_by
from tasks_service.control.job_sync import Standing, job_sync, unapplied
from tasks_service.control.judgement import RECENT_RUNS, Case, any_running, durations_of, failures_in_a_row, findings
from tasks_service.control.routed_stores import stores_away
from tasks_service.control.views import Axis, JobSync, JobTypeView, JobView
from tasks_service.core.alarm import Alarm
from tasks_service.core.blame import Blame
from tasks_service.core.calendar import Calendar
from tasks_service.core.coming import next_run, runs_within
from tasks_service.core.custody import custodian
from tasks_service.core.document import SchemaWriter
from tasks_service.core.errors import NotFound
from tasks_service.core.firing import next_fire
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.job_schemas import schema_files
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind, OverrideSet, in_force
from tasks_service.core.ports import Clock
from tasks_service.core.preflight import Preflight
from tasks_service.core.run import Occurrence, Run
from tasks_service.core.run_durations import Durations
from tasks_service.core.schedule import Date
from tasks_service.core.state import API_SOURCE, Activity, InventoryJob, Origin, activity
from tasks_service.core.stores import ApiManifest, PlannedAction, Problem, SourceState, Stores
from tasks_service.core.validation import Rulebook
from tasks_service.core.wording import describe


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that is read once to show any number of jobs."""

    now: datetime
    overrides: OverrideSet
    runs: Mapping[str, Sequence[Run]]
    newest: Mapping[str, Occurrence]
    durations: Mapping[str, Durations]
    alarms: Mapping[str, Sequence[Alarm]]
    """The open ones, by job_uid."""
    preflights: Mapping[str, Preflight]
    problems: Sequence[Problem]
    waiting: Mapping[str, PlannedAction]
    """What the last sync kept or held, by key."""
    sources: Mapping[str, SourceState]
    blames: Mapping[str, Blame]
    """For what the failing jobs fail."""
    calendars: Mapping[str, Calendar]
    away: Mapping[str, str]
    """Job stores that do not answer, each with the reason."""


class Catalog:
    """Reads of jobs and job types."""

    def __init__(self, *, clock: Clock, stores: Stores, rulebook: Rulebook, interval: timedelta) -> None:
        self._clock = clock
        self._stores = stores
        self._rulebook = rulebook
        self._interval = interval

    def jobs(self) -> list[JobView]:
        """All jobs, by job_id."""
        known = self._known()
        scene = self._scene([job.job_uid for job, _ in known.values() if job])
        return [self._view(job, written, scene) for _, (job, written) in sorted(known.items())]

    def count(self) -> int:
        """How many jobs there are, without looking at how they do."""
        return len(self._known())

    def job(self, job_id: str) -> JobView:
        """One job; raises ``NotFound`` with a "did you mean"."""
        job = self._stores.inventory.find(job_id)
        written = self._stores.manifests.find(job_id)
        deleted = job_id.lower() in self._stores.manifests.deleted_keys()
        if (job is None and written is None) or _gone(job, written is not None, deleted):
            raise NotFound(f"there is no job {job_id!r}", hint=self._did_you_mean(job_id))
        return self._view(job, written, self._scene([job.job_uid] if job else []))

    @cached_property
    def schemas(self) -> dict[str, str]:
        """The JSON Schemas of manifests for editors, by file name; made once, since job types do not change."""
        return schema_files(self._rulebook.types)

    def job_types(self) -> list[JobTypeView]:
        """All job types, by name."""
        return [
            JobTypeView(
                name=name,
                title=known.title,
                description=known.description,
                required_params=tuple(known.required_params),
                optional_params=tuple(known.optional_params),
                schema=known.params.model_json_schema(schema_generator=SchemaWriter),
                preflight=known.preflight,
                dry_run=known.dry_run,
            )
            for name, known in sorted(self._rulebook.types.items())
        ]

    def upcoming(self, hours: float, limit: int) -> list[tuple[datetime, JobView]]:
        """The fires of the next hours over all active jobs, ascending."""
        now = self._clock.now()
        known = self._stores.calendars.in_force()
        found: list[tuple[datetime, JobView]] = []
        for job in self.jobs():
            if job.activity.state == Activity.ACTIVE:
                calendars = calendars_of(job.manifest.schedule, known)
                fires = runs_within(job.manifest.schedule, calendars, now, now + timedelta(hours=hours))
                found += [(fire, job) for fire in islice(fires, limit)]
        return sorted(found, key=lambda pair: (pair[0], pair[1].job_id))[:limit]

    def _known(self) -> dict[str, tuple[InventoryJob | None, ApiManifest | None]]:
        """Every job by its key: as it was last applied, and as the API wrote it."""
        written = {m.sourced.manifest.key: m for m in self._stores.manifests.all()}
        applied = {job.manifest.key: job for job in self._stores.inventory.jobs()}
        deleted = self._stores.manifests.deleted_keys()
        keys = applied.keys() | written.keys()
        return {
            k: (applied.get(k), written.get(k)) for k in keys if not _gone(applied.get(k), k in written, k in deleted)
        }

    def _did_you_mean(self, job_id: str) -> str:
        uid = self._stores.history.identity(job_id)
        renamed = self._stores.inventory.of([uid]).get(uid) if uid else None
        if renamed:
            return f"it was renamed: it is {renamed.manifest.job_id!r} now"
        names = [job.manifest.job_id for job in self._stores.inventory.jobs()]
        close = get_close_matches(job_id, names, n=1)
        return f"did you mean {close[0]!r}?" if close else "GET /api/jobs lists all"

    def _scene(self, uids: Sequence[str]) -> _Scene:
        last = next(iter(self._stores.syncs.history(limit=1).items), None)
        runs = self._stores.ledger.latest_runs(uids, RECENT_RUNS)
        return _Scene(
            now=self._clock.now(),
            overrides=self._stores.overrides.all(),
            runs=runs,
            blames=blames(self._stores, [uid for uid, own in runs.items() if failures_in_a_row(own)]),
            newest=self._stores.ledger.newest_occurrences(uids),
            durations=self._durations(runs),
            alarms=_by_job(self._stores.alarms.open(uids)),
            preflights=self._stores.preflights.of(uids),
            problems=self._stores.syncs.problems(),
            waiting={(a.before or a.job_id).lower(): a for a in last.actions if a.held and a.job_id} if last else {},
            calendars=self._stores.calendars.in_force(),
            sources={s.name: s for s in self._stores.syncs.sources()},
            away=stores_away(self._stores.second),
        )

    def _durations(self, runs: Mapping[str, Sequence[Run]]) -> dict[str, Durations]:
        """How long runs take: of a single job, and where one is under way, by the ledger; in long lists, where that is
        slow, by the newest runs, which are there anyway."""
        asked = runs if len(runs) == 1 else [uid for uid, found in runs.items() if any_running(found)]
        newest = {uid: durations_of(found) for uid, found in runs.items()}
        return {uid: found for uid, found in newest.items() if found} | self._stores.ledger.durations(asked)

    def _view(self, job: InventoryJob | None, written: ApiManifest | None, scene: _Scene) -> JobView:
        own = written if written and (job is None or job.origin.by_api) else None
        manifest = own.sourced.manifest if own else _applied(job).manifest
        uid = job.job_uid if job else ""
        origin = Origin(source=API_SOURCE, path=manifest.job_id) if own else _applied(job).origin
        overrides = scene.overrides.of(uid, manifest.labels)
        runs = tuple(scene.runs.get(uid, ()))
        state = self._activity(manifest, overrides, job, scene)
        active = state.state == Activity.ACTIVE
        upcoming = self._next_open(manifest, self._next_run(manifest, job, scene), scene) if active else None
        override = in_force(overrides, OverrideKind.PAUSE, scene.now) or in_force(
            overrides, OverrideKind.RESUME, scene.now
        )
        known = self._rulebook.types.get(manifest.job_type)
        case = Case(
            manifest=manifest,
            runs=runs,
            newest=scene.newest.get(uid),
            next_due=upcoming,
            applied_at=job.applied_at if job else None,
            held=held_by(manifest, overrides, scene.now),
            away=scene.away.get(manifest.store, ""),
            usual=scene.durations.get(uid),
            blame=scene.blames.get(uid),
        )
        return JobView(
            job_id=manifest.job_id,
            job_uid=uid,
            manifest=manifest,
            type_title=known.title if known else manifest.job_type,
            schedule_words=describe(manifest.schedule),
            next_run_time=upcoming,
            sync=self._sync(manifest, job, origin, scene),
            activity=state,
            health=job_health(case, scene.now),
            blame=case.blame,
            expected=case.expected,
            durations=case.usual,
            findings=tuple(findings(case, scene.now)),
            alarms=tuple(scene.alarms.get(uid, ())),
            dry_run=known is not None and known.dry_run,
            preflight=scene.preflights.get(uid),
            at=scene.now,
            override=override,
            kept=None if origin.by_api else custodian(overrides, scene.now),
            last_run=next((run for run in runs if run.started_at), None),
            recent_runs=runs,
            origin=origin,
            revision=job.revision if job else "",
            applied_at=job.applied_at if job else None,
            problems=tuple(p for p in scene.problems if _concerns(p, origin)),
            version=own.version if own else None,
        )

    def _next_run(self, manifest: JobManifest, job: InventoryJob | None, scene: _Scene) -> datetime | None:
        """The published next fire while it stands for this manifest, else the computed one."""
        if job and job.next_due and job.manifest.schedule_digest == manifest.schedule_digest:
            return job.next_due
        return next_fire(manifest.schedule, scene.now)

    def _next_open(self, manifest: JobManifest, fire: datetime | None, scene: _Scene) -> datetime | None:
        """The first of the fires from this one on that no calendar leaves out."""
        calendars = calendars_of(manifest.schedule, scene.calendars)
        if fire is None or not calendars.why_closed(fire):
            return fire
        return next_run(manifest.schedule, calendars, fire)

    def _activity(
        self, manifest: JobManifest, overrides: Sequence[Override], job: InventoryJob | None, scene: _Scene
    ) -> Axis:
        state = activity(manifest, overrides, scene.now)
        if state is Activity.SUSPENDED:
            return Axis(state=state, reason=manifest.suspend_reason)
        pause = in_force(overrides, OverrideKind.PAUSE, scene.now)
        if state is Activity.PAUSED and pause:
            return Axis(state=state, reason=pause.told)
        if self._next_run(manifest, job, scene) is None:
            once = isinstance(manifest.schedule, Date)
            return Axis(state=Activity.EXHAUSTED, reason="its one date has passed" if once else "no fire is left")
        return Axis(state=state)

    def _sync(self, manifest: JobManifest, job: InventoryJob | None, origin: Origin, scene: _Scene) -> JobSync:
        if job is None or job.manifest.digest != manifest.digest:
            return unapplied(job)
        standing = Standing(
            job=job,
            source=scene.sources.get(origin.source),
            waiting=scene.waiting.get(manifest.key),
            problems=[p for p in scene.problems if _concerns(p, origin)],
        )
        return job_sync(standing, scene.now, self._interval)


def _by_job(alarms: Sequence[Alarm]) -> dict[str, list[Alarm]]:
    found: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        found.setdefault(alarm.job_uid, []).append(alarm)
    return found


def _gone(job: InventoryJob | None, written: bool, deleted: bool) -> bool:
    """Whether an API-owned job was deleted by name and the leader has not carried it out yet."""
    return job is not None and job.origin.by_api and deleted and not written


def _applied(job: InventoryJob | None) -> InventoryJob:
    if job is None:
        raise ValueError("a job is in the inventory, in the API's manifests, or in both")
    return job


def _concerns(problem: Problem, origin: Origin) -> bool:
    return problem.source in (origin.source, "") and problem.diagnostic.path == origin.path
