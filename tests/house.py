"""A house for tests: the real stores, control room and API around an executor that is told how its runs end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from builders import make_snapshot, make_sourced
from fakes import FakeExecutor, FakeSource, FakeSpool
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tasks_service.adapters.apscheduler_timer import ApschedulerTimer
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.adapters.prometheus_exposition import PrometheusExposition
from tasks_service.adapters.psutil_host import PsutilHost
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.api import Options, build
from tasks_service.control.identity import Identity
from tasks_service.control.requests import RequestWriter
from tasks_service.control.wiring import Ports, Rules, wire
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.run import BotApi, RunState
from tasks_service.core.state import Sourced, SourcedCalendar
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

T = TypeVar("T")
KEY = "a-key-of-some-length"
USERS_CURL = {
    "job_type": "slack_user_import",
    "job_id": "daily_user_sync",
    "schedule": {"trigger": "cron", "hour": 2, "minute": 0},
    "parameters": {"user_types": "member,admin", "include_deactivated": False},
}
"""The first curl body of the original README."""
METRICS_CURL = {
    "job_type": "metrics_collection",
    "schedule": {"trigger": "interval", "minutes": 30},
    "parameters": {
        "metric_types": "usage,performance,errors",
        "time_range_hours": 1,
        "aggregate_level": "hourly",
    },
}
"""The second one."""
COMMAND = {
    "job_id": "hello",
    "job_type": "command",
    "schedule": {"trigger": "cron", "expression": "0 3 * * *"},
    "parameters": {"argv": ["echo", "hello"]},
}


class NoSecrets:
    """Implements ``Secrets``: there are none."""

    def values(self, names: Any) -> dict[str, str]:
        return {}


class ShiftedClock(SystemClock):
    """The clock of this machine, with a wall clock that a test sets forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


class House:
    """A service in this process, with a client at its door."""

    def __init__(self, database: str, folder: Path, options: Options) -> None:
        self.clock = clock = ShiftedClock()
        types = load_job_types()
        rulebook = Rulebook(types=types)
        self.executor = FakeExecutor()
        self.source = FakeSource(clock, make_snapshot())
        self.stores = open_stores(database)
        ports = Ports(
            clock=clock,
            host=PsutilHost(str(folder)),
            stores=self.stores,
            text=YamlManifests(rulebook, clock),
            events=IcalEvents(),
            sources=[self.source],
            timer=ApschedulerTimer(),
            executor=self.executor,
            spool=FakeSpool(),
            exposition=PrometheusExposition(),
        )
        rules = Rules(
            rulebook=rulebook,
            requests=RequestWriter(types=types, secrets=NoSecrets(), settings={}, bot_api=BotApi()),
            identity=Identity(owner="test", node="test"),
            sync_interval=timedelta(seconds=30),
            look_interval=timedelta(seconds=30),
            drain_seconds=0,
            max_runs=8,
            history_days=90,
            preflight=False,
        )
        self.engine, self.panel = wire(ports, rules)
        self.api = build(self.panel, options)
        self.app = Starlette(
            routes=self.api.routes, middleware=self.api.middleware, exception_handlers=self.api.exception_handlers
        )
        self.client = TestClient(self.app, base_url="http://localhost", raise_server_exceptions=False)

    @contextmanager
    def opened(self) -> Iterator["House"]:
        """The engine runs meanwhile."""
        self.engine.start()
        try:
            wait_for("the first sync", lambda: self.panel.status.sync().last)
            yield self
        finally:
            self.engine.stop()
            self.client.close()
            self.stores.database.close()

    def commit(self, *manifests: Sourced, broken: str = "", calendars: tuple[SourcedCalendar, ...] = ()) -> None:
        """Put manifests into the source, and a finding into the file ``broken``; wait until they are applied."""
        finding = Diagnostic(rule="JM010", message="shedule is no known key", path=broken, line=3, column=5)
        problems = (finding,) if broken else ()
        wanted = f"r{time.monotonic_ns()}"
        self.source.show(make_snapshot(*manifests, problems=problems, revision=wanted, calendars=calendars))
        self.engine.wake_sync()

        def seen() -> bool:
            return any(s.observed == wanted for s in self.stores.syncs.sources())

        wait_for("the sync", seen)

    def commit_job(self, job_id: str = "nightly", **keys: Any) -> None:
        """Put one job into the source."""
        self.commit(make_sourced(job_id, **keys))

    def create(self, document: dict[str, Any] = COMMAND) -> str:
        """Create a job by REST and wait until it is live; returns its id."""
        answer = self.client.post("/api/jobs", json=document)
        assert answer.status_code == 201, answer.text
        job_id = str(answer.json()["job_id"])
        wait_for("the job to be applied", lambda: self.panel.catalog.job(job_id).applied_at)
        return job_id

    def start_run(self, job_id: str) -> str:
        """Run a job now and wait until it is under way; returns the run's id."""
        answer = self.client.post(f"/api/jobs/{job_id}/run")
        assert answer.status_code == 202, answer.text
        run_id = str(answer.json()["id"])
        wait_for("the start of the run", lambda: run_id in self.executor.running())
        return run_id

    def end_run(self, run_id: str, state: RunState = RunState.SUCCEEDED, **how: Any) -> None:
        """End a run and wait until the ledger has it."""
        self.executor.end(run_id, state, **how)
        wait_for("the end of the run", lambda: self.panel.runs.run(run_id).state.final)


def wait_for(what: str, probe: Callable[[], T], seconds: float = 10.0) -> T:
    """Ask again until the answer is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {seconds:g} s")
