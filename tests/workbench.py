"""A workbench for the control room: real stores, a clock moved by hand, and no thread. The test takes every step."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from builders import NOW, at, make_snapshot, make_sourced
from databases import opened
from fakes import FakeClock, FakeExecutor, FakeSource, FakeSpool, FakeTimer

from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.control.alarm_watch import LOOK_SECONDS, AlarmWatch
from tasks_service.control.api_source import ApiSource
from tasks_service.control.backfill_gate import BackfillGate
from tasks_service.control.backfills import Backfills
from tasks_service.control.calendar_desk import CalendarDesk
from tasks_service.control.catalog import Catalog
from tasks_service.control.definitions import Definitions
from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.explainer import Explainer
from tasks_service.control.folder import Folder
from tasks_service.control.identity import Identity
from tasks_service.control.override_desk import OverrideDesk
from tasks_service.control.override_terms import Terms
from tasks_service.control.overrides import Overrides
from tasks_service.control.planner import Planner
from tasks_service.control.preflights import Preflights
from tasks_service.control.reconciler import Reconciler
from tasks_service.control.requests import RequestWriter
from tasks_service.control.roster import Roster
from tasks_service.control.rundesk import RunDesk
from tasks_service.control.runner import Runner
from tasks_service.control.shared_executor import SharedExecutor
from tasks_service.control.starter import BeginHere
from tasks_service.control.views import JobView
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.plan import Plan
from tasks_service.core.ports import ManifestSource
from tasks_service.core.run import BotApi, Occurrence, Run, RunState
from tasks_service.core.state import Sourced, SourcedCalendar
from tasks_service.core.stores import Stores
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

INTERVAL = timedelta(seconds=30)
HISTORY_DAYS = 90


class NoSecrets:
    """Implements ``Secrets``: there are none."""

    def values(self, names: Any) -> dict[str, str]:
        return {}


class Workbench:
    """One life of a leading process. ``restart`` begins another one on the same database and files.

    ``open_ones`` closes the database of every life at the end.
    """

    def __init__(
        self,
        database: str,
        clock: FakeClock,
        files: ManifestSource,
        *,
        open_ones: ExitStack,
        owner: str = "first",
        stores: Stores | None = None,
        guards: GuardRules | None = None,
    ) -> None:
        self.clock = clock
        self.files = files
        self.database = database
        self.executor = FakeExecutor(clock)
        self.spool = FakeSpool()
        self.stores = stores or open_ones.enter_context(opened(database))
        self._open_ones = open_ones
        self._owner = owner
        types = load_job_types()
        rulebook = Rulebook(types=types)
        roster = Roster()
        self.timer = FakeTimer(clock)
        self.shared = SharedExecutor(self.executor)
        self.requests = RequestWriter(types=types, secrets=NoSecrets(), settings={}, bot_api=BotApi())
        self.runner = Runner(
            clock=clock,
            executor=self.shared,
            requests=self.requests,
            stores=self.stores,
            spool=self.spool,
            identity=Identity(owner=owner, node="bench"),
            random=Random(2),
        )
        gate = BackfillGate(ledger=self.stores.ledger, overrides=self.stores.overrides, roster=roster)
        self.dispatcher = Dispatcher(
            clock=clock,
            roster=roster,
            runner=self.runner,
            starter=BeginHere(ledger=self.stores.ledger, runner=self.runner, gate=gate, max_runs=8),
            stores=self.stores,
            random=Random(1),
        )
        sources = (files, ApiSource(self.stores.manifests, rulebook, clock))
        self.planner = Planner(clock=clock, sources=sources, stores=self.stores, guards=guards or GuardRules())
        self.reconciler = Reconciler(
            clock=clock,
            planner=self.planner,
            timer=self.timer,
            roster=roster,
            dispatcher=self.dispatcher,
            stores=self.stores,
            interval=INTERVAL,
        )
        self._roster = roster
        self.watch_with(self.stores)
        self.preflights_with(self.shared)
        second = self.stores.second
        self.folder = (
            Folder(clock=clock, roster=roster, second=second, due=self.dispatcher.due) if second is not None else None
        )
        self.catalog = Catalog(clock=clock, stores=self.stores, rulebook=rulebook, interval=INTERVAL)
        terms = Terms(require_reason=False, default_days=None)
        self.overrides = Overrides(
            clock=clock,
            catalog=self.catalog,
            stores=self.stores,
            wake=lambda: None,
            terms=terms,
        )
        self.desk = OverrideDesk(
            clock=clock,
            catalog=self.catalog,
            stores=self.stores,
            overrides=self.overrides,
            wake=lambda: None,
            terms=terms,
            debt_days=7,
        )
        self.definitions = Definitions(
            clock=clock,
            catalog=self.catalog,
            rulebook=rulebook,
            text=YamlManifests(rulebook, clock),
            manifests=self.stores.manifests,
            calendars=self.stores.calendars,
            journal=self.stores.journal,
            wake=lambda: None,
            patience=0,
        )
        self.explainer = Explainer(clock=clock, stores=self.stores, history_days=HISTORY_DAYS)
        self.calendars = CalendarDesk(clock=clock, stores=self.stores)
        self.backfills = Backfills(
            clock=clock, catalog=self.catalog, stores=self.stores, wake=lambda: None, require_reason=False
        )
        self.runs = RunDesk(clock=clock, catalog=self.catalog, stores=self.stores, rulebook=rulebook, wake=lambda: None)

    def lead(self) -> "Workbench":
        """What the engine does when this process begins to lead."""
        self.shared.start(self.runner)
        self.timer.start(self.dispatcher.due)
        self.reconciler.load()
        if self.folder:
            self.folder.step()
        self.dispatcher.recover({self._owner})
        self.dispatcher.lead_from(self.clock.now())
        self.dispatcher.settle(self._roster.uids())
        self.watch.begin()
        self.preflights.begin()
        return self

    def restart(self, owner: str = "second", database: str = "") -> "Workbench":
        """The process dies without a word, and another one leads, perhaps on another address of its stores."""
        self.stores.close()
        return Workbench(
            database or self.database, self.clock, self.files, open_ones=self._open_ones, owner=owner
        ).lead()

    def takeover(self, owner: str) -> "Workbench":
        """The process dies without a word, and another one leads on the database as it stands open: quicker."""
        return Workbench(
            self.database, self.clock, self.files, open_ones=self._open_ones, owner=owner, stores=self.stores
        ).lead()

    def commit(
        self,
        *manifests: Sourced,
        revision: str = "",
        problems: tuple[Any, ...] = (),
        calendars: tuple[SourcedCalendar, ...] = (),
    ) -> Plan:
        """The files are these from now on; sync."""
        assert isinstance(self.files, FakeSource), "these files are changed where they stand"
        number = revision or f"r{self.clock.now().timestamp()}"
        self.files.show(make_snapshot(*manifests, revision=number, problems=problems, calendars=calendars))
        return self.sync()

    def sync(self) -> Plan:
        """One look at the files, after the overrides that are over; returns what it planned."""
        plan = self.reconciler.sync()
        self.reconciler.step()
        return plan

    def pass_time(self, until: str) -> None:
        """Let time pass up to a moment, with every fire on the way announced as the timer would."""
        end = at(until)
        while (upcoming := self.timer.next_due()) and upcoming <= end:
            self.clock.set(max(self.clock.now(), upcoming))
            self.timer.tick()
            self.step()
        self.clock.set(end)
        self.step()

    def step(self) -> None:
        """What the loops of runs do when they are woken."""
        self.runner.step()
        if self.folder:
            self.folder.step()
        self.dispatcher.step()
        self.runner.step()

    def watch_with(self, stores: Stores) -> None:
        """A watch that has not begun, over these stores."""
        self.watch = AlarmWatch(clock=self.clock, roster=self._roster, stores=stores)
        self.dispatcher.settled = self.watch.settled

    def preflights_with(self, executor: SharedExecutor | None, *, automatic: bool = True) -> None:
        """Preflights that begin anew, made in this executor."""
        self.preflights = Preflights(
            clock=self.clock,
            roster=self._roster,
            stores=self.stores,
            requests=self.requests,
            executor=executor,
            automatic=automatic,
        )
        self.reconciler.applied = self.preflights.applied

    def look(self) -> list[str]:
        """What the watch does when its time has come; returns the kinds of the alarms that are open then."""
        while self.watch.step() < LOOK_SECONDS:
            pass
        return [alarm.kind.value for alarm in self.stores.alarms.open()]

    def finish_all(self, state: RunState = RunState.SUCCEEDED) -> None:
        """End every run under way."""
        for run_id in sorted(self.executor.running()):
            self.executor.end(run_id, state)
        self.step()

    def job(self, job_id: str = "nightly") -> JobView:
        return self.catalog.job(job_id)

    def rows(self, job_id: str = "nightly") -> list[Occurrence]:
        """The ledger of a job, oldest first."""
        return list(self.runs.occurrences_of(job_id, limit=500).items)[::-1]

    def outcomes(self, job_id: str = "nightly") -> list[tuple[str, str, int]]:
        """Due time, outcome and count of each row, oldest first."""
        return [(f"{r.due_at:%d %H:%M}", r.outcome.value if r.outcome else "open", r.count) for r in self.rows(job_id)]

    def all_runs(self, job_id: str = "nightly") -> list[Run]:
        """Oldest first."""
        return list(self.runs.runs_of(job_id, limit=500).items)[::-1]


@contextmanager
def workbench(database: str, begin: datetime = NOW) -> Iterator[Workbench]:
    """A leading process on a migrated database, perhaps with a Redis beside it."""
    clock = FakeClock(begin)
    with workbench_over(FakeSource(clock, make_snapshot()), database, clock) as bench:
        yield bench


@contextmanager
def workbench_over(files: ManifestSource, database: str, clock: FakeClock) -> Iterator[Workbench]:
    """A leading process that reads these files."""
    with ExitStack() as open_ones:
        yield Workbench(database, clock, files, open_ones=open_ones).lead()


def at_hour(job_id: str = "nightly", hour: int = 16, **keys: Any) -> Sourced:
    """A job that runs every day at a full hour, UTC."""
    schedule = {"trigger": "cron", "expression": f"0 {hour} * * *"}
    return make_sourced(job_id, schedule=schedule, **keys)
