"""The explainer: gathers what is known of a job around a moment; the core says why it did or did not run then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tasks_service.control.blaming import blames
from tasks_service.core.blame import Blame
from tasks_service.core.errors import NotFound
from tasks_service.core.explain import Asked, Explanation, Facts, explain, is_fire, read_asked, row_of
from tasks_service.core.explain.circumstances import led_at
from tasks_service.core.history import JobVersion, Lead, Presence, Versions
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.ports import Clock
from tasks_service.core.run import Occurrence, Outcome, Run
from tasks_service.core.settlement import Entry, LedgerFacts, settle_slots
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import Neighbourhood, Stores
from tasks_service.core.suggestion import did_you_mean

_INSTANT = timedelta(microseconds=1)


class Explainer:
    """Answers why a job did or did not run at a moment."""

    def __init__(self, *, clock: Clock, stores: Stores, history_days: int) -> None:
        self._clock = clock
        self._stores = stores
        self._kept = timedelta(days=history_days)

    def explain(self, job_id: str, at: str = "") -> Explanation:
        """Explain a moment, as people write it; by default now.

        A job that is deleted, or has another name now, is found as well. Raises ``NotFound``, and ``InvalidInput`` for
        what is no time.
        """
        now = self._clock.now()
        uid = self._identity(job_id)
        zone = self._zone(uid, now)
        asked = read_asked(at, zone, now)
        versions = self._stores.history.versions(uid, asked.moment)
        known = versions.present or versions.after or versions.before
        name = known.manifest.job_id if known else job_id
        ledger = self._stores.ledger.neighbourhood(uid, asked.moment)
        return explain(self._gathered(uid, name, now, asked, versions, ledger))

    def _gathered(
        self, uid: str, job_id: str, now: datetime, asked: Asked, versions: Versions, ledger: Neighbourhood
    ) -> Facts:
        stores, moment = self._stores, asked.moment
        row = row_of(ledger, versions.present, moment)
        job = stores.inventory.find(job_id)
        live = job if job and job.job_uid == uid else None
        lead = stores.history.lead(moment)
        labels = known.manifest.labels if (known := versions.present or versions.before) else {}
        overrides = stores.overrides.held_at(uid, moment).of(uid, labels)
        facts = Facts(
            job_id=job_id,
            now=now,
            asked=asked,
            versions=versions,
            ledger=ledger,
            row=row,
            cursor=live.cursor if live else None,
            kept_since=now - self._kept,
            overrides=overrides,
            in_the_way=self._in_the_way(uid, row) if row else (),
            lead=lead,
            settling=stores.history.lead(_settled_at(row)) if row else Lead(),
            prospect=self._prospect(live, versions.present, moment, now),
            blame=self._blame(uid, row) if row else None,
        )
        return facts if led_at(facts) else replace(facts, processes=self._silence(lead, moment, now))

    def _identity(self, job_id: str) -> str:
        """The uid of a job; one that was just created and is not applied yet has none."""
        if uid := self._stores.history.identity(job_id):
            return uid
        if self._stores.manifests.find(job_id):
            return ""
        names = [job.manifest.job_id for job in self._stores.inventory.jobs()]
        hint = did_you_mean(job_id, names) or "GET /api/jobs lists all"
        raise NotFound(f"there is no job {job_id!r}, and none is remembered", hint=hint)

    def _zone(self, uid: str, now: datetime) -> ZoneInfo:
        """The zone of the job as it is, or last was."""
        newest = self._stores.history.versions(uid, now + _INSTANT)
        version = newest.present or newest.before
        return version.manifest.schedule.zone if version else ZoneInfo("UTC")

    def _in_the_way(self, uid: str, row: Occurrence) -> list[Run]:
        if row.outcome not in (None, Outcome.SKIPPED_OVERLAP):
            return []
        moment = row.recorded_at if row.outcome else self._clock.now()
        return [run for run in self._stores.ledger.under_way_at(uid, moment) if run.slot != row.slot]

    def _prospect(
        self, job: InventoryJob | None, version: JobVersion | None, moment: datetime, now: datetime
    ) -> Entry | None:
        """What the real claim would decide, if nothing changed until then."""
        if job is None or version is None or moment <= now or not is_fire(version.manifest.schedule, moment):
            return None
        overrides = self._stores.overrides.all().of(job.job_uid, version.manifest.labels)
        known = LedgerFacts(job_uid=job.job_uid, cursor=moment - _INSTANT, overrides=overrides, under_way=0)
        in_force = self._stores.calendars.in_force()
        calendars = calendars_of(version.manifest.schedule, in_force)
        settled = settle_slots(known, version.manifest, moment, known.cursor, calendars=calendars)
        return next(iter(settled.entries), None)

    def _blame(self, uid: str, row: Occurrence) -> Blame | None:
        """The change with which the job began to fail, as far as it was known when this run failed."""
        if row.outcome not in (Outcome.FAILED, Outcome.TIMED_OUT) or not row.runs:
            return None
        return blames(self._stores, [uid], until=row.runs[-1].finished_at).get(uid)

    def _silence(self, lead: Lead, moment: datetime, now: datetime) -> Sequence[Presence]:
        """The processes that lived around a moment at which nobody led."""
        since = lead.before.until if lead.before else moment
        until = lead.after.since if lead.after else min(now, moment)
        return self._stores.history.processes(since + _INSTANT, max(until - _INSTANT, since))


def _settled_at(row: Occurrence) -> datetime:
    """When a row got its outcome, or was recorded."""
    last = row.runs[-1].finished_at if row.runs else None
    return last or row.recorded_at
