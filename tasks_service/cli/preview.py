"""``tasks preview``: when the jobs of a file, a directory or a name would run next."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tasks_service.cli.output import Form, annotation
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.reading import Found, read_manifests
from tasks_service.core.firing import next_fire
from tasks_service.core.schedule import Schedule
from tasks_service.core.state import Sourced
from tasks_service.core.suggestion import did_you_mean
from tasks_service.core.wording import describe
from tasks_service.settings import Settings


def preview(
    target: Annotated[str, typer.Argument(metavar="FILE_OR_JOB", help="A file, a directory, or a job_id.")],
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many fires of each job.")] = 5,
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
) -> None:
    """Show the next fires of jobs, in their zone and in UTC. Exit code 0: shown; 1: errors; 2: nothing to read."""
    found = _wanted(settings_or_fail(), target)
    now = datetime.now(UTC)
    if form is Form.JSON:
        typer.echo(json.dumps([_as_json(job, count, now) for job in found.manifests], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(_as_text(job, count, now) for job in found.manifests))
    for problem in found.problems:
        typer.echo(annotation(problem) if form is Form.GITHUB else str(problem), err=True)
    raise typer.Exit(1 if found.wrong else 0)


def _wanted(settings: Settings, target: str) -> Found:
    """What a path holds, or the one job of that name among the configured manifests."""
    path = Path(target)
    if path.exists():
        return read_manifests(settings, [path])
    found = read_manifests(settings, None)
    named = [m for m in found.manifests if m.manifest.key == target.lower()]
    if not named:
        known = [m.manifest.job_id for m in found.manifests]
        fail(
            f"{target!r} is neither a path nor a valid job in {settings.manifests}",
            did_you_mean(target, known) or "`tasks validate` lists what is wrong there",
        )
    own = tuple(p for p in found.problems if p.path == named[0].origin.path)
    return Found(manifests=tuple(named), problems=own, files=1)


def _fires(schedule: Schedule, count: int, now: datetime) -> Iterator[datetime]:
    fire = next_fire(schedule, now)
    while fire and count:
        yield fire
        fire, count = next_fire(schedule, fire), count - 1


def _as_text(job: Sourced, count: int, now: datetime) -> str:
    manifest, zone = job.manifest, job.manifest.schedule.zone
    lines = [f"{manifest.job_id} ({manifest.job_type}, {job.origin}): {describe(manifest.schedule)}"]
    if manifest.suspend:
        lines.append(f"  suspended: {manifest.suspend_reason}")
    fires = list(_fires(manifest.schedule, count, now))
    lines += [f"  {fire.astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}   {fire:%Y-%m-%d %H:%M:%S} UTC" for fire in fires]
    if not fires:
        lines.append("  will not run any more")
    return "\n".join(lines)


def _as_json(job: Sourced, count: int, now: datetime) -> dict[str, Any]:
    manifest = job.manifest
    return {
        "job_id": manifest.job_id,
        "job_type": manifest.job_type,
        "origin": str(job.origin),
        "words": describe(manifest.schedule),
        "timezone": manifest.schedule.zone.key,
        "suspended": manifest.suspend,
        "fires": [fire.isoformat() for fire in _fires(manifest.schedule, count, now)],
    }
