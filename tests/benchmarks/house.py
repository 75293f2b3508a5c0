"""The parts of the service that are measured, on SQLite in a folder, without threads."""

from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from tasks_service.adapters.apscheduler_timer import ApschedulerTimer
from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.file_spool import FileSpool
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.adapters.redis_ledger import Connection, RedisLedger
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.control.backfill_gate import BackfillGate
from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.identity import Identity
from tasks_service.control.planner import Planner
from tasks_service.control.reconciler import Reconciler
from tasks_service.control.requests import RequestWriter
from tasks_service.control.roster import Roster
from tasks_service.control.routed_stores import with_second
from tasks_service.control.runner import Runner
from tasks_service.control.starter import BeginHere
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.ports import Clock, RunListener, SandboxInfo
from tasks_service.core.run import BotApi, RunRequest, RunResult, RunState
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types


class InstantExecutor:
    """Ends every run as it is submitted: what is left is the work of the ledger."""

    def __init__(self) -> None:
        self.listener: RunListener | None = None

    def start(self, listener: RunListener) -> None:
        self.listener = listener

    def submit(self, request: RunRequest) -> None:
        assert self.listener is not None
        self.listener.finished(RunResult(run_id=request.run_id, state=RunState.SUCCEEDED, result={}))

    def cancel(self, run_id: str, reason: str) -> None:
        """Nothing is ever under way."""

    def running(self) -> frozenset[str]:
        return frozenset()

    def stop(self, drain_seconds: float) -> None:
        """Nothing is ever under way."""

    def sandbox(self) -> SandboxInfo:
        return SandboxInfo(level="S1", facts={})


class NoSecrets:
    """Implements ``Secrets`` without any."""

    def values(self, names: object) -> dict[str, str]:
        return {}


def directory_source(folder: Path, clock: Clock) -> DirectorySource:
    """The manifests of a folder, nothing read yet."""
    return DirectorySource(
        folder / "manifests", YamlManifests(Rulebook(types=load_job_types()), clock), IcalEvents(), clock
    )


class House:
    """Reconciler and dispatcher over real adapters; the caller moves them step by step."""

    def __init__(self, folder: Path, clock: Clock | None = None, redis_url: str = "") -> None:
        self.clock = clock or SystemClock()
        self.stores = open_stores(f"sqlite:///{folder}/tasks.db")
        self.stores.database.migrate()
        if redis_url:
            connection = Connection(redis_url, self.clock)
            ledger = RedisLedger(connection, self.stores.archive, tag=f"bench-{uuid4().hex}")
            self.stores = with_second(self.stores, ledger)
        self.roster = Roster()
        self.timer = ApschedulerTimer()
        executor = InstantExecutor()
        types = load_job_types()
        self.runner = Runner(
            clock=self.clock,
            executor=executor,
            requests=RequestWriter(types=types, secrets=NoSecrets(), settings={}, bot_api=BotApi()),
            stores=self.stores,
            spool=FileSpool(folder / "spool"),
            identity=Identity(owner="benchmark", node="benchmark"),
            random=Random(0),
        )
        gate = BackfillGate(ledger=self.stores.ledger, overrides=self.stores.overrides, roster=self.roster)
        self.dispatcher = Dispatcher(
            clock=self.clock,
            roster=self.roster,
            runner=self.runner,
            starter=BeginHere(ledger=self.stores.ledger, runner=self.runner, gate=gate, max_runs=100_000),
            stores=self.stores,
            random=Random(0),
        )
        executor.start(self.runner)
        self.timer.start(self.dispatcher.due)
        self.reconciler = Reconciler(
            clock=self.clock,
            planner=Planner(
                clock=self.clock,
                sources=[directory_source(folder, self.clock)],
                stores=self.stores,
                guards=GuardRules(),
            ),
            timer=self.timer,
            roster=self.roster,
            dispatcher=self.dispatcher,
            stores=self.stores,
            interval=timedelta(seconds=30),
        )

    def close(self) -> None:
        """Fire no more, and give the database back."""
        self.timer.stop()
        self.stores.close()
