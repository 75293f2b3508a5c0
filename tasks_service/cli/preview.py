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
from tasks_service.cli.remote.preview import preview_of_server
from tasks_service.core.coming import SkippedFires
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.preview import Fire, Preview
from tasks_service.core.preview import preview as previewed
from tasks_service.core.schedule import zones
from tasks_service.core.state import Sourced
from tasks_service.core.suggestion import did_you_mean
from tasks_service.settings import Settings


def preview(
    target: Annotated[str, typer.Argument(metavar="FILE_OR_JOB", help="A file, a directory, or a job_id.")],
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many fires of each job.")] = 5,
    zone: Annotated[str, typer.Option(help="Tell the fires in this zone, too; default: that of this machine.")] = "",
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
    server: Annotated[
        str | None, typer.Option("--server", metavar="URL", help="Ask this service for its job; default: read files.")
    ] = None,
) -> None:
    """Show the next fires of jobs, in their zone, in UTC and in yours.

    Exit code 0: shown; 1: errors; 2: nothing to read.
    """
    if server:
        preview_of_server(server, target, count, zone, as_json=form is Form.JSON)
        return
    found = _wanted(settings_or_fail(), target)
    now, viewer = datetime.now(UTC), _viewer(zone)
    told = [(job, _seen(job, found, count, now)) for job in found.manifests]
    if form is Form.JSON:
        typer.echo(json.dumps([_as_json(job, seen, viewer) for job, seen in told], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(_as_text(job, seen, viewer) for job, seen in told))
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
    return Found(manifests=tuple(named), problems=own, files=1, known=found.known)


def _viewer(name: str) -> ZoneInfo | None:
    """The zone that was asked for; None for that of the machine, which need not have a name."""
    if not name:
        return None
    if name not in zones():
        fail(f"{name!r} is no IANA time zone", did_you_mean(name, sorted(zones())) or "write one such as Europe/Berlin")
    return ZoneInfo(name)


def _seen(job: Sourced, found: Found, count: int, now: datetime) -> Preview:
    schedule = job.manifest.schedule
    return previewed(schedule, calendars_of(schedule, found.known), now, count)


def _as_text(job: Sourced, seen: Preview, viewer: ZoneInfo | None) -> str:
    manifest = job.manifest
    lines = [f"{manifest.job_id} ({manifest.job_type}, {job.origin}): {seen.words}"]
    if manifest.suspend:
        lines.append(f"  suspended: {manifest.suspend_reason}")
    told = [(fire.at, _on_clocks(fire, viewer)) for fire in seen.fires]
    told += [(one.first, _left_out(one, manifest.schedule.zone, viewer)) for one in seen.skipped]
    lines += [f"  {line}" for _, line in sorted(told)]
    if not seen.fires:
        lines.append("  will not run: calendars leave out every fire" if seen.skipped else "  will not run any more")
    return "\n".join(lines)


def _on_clocks(fire: Fire, viewer: ZoneInfo | None) -> str:
    return _clocks(fire.at, fire.local, viewer) + (f"   ({fire.note})" if fire.note else "")


def _left_out(skipped: SkippedFires, zone: ZoneInfo, viewer: ZoneInfo | None) -> str:
    more = f", as are the {skipped.count - 1} up to {skipped.until:%Y-%m-%d %H:%M:%S} UTC" if skipped.count > 1 else ""
    clocks = _clocks(skipped.first, skipped.first.astimezone(zone), viewer)
    return f"{clocks}   skipped{more}: {skipped.reason}"


def _clocks(at: datetime, local: datetime, viewer: ZoneInfo | None) -> str:
    """A moment as the clocks of job, UTC and viewer show it, each once."""
    return "   ".join(dict.fromkeys(f"{clock:%a %Y-%m-%d %H:%M:%S %Z}" for clock in (local, at, at.astimezone(viewer))))


def _as_json(job: Sourced, seen: Preview, viewer: ZoneInfo | None) -> dict[str, Any]:
    manifest = job.manifest
    return {
        "job_id": manifest.job_id,
        "job_type": manifest.job_type,
        "origin": str(job.origin),
        "words": seen.words,
        "timezone": manifest.schedule.zone.key,
        "suspended": manifest.suspend,
        "fires": [fire.at.isoformat() for fire in seen.fires],
        "times": [
            {
                "at": fire.at.isoformat(),
                "local": fire.local.isoformat(),
                "viewer": fire.at.astimezone(viewer).isoformat(),
                "note": fire.note,
            }
            for fire in seen.fires
        ],
        "skipped": [
            {"first": s.first.isoformat(), "until": s.until.isoformat(), "count": s.count, "reason": s.reason}
            for s in seen.skipped
        ],
    }
