"""The seam between files and live jobs, driven by hand: every operation that a repository, a person, a crash or time
can do to it. Each sync is held to all laws, and is done again to see that nothing is left to do."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from builders import NOW
from fakes import FakeClock
from manifest_places import Place
from seam_files import Files
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

from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.override import Override
from tasks_service.core.plan import Plan
from tasks_service.core.state import DesiredJob, LiveJob


class Died(BaseException):
    """The process is gone; nothing of it catches this."""


class Seam:
    """Files, a leading process over them, and what is expected of the overrides."""

    def __init__(self, place: Place, database: str, open_ones: ExitStack) -> None:
        self.clock = FakeClock(NOW)
        self.files = Files(place)
        self.overrides: dict[str, Override] = {}
        """Those that nobody ended, by job_uid."""
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
        """Look at the files; all laws hold, and a second look finds nothing to do and writes nothing."""
        self.converge(self.bench.timer.live())

    def converge(self, before: Live) -> None:
        """Sync, and compare with what was live before all of it began."""
        reconciler, earlier = self.bench.reconciler, states_told(self.bench)
        shown = self.bench.planner.look(self.bench.timer.live()).plan
        done = reconciler.sync()
        self._last_record_tells(done)
        after = self.bench.timer.live()
        passage = Passage(self.files, before, after, shown, done, self._allowed, earlier)
        self._allowed = frozenset()
        self.done.update(action.verb for action in done.actions)
        self.done.update(f"held {held.action.verb}" for held in done.held)
        for law in LAWS:
            law(passage)
        self._deleted_jobs_come_back_as_they_were(passage)
        self._forget_expired()
        with writes() as written:
            again = reconciler.sync()
        assert written == [], written
        assert again.actions == ()
        assert [told(h.action) for h in again.held] == [told(h.action) for h in done.held]
        assert self.bench.timer.live() == after
        overrides_are_kept_with_their_reasons(self.bench, self.overrides)
        the_records_agree_with_the_timer(self.bench)
        the_status_is_true(self.bench, passage)
        self.done["sync"] += 1

    def pause(self, name: str, until: timedelta | None) -> None:
        """Somebody pauses a job; a pause of a paused job changes nothing."""
        number = self.done["pause"]
        end = self.clock.now() + until if until else None
        answer = self.bench.overrides.pause(name, "ann", reason=f"reason {number}", until=end)
        assert answer.override
        uid = answer.job.job_uid
        standing = self.overrides.get(uid)
        if standing and standing.holds_at(self.clock.now()):
            assert answer.override == standing
        self.overrides[uid] = answer.override
        self.done["pause"] += 1

    def resume(self, name: str) -> None:
        """Somebody resumes a job, if its manifest does not forbid it."""
        view = self.bench.job(name)
        if not view.manifest.suspend:
            self.bench.overrides.resume(name, "bob", reason="enough")
            self.overrides.pop(view.job_uid, None)
            self.done["resume"] += 1

    def confirm(self) -> None:
        """Somebody allows what is told to be held; only what no confirmation helps with still is afterwards."""
        told = self.bench.stores.syncs.history(limit=1).items[:1]
        if told and told[0].plan_id:
            shown = self.bench.planner.look(self.bench.timer.live()).plan
            if shown.plan_id == told[0].plan_id:
                self._allowed = frozenset(held.action.job.job_uid for held in shown.held if held.asks)
            self.bench.stores.syncs.confirm(told[0].plan_id, "ann", self.clock.now())
            self.done["confirm"] += 1
            self.sync()
            for held in self.bench.planner.look(self.bench.timer.live()).plan.held:
                assert held.reason == "policy.prune is never" or self.files.torn or self.files.flawed

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
        before = self.bench.timer.live()
        outlook = self.bench.planner.look(before)
        expected = [*map(_definition, outlook.desired), *(_definition(h.action.job) for h in outlook.plan.held)]
        try:
            with each_write(_fail_at(at, how)):
                self.bench.reconciler.step()
        except (Died, StoreUnavailable) as error:
            self.done[type(error).__name__] += 1
        if close:
            self._next_life(close=at % 2 == 0)
        self.converge(before)
        assert Counter(map(_definition, self.bench.timer.live().values())) == Counter(expected)

    def _next_life(self, *, close: bool) -> None:
        self.bench.files = self._place.source(self.clock)
        owner = f"life {self.done['lives']}"
        self.bench = self.bench.restart(owner) if close else self.bench.takeover(owner)
        self.done["lives"] += 1

    def _forget_expired(self) -> None:
        """The step after the end of an override writes it down."""
        now = self.clock.now()
        if any(not override.holds_at(now) for override in self.overrides.values()):
            self.bench.reconciler.step()
            self.overrides = {uid: override for uid, override in self.overrides.items() if override.holds_at(now)}

    def _until(self, end: object) -> None:
        self.bench.pass_time(f"{end:%Y-%m-%dT%H:%M:%S.%f}")
        self.bench.finish_all()

    def _deleted_jobs_come_back_as_they_were(self, passage: Passage) -> None:
        """The same job, with its history and its overrides, under its own name."""
        before, after = by_name(passage.before), by_name(passage.after)
        for name, job in after.items():
            renamed = job.job_uid in passage.before
            if name not in before and name in self._deleted and not renamed:
                assert job.job_uid == self._deleted[name]
                self.done["come back"] += 1
        self._deleted |= {action.job_id: action.job.job_uid for action in passage.deletions}
        self._deleted = {name: uid for name, uid in self._deleted.items() if uid not in passage.after}

    def _last_record_tells(self, done: Plan) -> None:
        """The newest record names what was applied."""
        if done.actions:
            newest = self.bench.stores.syncs.history(limit=1).items[0]
            applied = [(a.verb, a.job_id) for a in newest.actions if not a.held]
            assert applied == [(a.verb, a.job_id) for a in done.actions]


def _definition(job: DesiredJob | LiveJob) -> tuple[str, str, str, bool]:
    return job.manifest.job_id, job.manifest.digest, job.origin.path, job.halted


def _fail_at(at: int, how: BaseException) -> Callable[[str], None]:
    count = 0

    def fail(_statement: str) -> None:
        nonlocal count
        count += 1
        if count >= at:
            raise how

    return fail
