"""``tasks preview``: when the jobs of a file, a directory or a name would run next."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tasks_service.cli.output import Form, annotation
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.reading import Found, read_manifests
from tasks_service.core.preview import Fire, next_fires
from tasks_service.core.schedule import zones
from tasks_service.core.state import Sourced
from tasks_service.core.suggestion import did_you_mean
from tasks_service.core.wording import describe
from tasks_service.settings import Settings


def preview(
    target: Annotated[str, typer.Argument(metavar="FILE_OR_JOB", help="A file, a directory, or a job_id.")],
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many fires of each job.")] = 5,
    zone: Annotated[str, typer.Option(help="Tell the fires in this zone, too; default: that of this machine.")] = "",
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
) -> None:
    """Show the next fires of jobs, in their zone, in UTC and in yours.

    Exit code 0: shown; 1: errors; 2: nothing to read.
    """
    found = _wanted(settings_or_fail(), target)
    now, viewer = datetime.now(UTC), _viewer(zone)
    told = [(job, next_fires(job.manifest.schedule, now, count)) for job in found.manifests]
    if form is Form.JSON:
        typer.echo(json.dumps([_as_json(job, fires, viewer) for job, fires in told], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(_as_text(job, fires, viewer) for job, fires in told))
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


def _viewer(name: str) -> ZoneInfo | None:
    """The zone that was asked for; None for that of the machine, which need not have a name."""
    if not name:
        return None
    if name not in zones():
        fail(f"{name!r} is no IANA time zone", did_you_mean(name, sorted(zones())) or "write one such as Europe/Berlin")
    return ZoneInfo(name)


def _as_text(job: Sourced, fires: list[Fire], viewer: ZoneInfo | None) -> str:
    manifest = job.manifest
    lines = [f"{manifest.job_id} ({manifest.job_type}, {job.origin}): {describe(manifest.schedule)}"]
    if manifest.suspend:
        lines.append(f"  suspended: {manifest.suspend_reason}")
    lines += [f"  {_on_clocks(fire, viewer)}" for fire in fires]
    if not fires:
        lines.append("  will not run any more")
    return "\n".join(lines)


def _on_clocks(fire: Fire, viewer: ZoneInfo | None) -> str:
    """The fire as the clocks of job, UTC and viewer show it, each once, and what is special about it."""
    clocks = (fire.local, fire.at, fire.at.astimezone(viewer))
    shown = dict.fromkeys(f"{clock:%a %Y-%m-%d %H:%M:%S %Z}" for clock in clocks)
    return "   ".join(shown) + (f"   ({fire.note})" if fire.note else "")


def _as_json(job: Sourced, fires: list[Fire], viewer: ZoneInfo | None) -> dict[str, Any]:
    manifest = job.manifest
    return {
        "job_id": manifest.job_id,
        "job_type": manifest.job_type,
        "origin": str(job.origin),
        "words": describe(manifest.schedule),
        "timezone": manifest.schedule.zone.key,
        "suspended": manifest.suspend,
        "fires": [fire.at.isoformat() for fire in fires],
        "times": [
            {
                "at": fire.at.isoformat(),
                "local": fire.local.isoformat(),
                "viewer": fire.at.astimezone(viewer).isoformat(),
                "note": fire.note,
            }
            for fire in fires
        ],
    }
