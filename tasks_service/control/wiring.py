"""Wiring of the control room: from the ports to an engine and a panel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import SystemRandom
from typing import Any

from tasks_service.control.adoption import Adoptions
from tasks_service.control.alarm_desk import AlarmDesk
from tasks_service.control.alarm_watch import AlarmWatch
from tasks_service.control.api_source import ApiSource
from tasks_service.control.backfill_gate import BackfillGate
from tasks_service.control.backfills import Backfills
from tasks_service.control.botdesk import BotDesk
from tasks_service.control.calendar_desk import CalendarDesk
from tasks_service.control.catalog import Catalog
from tasks_service.control.clock_watch import ClockWatch
from tasks_service.control.definitions import Definitions
from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.engine import Engine
from tasks_service.control.explainer import Explainer
from tasks_service.control.folder import Folder
from tasks_service.control.forecast import Forecast
from tasks_service.control.identity import Identity
from tasks_service.control.membership import Membership
from tasks_service.control.metrics import Metrics
from tasks_service.control.override_desk import OverrideDesk
from tasks_service.control.override_terms import Terms
from tasks_service.control.overrides import Overrides
from tasks_service.control.panel import Panel
from tasks_service.control.plan_desk import PlanDesk, taken
from tasks_service.control.planner import Planner
from tasks_service.control.preflight_desk import PreflightDesk
from tasks_service.control.preflights import Preflights
from tasks_service.control.previews import Previews
from tasks_service.control.reaper import Reaper
from tasks_service.control.reconciler import Reconciler
from tasks_service.control.requests import RequestWriter
from tasks_service.control.roster import Roster
from tasks_service.control.rundesk import RunDesk
from tasks_service.control.runner import Runner
from tasks_service.control.shared_executor import SharedExecutor
from tasks_service.control.single_sync import SingleSync
from tasks_service.control.starter import BeginHere, SendAway, Starter
from tasks_service.control.status import Pulse, Status
from tasks_service.control.worker import Worker
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.manifest_files.handed import HandedFiles
from tasks_service.core.ports import (
    Clock,
    EventText,
    Executor,
    Exposition,
    Host,
    ManifestSource,
    ManifestText,
    RunQueue,
    Spool,
    Timer,
)
from tasks_service.core.stores import Fence, Stores
from tasks_service.core.validation import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as control is given it."""

    clock: Clock
    host: Host
    stores: Stores
    text: ManifestText
    events: EventText
    sources: Sequence[ManifestSource]
    timer: Timer
    executor: Executor
    spool: Spool
    exposition: Exposition
    queue: RunQueue | None = None
    """The way to the workers; without one, runs begin in the process that leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the installation decided."""

    rulebook: Rulebook
    requests: RequestWriter
    identity: Identity
    sync_interval: timedelta
    look_interval: timedelta
    """How often every source is looked at, at least."""
    strict: bool = False
    """Whether a revision with any broken file changes nothing."""
    guards: GuardRules = field(default_factory=GuardRules)
    drain_seconds: float
    max_runs: int
    history_days: int
    require_reason: bool = False
    override_days: float | None = None
    debt_days: int = 7
    """Days after which an override counts as override debt."""
    preflight: bool = True
    """Whether preflights are made by themselves."""
    executors: tuple[str, ...] = ("local",)
    database_kind: str = "sqlite"
    warnings: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Led:
    """What only the leader may use; the fence refuses it to everybody else."""

    roster: Roster
    fence: Fence
    stores: Stores
    runner: Runner
    dispatcher: Dispatcher
    reconciler: Reconciler


def wire(ports: Ports, rules: Rules) -> tuple[Engine, Panel]:
    """Everything that a replica's control is made of, not started yet."""
    executor = SharedExecutor(ports.executor)
    ports = replace(ports, executor=executor)
    sources = _sources(ports, rules)
    led = _led(ports, rules, sources)
    clock_watch = ClockWatch(clock=ports.clock, journal=ports.stores.journal, node=rules.identity.node)
    engine = Engine(
        clock=ports.clock,
        clock_watch=clock_watch,
        host=ports.host,
        identity=rules.identity,
        stores=ports.stores,
        fence=led.fence,
        sources=sources,
        timer=ports.timer,
        executor=ports.executor,
        roster=led.roster,
        reconciler=led.reconciler,
        dispatcher=led.dispatcher,
        runner=led.runner,
        reaper=Reaper(clock=ports.clock, stores=led.stores, history_days=rules.history_days),
        alarm_watch=AlarmWatch(clock=ports.clock, roster=led.roster, stores=led.stores),
        preflights=Preflights(
            clock=ports.clock,
            roster=led.roster,
            stores=led.stores,
            requests=rules.requests,
            executor=executor if ports.queue is None else None,
            automatic=rules.preflight,
        ),
        folder=_folder(ports, led),
        drain_seconds=rules.drain_seconds,
        executes=ports.queue is None,
    )
    return engine, _panel(ports, rules, engine, clock_watch)


def wire_single_sync(ports: Ports, rules: Rules) -> SingleSync:
    """What carries one plan out and starts nothing. The sources are read once: what is planned is what is applied."""
    sources = tuple(taken(source) for source in _sources(ports, rules))
    led = _led(ports, rules, sources)
    return SingleSync(
        clock=ports.clock,
        host=ports.host,
        identity=rules.identity,
        stores=ports.stores,
        fence=led.fence,
        desk=_plan_desk(ports, rules, sources),
        reconciler=led.reconciler,
    )


def wire_worker(ports: Ports, rules: Rules, facts: Mapping[str, Any]) -> Worker:
    """Everything that a worker's control is made of, not started yet. ``facts`` is what it tells of itself."""
    membership = Membership(
        clock=ports.clock,
        host=ports.host,
        members=ports.stores.members,
        identity=rules.identity,
        role="worker",
        facts=lambda: {**facts, "sandbox": ports.executor.sandbox().level},
    )
    return Worker(
        executor=ports.executor,
        runner=_runner(ports, rules),
        membership=membership,
        drain_seconds=rules.drain_seconds,
    )


def _led(ports: Ports, rules: Rules, sources: Sequence[ManifestSource]) -> _Led:
    roster, fence = Roster(), Fence()
    stores = ports.stores.behind(fence)
    runner = _runner(ports, rules)
    dispatcher = Dispatcher(
        clock=ports.clock,
        roster=roster,
        runner=runner,
        starter=_starter(ports, rules, stores, roster, runner),
        stores=stores,
        random=SystemRandom(),
    )
    reconciler = Reconciler(
        clock=ports.clock,
        planner=Planner(
            clock=ports.clock, sources=sources, stores=ports.stores, guards=rules.guards, strict=rules.strict
        ),
        timer=ports.timer,
        roster=roster,
        dispatcher=dispatcher,
        stores=stores,
        interval=rules.sync_interval,
    )
    return _Led(roster=roster, fence=fence, stores=stores, runner=runner, dispatcher=dispatcher, reconciler=reconciler)


def _folder(ports: Ports, led: _Led) -> Folder | None:
    second = led.stores.second
    return Folder(clock=ports.clock, roster=led.roster, second=second, due=led.dispatcher.due) if second else None


def _sources(ports: Ports, rules: Rules) -> tuple[ManifestSource, ...]:
    """Those of the installation, and the API's."""
    return (*ports.sources, ApiSource(ports.stores.manifests, rules.rulebook, ports.clock))


def _runner(ports: Ports, rules: Rules) -> Runner:
    return Runner(
        clock=ports.clock,
        executor=ports.executor,
        requests=rules.requests,
        stores=ports.stores,
        spool=ports.spool,
        identity=rules.identity,
        random=SystemRandom(),
    )


def _plan_desk(ports: Ports, rules: Rules, sources: Sequence[ManifestSource]) -> PlanDesk:
    return PlanDesk(
        clock=ports.clock,
        sources=sources,
        stores=ports.stores,
        files=HandedFiles(ports.text, ports.events),
        guards=rules.guards,
        strict=rules.strict,
    )


def _starter(ports: Ports, rules: Rules, stores: Stores, roster: Roster, runner: Runner) -> Starter:
    gate = BackfillGate(ledger=stores.ledger, overrides=stores.overrides, roster=roster)
    if ports.queue is None:
        return BeginHere(ledger=stores.ledger, runner=runner, gate=gate, max_runs=rules.max_runs)
    return SendAway(ledger=stores.ledger, queue=ports.queue, gate=gate, roster=roster)


def _panel(ports: Ports, rules: Rules, engine: Engine, clock_watch: ClockWatch) -> Panel:
    clock, stores = ports.clock, ports.stores
    catalog = Catalog(clock=clock, stores=stores, rulebook=rules.rulebook, interval=rules.look_interval)
    pulse = _pulse(ports, rules, engine, clock_watch)
    wake = _both(engine.wake_sync, engine.wake_dispatch)
    terms = Terms(require_reason=rules.require_reason, default_days=rules.override_days)
    overrides = Overrides(clock=clock, catalog=catalog, stores=stores, wake=wake, terms=terms)
    override_desk = OverrideDesk(
        clock=clock,
        catalog=catalog,
        stores=stores,
        overrides=overrides,
        wake=wake,
        terms=terms,
        debt_days=rules.debt_days,
    )
    status = Status(clock=clock, catalog=catalog, stores=stores, pulse=pulse, overrides=override_desk)
    return Panel(
        clock=clock,
        catalog=catalog,
        previews=Previews(clock=clock, stores=stores, rulebook=rules.rulebook),
        plans=_plan_desk(ports, rules, _sources(ports, rules)),
        calendars=CalendarDesk(clock=clock, stores=stores),
        definitions=Definitions(
            clock=clock,
            catalog=catalog,
            rulebook=rules.rulebook,
            text=ports.text,
            manifests=stores.manifests,
            calendars=stores.calendars,
            journal=stores.journal,
            wake=engine.wake_sync,
        ),
        overrides=overrides,
        override_desk=override_desk,
        adoptions=Adoptions(catalog=catalog, stores=stores, sources=ports.sources, text=ports.text),
        explainer=Explainer(clock=clock, stores=stores, history_days=rules.history_days),
        runs=RunDesk(clock=clock, catalog=catalog, stores=stores, rulebook=rules.rulebook, wake=engine.wake_dispatch),
        backfills=Backfills(
            clock=clock,
            catalog=catalog,
            stores=stores,
            wake=engine.wake_dispatch,
            require_reason=rules.require_reason,
        ),
        status=status,
        metrics=Metrics(
            clock=clock,
            stores=stores,
            status=status,
            pulse=pulse,
            host=ports.host,
            exposition=ports.exposition,
            job_types=rules.rulebook.types,
        ),
        forecast=Forecast(clock=clock, stores=stores, slots=rules.max_runs),
        bot=BotDesk(clock=clock, stores=stores, host=ports.host),
        preflights=PreflightDesk(clock=clock, catalog=catalog, stores=stores, wake=engine.wake_preflights),
        alarms=AlarmDesk(catalog=catalog, alarms=stores.alarms),
        journal=stores.journal,
    )


def _pulse(ports: Ports, rules: Rules, engine: Engine, clock_watch: ClockWatch) -> Pulse:
    return Pulse(
        leading=lambda: engine.leading,
        tick_age=ports.timer.tick_age,
        clock_back=lambda: clock_watch.back,
        usage=ports.host.usage,
        sandbox=ports.executor.sandbox,
        wake=engine.wake_sync,
        poke=engine.poke_sources,
        timezone=rules.rulebook.timezone,
        executors=rules.executors,
        database_kind=rules.database_kind,
        warnings=rules.warnings,
        interval=rules.look_interval,
    )


def _both(*wakes: Callable[[], None]) -> Callable[[], None]:
    def wake() -> None:
        for one in wakes:
            one()

    return wake
