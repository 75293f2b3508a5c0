"""The seam between files and live jobs, driven by hand: every operation that a repository, a person, a crash or time
can do to it. Each sync is held to all laws, and is done again to see that nothing is left to do."""

from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta

from builders import NOW
from fakes import FakeClock
from interruptions import Died, applied, fail_at
from manifest_places import Place
from seam_files import Doc, Files
from seam_laws import (
    LAWS,
    Live,
    Passage,
    by_name,
    overrides_are_kept_with_their_reasons,
    states_told,
    the_records_agree_with_the_timer,
    the_status_is_true,
    told,
)
from sqlalchemy import exc
from workbench import Workbench
from written import each_write, writes

from tasks_service.control.override_desk import Wish
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.override import Override, OverrideKind, OverrideSet
from tasks_service.core.plan import Plan
from tasks_service.core.state import API_SOURCE


class Seam:
    """Files, a leading process over them, and what is expected of the overrides."""

    def __init__(self, place: Place, database: str, open_ones: ExitStack) -> None:
        self.clock = FakeClock(NOW)
        self.files = Files(place)
        self.overrides: list[Override] = []
        """Those that nobody has ended."""
        self.done: Counter[str] = Counter()
        """How often each thing happened."""
        self._place = place
        self._allowed: frozenset[str] = frozenset()
        self._deleted: dict[str, str] = {}
        """Names of deleted jobs that have not come back, with their job_uid."""
        source = place.source(self.clock)
        self.bench = Workbench(database, self.clock, source, open_ones=open_ones).lead()

    @property
    def names(self) -> list[str]:
        """The live jobs."""
        return sorted(job.manifest.job_id for job in self.bench.timer.live().values())

    def sync(self) -> None:
        """Look at the files, a second later; all laws hold, and another look finds nothing to do and writes nothing."""
        self._until(self.clock.now() + timedelta(seconds=1))
        self.converge(self.bench.timer.live())

    def converge(self, before: Live) -> None:
        """Sync, and compare with what was live before all of it began."""
        reconciler, earlier = self.bench.reconciler, states_told(self.bench)
        shown = self.bench.planner.look(self.bench.timer.live()).plan
        done = reconciler.sync()
        self._last_record_tells(done)
        after = self.bench.timer.live()
        overrides = OverrideSet(tuple(self.overrides))
        now = self.clock.now()
        passage = Passage(self.files, overrides, now, before, after, shown, done, self._allowed, earlier)
        self._allowed = frozenset()
        self.done.update(action.verb for action in done.actions)
        self.done.update(f"held {held.action.verb}" for held in done.held)
        for law in LAWS:
            law(passage)
        self._deleted_jobs_come_back_as_they_were(passage)
        self._forget_expired()
        with writes() as written:
            again = reconciler.sync()
        assert not written, written
        assert again.actions == ()
        assert [told(h.action) for h in again.held] == [told(h.action) for h in done.held]
        assert self.bench.timer.live() == after
        overrides_are_kept_with_their_reasons(self.bench, passage)
        the_records_agree_with_the_timer(self.bench)
        the_status_is_true(self.bench, passage)
        self.done["sync"] += 1

    def pause(self, name: str, until: timedelta | None) -> None:
        """Somebody pauses a job; a pause of a paused job changes nothing."""
        answer = self.bench.overrides.pause(name, "ann", reason=self._reason("pause"), until=self._end(until))
        self._remember(answer.override)

    def resume(self, name: str) -> None:
        """Somebody resumes a job, if its manifest does not forbid it."""
        view = self.bench.job(name)
        if not view.manifest.suspend:
            self.bench.overrides.resume(name, "bob", reason=self._reason("resume"))
            self._forget(view.job_uid, OverrideKind.PAUSE)

    def hold(self, name: str, until: timedelta | None) -> None:
        """Somebody lets what the files say of a job wait."""
        wish = Wish(kind=OverrideKind.HOLD, actor="cyd", reason=self._reason("hold"), until=self._end(until))
        self._remember(self.bench.desk.keep(name, wish).override)

    def pin(self, name: str, pick: int, until: timedelta) -> None:
        """Somebody lets an older revision of a job run, if it is not kept otherwise."""
        known = self.bench.desk.revisions(name)
        if known and self.bench.job(name).kept is None:
            revision = known[pick % len(known)].revision
            wish = Wish(
                kind=OverrideKind.PIN,
                actor="cyd",
                reason=self._reason("pin"),
                until=self._end(until),
                revision=revision,
            )
            self._remember(self.bench.desk.keep(name, wish).override)

    def release(self, name: str, kind: OverrideKind) -> None:
        """Somebody ends the hold or the pin of a job."""
        view = self.bench.job(name)
        self.bench.desk.release(name, kind, "bob", self._reason("release"))
        self._forget(view.job_uid, kind)

    def rewrite(self, docs: dict[str, tuple[Doc, ...]]) -> None:
        """Somebody pushes another history by force."""
        self.sync()
        self.files.rewrite(docs)
        self.sync()
        self.done["forced push"] += 1

    def allow_rewrite(self) -> None:
        """Somebody allows the revision that is told to be held."""
        [source] = [s for s in self.bench.stores.syncs.sources() if s.name != API_SOURCE]
        if source.held and self.files.rewritten and self.files.docs:
            self._allow(source.observed)
            self.files.rewritten = False
            self.sync()
            self.done["allowed push"] += 1

    def confirm(self) -> None:
        """Somebody allows what is told to be held; only what no confirmation helps with still is afterwards."""
        told = self.bench.stores.syncs.history(limit=1).items[:1]
        if told and told[0].plan_id:
            shown = self.bench.planner.look(self.bench.timer.live()).plan
            if shown.plan_id == told[0].plan_id:
                self._allowed = frozenset(held.action.job.job_uid for held in shown.held if held.asks)
            self._allow(told[0].plan_id)
            self.sync()
            for held in self.bench.planner.look(self.bench.timer.live()).plan.held:
                assert held.reason.startswith(("policy.prune is never", "held by", "pinned to")) or self.files.broken

    def pass_time(self, span: timedelta) -> None:
        """Time passes; the reconciler is woken at the end of every override, as the engine does it."""
        end = self.clock.now() + span
        while (expiry := self.bench.stores.overrides.next_expiry(self.clock.now())) and expiry <= end:
            self._until(expiry)
            self.sync()
        self._until(end)

    def restart(self, *, close: bool) -> None:
        """The process dies between two steps, and another one leads; nothing was left to do."""
        before = self.bench.timer.live()
        self._next_life(close=close)
        assert self.bench.timer.live() == before
        self.done["restart"] += 1

    def crash(self, at: int) -> None:
        """The process dies in the middle of a sync, before its ``at``-th write; another one converges."""
        self._interrupt(at, Died(), close=True)

    def stumble(self, at: int) -> None:
        """The database is away in the middle of a sync, from its ``at``-th write; the same process tries again."""
        self._interrupt(at, exc.OperationalError("a statement", {}, ConnectionError("the server is away")), close=False)

    def _interrupt(self, at: int, how: BaseException, *, close: bool) -> None:
        self._until(self.clock.now() + timedelta(seconds=1))
        before = self.bench.timer.live()
        plan = self.bench.planner.look(before).plan
        expected = applied(plan, before)
        try:
            with each_write(fail_at(at, how)):
                self.bench.reconciler.step()
        except (Died, StoreUnavailable) as error:
            self.done[type(error).__name__] += 1
        if close:
            self._next_life(close=at % 2 == 0)
        self.converge(before)
        assert applied(Plan(), self.bench.timer.live()) == expected

    def _next_life(self, *, close: bool) -> None:
        self.bench.files = self._place.source(self.clock)
        owner = f"life {self.done['lives']}"
        self.bench = self.bench.restart(owner) if close else self.bench.takeover(owner)
        self.done["lives"] += 1

    def _forget_expired(self) -> None:
        """The step after the end of an override writes it down."""
        now = self.clock.now()
        if any(not override.holds_at(now) for override in self.overrides):
            self.bench.reconciler.step()
            self.overrides = [override for override in self.overrides if override.holds_at(now)]

    def _remember(self, override: Override | None) -> None:
        """One that stands already is not written twice."""
        assert override
        if override not in self.overrides:
            now = self.clock.now()
            standing = [o for o in self.overrides if (o.job_uid, o.kind) == (override.job_uid, override.kind)]
            assert not any(o.holds_at(now) for o in standing)
            self.overrides.append(override)

    def _forget(self, job_uid: str, kind: OverrideKind) -> None:
        now = self.clock.now()
        self.overrides = [o for o in self.overrides if (o.job_uid, o.kind) != (job_uid, kind) or not o.holds_at(now)]

    def _reason(self, what: str) -> str:
        """Another one for each time."""
        self.done[what] += 1
        return f"{what} {self.done[what]}"

    def _end(self, after: timedelta | None) -> datetime | None:
        return self.clock.now() + after if after else None

    def _allow(self, what: str) -> None:
        self.bench.stores.syncs.confirm(what, "ann", self.clock.now())
        self.done["confirm"] += 1

    def _until(self, end: datetime) -> None:
        self.bench.pass_time(end.isoformat())
        self.bench.finish_all()

    def _deleted_jobs_come_back_as_they_were(self, passage: Passage) -> None:
        """The same job, with its history and its overrides, under its own name."""
        before, after = by_name(passage.before), by_name(passage.after)
        for name, job in after.items():
            renamed = job.job_uid in passage.before
            if name not in before and name in self._deleted and not renamed:
                assert job.job_uid == self._deleted[name]
                self.done["come back"] += 1
        self._deleted |= {job.manifest.job_id: job.job_uid for job in passage.deleted}
        self._deleted = {name: uid for name, uid in self._deleted.items() if uid not in passage.after}

    def _last_record_tells(self, done: Plan) -> None:
        """The newest record names what was applied."""
        if done.actions:
            newest = self.bench.stores.syncs.history(limit=1).items[0]
            told_of = [(a.verb, a.job_id) for a in newest.actions if not a.held]
            assert told_of == [(a.verb, a.job_id) for a in done.actions]
