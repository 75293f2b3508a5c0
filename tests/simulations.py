"""Jobs for simulations, and simulations without a word about their figures."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from builders import NOW, make_manifest

from tasks_service.core.firing import fires
from tasks_service.core.manifest import JobManifest
from tasks_service.core.simulation.estimate import Estimate
from tasks_service.core.simulation.outlook import Question, Stage
from tasks_service.core.simulation.trace import INSTANT, SimulatedJob, Skipped, Trace

DAY = timedelta(days=1)


def lasting(seconds: float, job_id: str = "nightly", **keys: Any) -> SimulatedJob:
    """A job whose every run takes so long; ``overlap`` may be given beside the keys of a manifest."""
    known = Estimate(seconds=seconds, runs=1, source="p50 of 1 recorded run")
    made = {name: keys.pop(name) for name in ("overrides", "running") if name in keys}
    if overlap := keys.pop("overlap", None):
        keys["policy"] = {"overlap": overlap}
    return SimulatedJob(job_uid=f"uid-{job_id}", manifest=make_manifest(job_id, **keys), estimate=known, **made)


def cron(expression: str, **keys: Any) -> dict[str, Any]:
    return {"trigger": "cron", "expression": expression, **keys}


def played(*jobs: SimulatedJob, slots: int = 8, begin: datetime = NOW, end: datetime = NOW + DAY) -> Trace:
    """All that happens in ``[begin, end)``, however often the jobs fire."""
    question = Question(start=begin, end=end, slots=slots, limit=10**9)
    return Stage(jobs, question).play(slots)


def due(manifest: JobManifest, begin: datetime = NOW, end: datetime = NOW + DAY) -> list[datetime]:
    """The fires in ``[begin, end)``."""
    return list(fires(manifest.schedule, begin - INSTANT, end - INSTANT))


def slots_of(manifest: JobManifest, skipped: Sequence[Skipped]) -> list[datetime]:
    """The slots that ranges stand for."""
    return [slot for s in skipped for slot in fires(manifest.schedule, s.due_at - INSTANT, s.until)]
