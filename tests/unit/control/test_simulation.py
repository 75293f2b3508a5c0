"""A simulation and the control room on a clock moved by hand: the same jobs, the same day, the same answer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from builders import NOW, make_sourced
from calendar_builders import make_sourced_calendar
from simulations import cron, lasting, played, slots_of
from workbench import Workbench

from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.simulation.trace import INSTANT, SimulatedJob
from tasks_service.core.state import Sourced

PAUSE_ENDS = NOW + timedelta(hours=7)
END = NOW + timedelta(hours=24)
NOON = make_sourced_calendar("noon", windows=[{"expression": "0 12 * * *", "duration": "1h", "label": "Lunch"}])
EVERY_TWO_HOURS = cron("0 */2 * * *")
SCRIPT: dict[str, tuple[float, dict[str, Any]]] = {
    **{f"crowd-{n}": (900.0 + 60 * n, {"schedule": cron("0 2 * * *")}) for n in range(11)},
    "overlapping": (4200.0, {"schedule": cron("30 * * * *")}),
    "many-at-once": (9000.0, {"schedule": cron("15 * * * *"), "policy": {"overlap": "allow"}}),
    "queueing": (5000.0, {"schedule": cron("45 * * * *"), "policy": {"overlap": "queue"}}),
    "replacing": (4200.0, {"schedule": cron("5 * * * *"), "policy": {"overlap": "cancel_previous"}}),
    "closed-at-noon": (60.0, {"schedule": cron("*/20 * * * *", skip_during=["noon"])}),
    "on-the-dot": (7200.0, {"schedule": EVERY_TWO_HOURS}),
    "spread": (1800.0, {"schedule": EVERY_TWO_HOURS | {"spread": "45m"}}),
    "instant": (0.0, {"schedule": cron("0 2,14 * * *")}),
    "suspended": (60.0, {"schedule": EVERY_TWO_HOURS, "suspend": True, "suspend_reason": "not yet"}),
    "paused": (60.0, {"schedule": cron("20 * * * *")}),
    "berlin": (60.0, {"schedule": cron("0 3 * * *", timezone="Europe/Berlin")}),
}
"""How long each job's runs take, and what its manifest says."""


def live(bench: Workbench, until: datetime) -> None:
    """Let the time pass; every run ends when its script says so."""
    seconds = {job_id: seconds for job_id, (seconds, _) in SCRIPT.items()}
    ends: dict[str, datetime] = {}
    seen = 0
    while True:
        now = bench.clock.now()
        for request in bench.executor.submitted[seen:]:
            ends[request.run_id] = now + timedelta(seconds=seconds[request.job_id])
        seen = len(bench.executor.submitted)
        coming = [bench.timer.next_due(), bench.stores.ledger.next_ready(now), *ends.values()]
        pause_ends = PAUSE_ENDS if now < PAUSE_ENDS else None
        upcoming = min(moment for moment in (*coming, pause_ends) if moment)
        if upcoming > until:
            break
        bench.clock.set(upcoming)
        for run_id in [run_id for run_id, end in ends.items() if end <= upcoming]:
            del ends[run_id]
            if run_id in bench.executor.running():  # else a later run has taken its place
                bench.executor.end(run_id)
        if upcoming == PAUSE_ENDS:
            bench.sync()
        bench.timer.tick()
        bench.step()
        bench.step()  # a run that was replaced has ended: its successor begins
    bench.clock.set(until)
    bench.dispatcher.settle([job.job_uid for job in bench.stores.inventory.jobs()])


def simulated(bench: Workbench) -> list[SimulatedJob]:
    overrides = bench.stores.overrides.all()
    known = bench.stores.calendars.in_force()
    found = []
    for job in bench.stores.inventory.jobs():
        made = lasting(SCRIPT[job.manifest.job_id][0], job.manifest.job_id, overrides=overrides.of(job.job_uid, {}))
        calendars = calendars_of(job.manifest.schedule, known)
        found.append(replace(made, job_uid=job.job_uid, manifest=job.manifest, calendars=calendars))
    return found


def sources() -> list[Sourced]:
    return [make_sourced(job_id, **keys) for job_id, (_, keys) in SCRIPT.items()]


def test_what_is_simulated_is_what_happens(bench: Workbench) -> None:
    bench.commit(*sources(), calendars=(NOON,))
    bench.overrides.pause("paused", actor="ann", reason="moving", until=PAUSE_ENDS)
    bench.sync()
    jobs = simulated(bench)

    trace = played(*jobs, slots=8, begin=NOW + INSTANT, end=END + INSTANT)
    live(bench, END)

    for job in jobs:
        own = [(r.due_at, r.started_at) for r in trace.runs if r.job_id == job.job_id and r.started_at <= END]
        real = [(r.due_at, r.started_at) for r in bench.all_runs(job.job_id) if r.started_at]
        assert own == real, job.job_id
        left_out = [s for s in trace.skipped if s.job_id == job.job_id]
        rows = [row for row in bench.rows(job.job_id) if row.outcome and not row.runs]
        assert {s.outcome for s in left_out} == {row.outcome for row in rows}, job.job_id
        assert {s.reason for s in left_out} == {row.reason for row in rows}, job.job_id
        assert slots_of(job.manifest, left_out) == slots_of(job.manifest, rows), job.job_id
    waited = [run for run in trace.runs if run.waited_seconds]
    assert len(trace.runs) > 90 and len(waited) >= 3 and len(trace.skipped) > 10
