"""Pause and resume of one job: by whom, why, and until when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from tasks_service.control.audited import Audited
from tasks_service.control.catalog import Catalog
from tasks_service.control.override_terms import Terms
from tasks_service.control.views import JobView, OverrideAnswer
from tasks_service.core.backfill import AFTER_PAUSE
from tasks_service.core.coming import newest_runs, next_run, runs_within
from tasks_service.core.errors import Conflict, InvalidInput
from tasks_service.core.job_calendars import JobCalendars, calendars_of
from tasks_service.core.override import Override, OverrideKind, Reach, in_force, scope_words
from tasks_service.core.ports import Clock
from tasks_service.core.schedule import Schedule
from tasks_service.core.settlement import LedgerFacts, Settlement, settle_slots
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import Happening, Stores

LONGEST_FORCED_RESUME = timedelta(days=7)
_SHOWN_FIRES = 20
_SHOWN_SPAN = timedelta(days=7)


class Overrides:
    """Writes of overrides. Repeating one changes nothing and answers the same."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        stores: Stores,
        wake: Callable[[], None],
        terms: Terms,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._wake = wake
        self._terms = terms

    def pause(
        self, job_id: str, actor: str, *, reason: str = "", until: datetime | None = None, dry_run: bool = False
    ) -> OverrideAnswer:
        """Pause a job. ``NotFound``; ``InvalidInput`` where a reason is required or ``until`` is past."""
        job = self._catalog.job(job_id)
        now = self._clock.now()
        with Audited(self._stores, now, actor, "job.pause", job.job_id, reason):
            end = self._terms.end(reason, until, now)
            self._refuse_unapplied(job)
            already = self._pause_of(job, now) is not None
            override, changed = (None, True) if dry_run else self._add(job, OverrideKind.PAUSE, actor, reason, now, end)
        schedule = job.manifest.schedule
        calendars = self._calendars_of(schedule)
        held = runs_within(schedule, calendars, now, end or now + _SHOWN_SPAN)
        return OverrideAnswer(
            job=job if dry_run else self._catalog.job(job_id),
            changed=changed and not already,
            dry_run=dry_run,
            override=override,
            next_fire=next_run(schedule, calendars, end) if end else None,
            skipped=tuple(islice(held, _SHOWN_FIRES)),
        )

    def resume(
        self,
        job_id: str,
        actor: str,
        *,
        reason: str = "",
        force: bool = False,
        until: datetime | None = None,
        catch_up: str = "none",
        dry_run: bool = False,
    ) -> OverrideAnswer:
        """Resume a job. A job that its manifest suspends is a ``Conflict`` unless forced with reason and until."""
        job = self._catalog.job(job_id)
        now = self._clock.now()
        with Audited(self._stores, now, actor, "job.resume", job.job_id, reason):
            if job.manifest.suspend:
                return self._force(job, actor, reason, force, until, now, dry_run=dry_run)
            pause, wide = self._pause_of(job, now), self._wide_pause_of(job, now)
            if pause is None and wide:
                raise Conflict(
                    f"job {job.job_id!r} is {wide.words}; that is no override of its own",
                    hint=f"DELETE /api/overrides/{wide.override_id} ends it for {scope_words(wide.labels)}",
                )
            slots = () if wide else self._missed(job, pause, catch_up, now)
            if not dry_run:
                held = self._stores.inventory.find(job.job_id)
                if slots and held:
                    self._settle(held, now)
                self._end(job, actor, reason, now)
                if slots and held:
                    self._stores.ledger.reclaim(held, slots, AFTER_PAUSE, now)
                    self._wake()
        schedule = job.manifest.schedule
        return OverrideAnswer(
            job=job if dry_run else self._catalog.job(job_id),
            changed=pause is not None,
            dry_run=dry_run,
            override=None,
            next_fire=None if wide else next_run(schedule, self._calendars_of(schedule), now),
            caught_up=slots,
        )

    def _force(
        self,
        job: JobView,
        actor: str,
        reason: str,
        force: bool,
        until: datetime | None,
        now: datetime,
        *,
        dry_run: bool,
    ) -> OverrideAnswer:
        """Resume against the manifest, for a time."""
        if not force:
            raise Conflict(
                f"job {job.job_id!r} is suspended by its manifest, {job.origin}"
                f" at revision {job.revision or 'unknown'}: {job.manifest.suspend_reason}",
                hint="edit the manifest; or run it once; or send force: true with a reason and an until",
            )
        if not reason.strip() or until is None or not now < until <= now + LONGEST_FORCED_RESUME:
            raise InvalidInput(
                "a forced resume needs a reason and an until at most 7 days from now",
                hint='{"force": true, "reason": "…", "until": "2026-01-31T18:00:00Z"}',
            )
        override, changed = None, True
        if not dry_run:
            self._end(job, actor, reason, now)
            override, changed = self._add(job, OverrideKind.RESUME, actor, reason, now, until)
        return OverrideAnswer(
            job=job if dry_run else self._catalog.job(job.job_id),
            changed=changed,
            dry_run=dry_run,
            override=override,
            next_fire=next_run(job.manifest.schedule, self._calendars_of(job.manifest.schedule), now),
        )

    def _refuse_unapplied(self, job: JobView) -> None:
        if not job.job_uid:
            raise Conflict(
                f"job {job.job_id!r} was created a moment ago and is not applied yet", hint="try again in a second"
            )

    def _pause_of(self, job: JobView, now: datetime) -> Override | None:
        """The pause of this job alone."""
        return in_force((o for o in self._of(job) if o.reach is Reach.JOB), OverrideKind.PAUSE, now)

    def _wide_pause_of(self, job: JobView, now: datetime) -> Override | None:
        """A pause of many jobs that holds it as well."""
        return in_force((o for o in self._of(job) if o.reach is not Reach.JOB), OverrideKind.PAUSE, now)

    def _of(self, job: JobView) -> list[Override]:
        return self._stores.overrides.all().of(job.job_uid, job.manifest.labels)

    def _missed(self, job: JobView, pause: Override | None, catch_up: str, now: datetime) -> tuple[datetime, ...]:
        """The fires of the paused time that the caller wants run after all."""
        if pause is None or catch_up == "none":
            return ()
        keep = 1 if catch_up == "latest" else job.manifest.policy.catch_up.max_runs
        schedule = job.manifest.schedule
        return newest_runs(schedule, self._calendars_of(schedule), pause.created_at, now, keep)

    def _add(
        self, job: JobView, kind: OverrideKind, actor: str, reason: str, now: datetime, until: datetime | None
    ) -> tuple[Override, bool]:
        override, changed = self._stores.overrides.add(job.job_uid, kind, actor, reason, now, until)
        if changed:
            self._announce(f"override.{kind.value}", job, actor, reason, now)
        return override, changed

    def _end(self, job: JobView, actor: str, reason: str, now: datetime) -> None:
        if self._stores.overrides.end(job.job_uid, OverrideKind.PAUSE, actor, now):
            self._announce("override.ended", job, actor, reason, now)

    def _settle(self, job: InventoryJob, now: datetime) -> None:
        """Give every slot of the pause its row, so that some of them can be reclaimed."""
        calendars = self._calendars_of(job.manifest.schedule)

        def decide(facts: LedgerFacts) -> Settlement:
            return settle_slots(facts, job.manifest, now, now, calendars=calendars)

        self._stores.ledger.settle([job.job_uid], decide, now)

    def _calendars_of(self, schedule: Schedule) -> JobCalendars:
        return calendars_of(schedule, self._stores.calendars.in_force())

    def _announce(self, kind: str, job: JobView, actor: str, reason: str, now: datetime) -> None:
        data = {"actor": actor, "reason": reason}
        self._stores.journal.publish([Happening(at=now, kind=kind, job_id=job.job_id, data=data)])
        self._wake()
