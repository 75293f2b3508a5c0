"""The override desk: holds, pins, overrides of many jobs, and the list of all that is in force."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.control.audited import Audited
from tasks_service.control.catalog import Catalog
from tasks_service.control.override_terms import Terms
from tasks_service.control.overrides import Overrides
from tasks_service.control.revisions import Goal, Revisions
from tasks_service.control.views import JobView, OverrideAnswer, OverrideView, WideAnswer
from tasks_service.core.coming import next_run
from tasks_service.core.errors import Conflict, InvalidInput, NotFound
from tasks_service.core.history import AppliedRevision
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.override import Override, OverrideKind, Reach, in_force, scope_words
from tasks_service.core.ports import Clock
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import Happening, Stores

_CUSTODY = (OverrideKind.HOLD, OverrideKind.PIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for, beside the jobs that it is about."""

    kind: OverrideKind
    actor: str
    reason: str = ""
    until: datetime | None = None
    revision: str = ""
    """Of a pin: a revision, or how one begins."""
    dry_run: bool = False


class OverrideDesk:
    """Reads all overrides, and writes those that ``Overrides`` does not. Repeating a write changes nothing."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        stores: Stores,
        overrides: Overrides,
        wake: Callable[[], None],
        terms: Terms,
        debt_days: int,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._overrides = overrides
        self._revisions = Revisions(stores)
        self._wake = wake
        self._terms = terms
        self._allowed = timedelta(days=debt_days)

    def in_force(self, *, debt: bool = False) -> list[OverrideView]:
        """All that is in force over jobs that are alive, or only override debt; the oldest first."""
        now = self._clock.now()
        jobs = self._stores.inventory.jobs()
        found = [self._view(o, jobs, now) for o in self._stores.overrides.all() if o.holds_at(now)]
        alive = [view for view in found if view.override.reach is not Reach.JOB or view.job_id]
        chosen = [view for view in alive if view.debt or not debt]
        return sorted(chosen, key=lambda view: (view.override.created_at, view.override.override_id))

    def keep(self, job_id: str, wish: Wish) -> OverrideAnswer:
        """Hold or pin a job. ``NotFound``, ``Conflict``, ``InvalidInput`` for an unknown revision or bad terms."""
        job = self._catalog.job(job_id)
        now = self._clock.now()
        with Audited(self._stores, now, wish.actor, f"job.{wish.kind.value}", job.job_id, wish.reason):
            end = self._end(wish, now)
            self._refuse_api(job, wish.kind)
            goal = self._goal(wish, job)
            present = self._present(wish, goal, job.job_uid, {}, now)
            if wish.kind is OverrideKind.PIN and not present and job.kept and job.kept.kind is OverrideKind.HOLD:
                raise Conflict(
                    f"job {job.job_id!r} is {job.kept.words}: a hold goes before a pin",
                    hint=_how_to_end(job.kept, job.job_id),
                )
            override = present
            if not present and not wish.dry_run:
                override = self._add(wish, goal, job.job_uid, {}, job.job_id, now, end)
        return OverrideAnswer(
            job=job if wish.dry_run else self._catalog.job(job.job_id),
            changed=present is None,
            dry_run=wish.dry_run,
            override=override,
            next_fire=self._next_fire(job, goal, now),
        )

    def release(self, job_id: str, kind: OverrideKind, actor: str, reason: str = "") -> OverrideAnswer:
        """End the hold or the pin of one job; ``Conflict`` where it is kept by one that reaches further."""
        job = self._catalog.job(job_id)
        now = self._clock.now()
        with Audited(self._stores, now, actor, "job.release", job.job_id, reason):
            ended = self._stores.overrides.end(job.job_uid, kind, actor, now) if job.job_uid else None
            if ended is None and job.kept and job.kept.kind is kind:
                raise Conflict(
                    f"job {job.job_id!r} is {job.kept.words}; that is no override of its own",
                    hint=_how_to_end(job.kept, job.job_id),
                )
            if ended:
                self._announce("override.released", job.job_id, ended, actor, reason, now)
        return OverrideAnswer(
            job=self._catalog.job(job.job_id),
            changed=ended is not None,
            dry_run=False,
            override=ended,
            next_fire=job.next_run_time,
        )

    def put(self, job_id: str, wish: Wish) -> WideAnswer:
        """Pause, hold or pin one job: the same as ``Overrides.pause`` and ``keep``, with the override for an answer."""
        if wish.kind is OverrideKind.PAUSE:
            _refuse_revision(wish)
            answer = self._overrides.pause(
                job_id, wish.actor, reason=wish.reason, until=wish.until, dry_run=wish.dry_run
            )
        else:
            answer = self.keep(job_id, wish)
        now = self._clock.now()
        override = answer.override or _draft(wish, Goal(wish.revision), answer.job.job_uid, {}, now, wish.until)
        view = self._view(override, self._stores.inventory.jobs(), now)
        return WideAnswer(view=view, changed=answer.changed, dry_run=answer.dry_run)

    def spread(self, labels: Mapping[str, str], wish: Wish) -> WideAnswer:
        """Pause, hold or pin all jobs that have these labels, now or later; with none, all jobs."""
        now = self._clock.now()
        with Audited(self._stores, now, wish.actor, f"override.{wish.kind.value}", scope_words(labels), wish.reason):
            end = self._end(wish, now)
            if wish.kind is OverrideKind.RESUME:
                raise InvalidInput(
                    "only one job at a time is resumed against its manifest",
                    hint="POST /api/jobs/{id}/resume; DELETE /api/overrides/{id} ends a pause of many jobs",
                )
            goal = self._goal(wish, None)
            present = self._present(wish, goal, "", labels, now)
            override = present or _draft(wish, goal, "", labels, now, end)
            if not present and not wish.dry_run:
                override = self._add(wish, goal, "", labels, "", now, end)
        view = self._view(override, self._stores.inventory.jobs(), now)
        return WideAnswer(view=view, changed=present is None, dry_run=wish.dry_run)

    def end(self, override_id: int, actor: str, reason: str = "") -> WideAnswer:
        """End an override of any reach; one that is over already stays as it is. ``NotFound``."""
        now = self._clock.now()
        found = self._stores.overrides.find(override_id)
        if found is None:
            raise NotFound(f"there is no override {override_id}", hint="GET /api/overrides lists those in force")
        jobs = self._stores.inventory.jobs()
        subject = self._view(found, jobs, now).job_id or scope_words(found.labels)
        with Audited(self._stores, now, actor, "override.end", subject, reason):
            ended = self._stores.overrides.release(override_id, actor, now)
            if ended:
                job_id = self._view(ended, jobs, now).job_id
                kind = "override.released" if ended.kind in _CUSTODY else "override.ended"
                self._announce(kind, job_id, ended, actor, reason, now)
        return WideAnswer(view=self._view(ended or found, jobs, now), changed=ended is not None, dry_run=False)

    def revisions(self, job_id: str = "") -> list[AppliedRevision]:
        """What may be pinned to, the newest first: the revisions that changed a job, or that job."""
        uid = self._catalog.job(job_id).job_uid if job_id else ""
        return self._revisions.known(uid)

    def _end(self, wish: Wish, now: datetime) -> datetime | None:
        return self._terms.end(
            wish.reason, wish.until, now, required_for="a pin" if wish.kind is OverrideKind.PIN else ""
        )

    def _goal(self, wish: Wish, job: JobView | None) -> Goal:
        if wish.kind is not OverrideKind.PIN:
            _refuse_revision(wish)
            return Goal()
        return self._revisions.goal(wish.revision, job)

    def _present(
        self, wish: Wish, goal: Goal, job_uid: str, labels: Mapping[str, str], now: datetime
    ) -> Override | None:
        """What is in force already; ``Conflict`` for a pin to another revision."""
        same = [o for o in self._stores.overrides.all() if o.job_uid == job_uid and o.labels == dict(labels)]
        present = in_force(same, wish.kind, now)
        if present and present.revision != goal.revision:
            raise Conflict(f"there is a pin to {present.revision} already, {present.told}", hint=_how_to_end(present))
        return present

    def _add(
        self,
        wish: Wish,
        goal: Goal,
        job_uid: str,
        labels: Mapping[str, str],
        job_id: str,
        now: datetime,
        until: datetime | None,
    ) -> Override:
        override, new = self._stores.overrides.add(
            job_uid,
            wish.kind,
            wish.actor,
            wish.reason,
            now,
            until,
            labels=labels,
            revision=goal.revision,
            as_of=goal.as_of,
        )
        if new:
            self._announce(f"override.{wish.kind.value}", job_id, override, wish.actor, wish.reason, now)
        return override

    def _refuse_api(self, job: JobView, kind: OverrideKind) -> None:
        if job.origin.by_api:
            raise Conflict(
                f"job {job.job_id!r} is owned by the API, and a {kind.value} keeps files away",
                hint=f"PUT /api/jobs/{job.job_id} changes it, and nothing else does",
            )

    def _next_fire(self, job: JobView, goal: Goal, now: datetime) -> datetime | None:
        if goal.version is None:
            return job.next_run_time
        schedule = goal.version.manifest.schedule
        return next_run(schedule, calendars_of(schedule, self._stores.calendars.in_force()), now)

    def _view(self, override: Override, jobs: Sequence[InventoryJob], now: datetime) -> OverrideView:
        concerned = [
            job
            for job in jobs
            if override.covers(job.job_uid, job.manifest.labels)
            and not (job.origin.by_api and override.kind in _CUSTODY)
        ]
        own = override.reach is Reach.JOB and bool(concerned)
        return OverrideView(
            override=override,
            job_id=concerned[0].manifest.job_id if own else "",
            jobs=len(concerned),
            debt=override.why_debt(now, self._allowed),
            overdue=override.overdue(now, self._allowed),
            adoptable=own and not concerned[0].origin.by_api,
            at=now,
        )

    def _announce(self, kind: str, job_id: str, override: Override, actor: str, reason: str, now: datetime) -> None:
        data = {"actor": actor, "reason": reason, "kind": override.kind.value, "override_id": override.override_id}
        if override.reach is not Reach.JOB:
            data["scope"] = scope_words(override.labels)
        if override.revision:
            data["revision"] = override.revision
        self._stores.journal.publish([Happening(at=now, kind=kind, job_id=job_id, data=data)])
        self._wake()


def _draft(
    wish: Wish, goal: Goal, job_uid: str, labels: Mapping[str, str], now: datetime, until: datetime | None
) -> Override:
    """An override as it would be; it has no number yet."""
    return Override(
        override_id=0,
        job_uid=job_uid,
        labels=dict(labels),
        kind=wish.kind,
        actor=wish.actor,
        reason=wish.reason,
        created_at=now,
        until=until,
        revision=goal.revision,
        as_of=goal.as_of,
    )


def _refuse_revision(wish: Wish) -> None:
    if wish.revision:
        raise InvalidInput(f"a {wish.kind.value} has no revision", hint="leave it out, or ask for a pin")


def _how_to_end(override: Override, job_id: str = "{id}") -> str:
    if override.reach is Reach.JOB:
        return f'release it first: POST /api/jobs/{job_id}/release, {{"kind": "{override.kind.value}"}}'
    return f"DELETE /api/overrides/{override.override_id} ends it for {scope_words(override.labels)}"
