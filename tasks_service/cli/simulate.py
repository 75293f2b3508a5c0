"""``tasks simulate``: the days ahead, played through with the manifests as they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.reading import Found, read_manifests
from tasks_service.cli.recorded import History, read_history
from tasks_service.cli.simulation_text import simulation_text
from tasks_service.core.durations import parse_duration
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.simulation.estimate import Measure, estimate
from tasks_service.core.simulation.outlook import Outlook, Question, look_ahead
from tasks_service.core.simulation.trace import SimulatedJob
from tasks_service.core.state import Sourced

Paths = Annotated[list[Path] | None, typer.Argument(help="Files and directories; TASKS_MANIFESTS by default.")]


def simulate(
    paths: Paths = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=31, help="How far to look ahead.")] = 7,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Where to begin, ISO 8601; UTC unless it says; now.")
    ] = None,
    runs: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many runs at once; TASKS_MAX_RUNS by default.")
    ] = None,
    durations: Annotated[
        str | None,
        typer.Option(
            metavar="DATABASE|FILE.json|none",
            help="Where to read how long jobs take, and what is paused; DATABASE_URL by default, changing nothing.",
        ),
    ] = None,
    measure: Annotated[Measure, typer.Option(help="Which recorded duration runs will take.")] = "p50",
    patience: Annotated[str, typer.Option(help="How long a run may wait before there are too few slots.")] = "60s",
    seed: Annotated[int, typer.Option(help="Of the chance in jitter.")] = 0,
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
) -> None:
    """Play the days ahead through: overlaps, waits, busiest minutes, slots needed.

    Exit code 0: simulated; 1: a manifest has errors, the others were simulated; 2: nothing to read.
    """
    settings = settings_or_fail()
    start = _moment(begin)
    found = read_manifests(settings, paths)
    history = read_history(settings, durations, datetime.now(UTC))
    question = Question(
        start=start,
        end=start + timedelta(days=days),
        slots=runs or settings.max_runs,
        patience=_patience(patience),
        seed=seed,
    )
    outlook = look_ahead(
        [_job(each, found, history, "p95" if measure == "p95" else "p50") for each in found.manifests], question
    )
    typer.echo(_json(outlook) if form is PlainForm.JSON else simulation_text(outlook, history.words))
    for problem in found.problems:
        typer.echo(str(problem), err=True)
    raise typer.Exit(1 if found.wrong else 0)


def _job(sourced: Sourced, found: Found, history: History, measure: Measure) -> SimulatedJob:
    manifest = sourced.manifest
    return SimulatedJob(
        job_uid=manifest.key,
        manifest=manifest,
        estimate=estimate(manifest, history.durations.get(manifest.key), measure),
        overrides=history.overrides.get(manifest.key, ()),
        calendars=calendars_of(manifest.schedule, found.known),
    )


def _json(outlook: Outlook) -> str:
    from tasks_service.api.shapes.simulation import SimulationShape  # here, so that the text does not load the API

    return SimulationShape.of(outlook).model_dump_json(indent=2)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--from is {text!r}, which is no time", "write 2026-11-27 or 2026-11-27T18:00:00+01:00")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        fail(f"--from is {text!r}", f"a time lies between the years {_FIRST_YEAR + 1} and {_LAST_YEAR - 1}")
    return moment.astimezone(UTC)


_FIRST_YEAR, _LAST_YEAR = 1970, 2090


def _patience(text: str) -> float:
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        fail(f"--patience: {error}")
