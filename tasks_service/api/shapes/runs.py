"""Runs, occurrences and output as JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.api.shapes.calendars import SkippedFiresShape
from tasks_service.core.ansi import kept, plain
from tasks_service.core.expectation import takes_longer, usual_seconds
from tasks_service.core.preview import Fire, Preview
from tasks_service.core.progress import Progress
from tasks_service.core.run import Occurrence, Outcome, OutputLine, Run, RunState, Trigger
from tasks_service.core.run_durations import Durations
from tasks_service.core.stores import Usage


class DurationsShape(Shape):
    """How long the runs of a job take that succeed, in seconds."""

    count: int
    """So many runs were looked at."""
    p50: float
    p95: float

    @classmethod
    def of(cls, found: Durations) -> Self:
        """Durations of the ledger."""
        return cls(count=found.count, p50=found.p50, p95=found.p95)


class RunErrorShape(Shape):
    """Why a run did not succeed."""

    type: str
    message: str
    traceback: str


class ProgressShape(Shape):
    """How far a run has come, as its job tells it."""

    done: float
    total: float | None
    """Null where nobody knows how much there is to do."""
    text: str
    at: Moment

    @classmethod
    def of(cls, told: Progress) -> Self:
        """What a run told last."""
        return cls(done=told.done, total=told.total, text=told.text, at=told.at)


class RunShape(Shape):
    """One attempt of one occurrence. Durations are in seconds."""

    id: str
    job_id: str
    job_type: str
    state: RunState
    trigger: Trigger
    slot: str
    due_at: Moment
    queued_at: Moment
    not_before: Moment
    started_at: Moment | None
    finished_at: Moment | None
    duration: float | None
    lateness: float | None
    """Seconds between due time and start."""
    usual_seconds: float | None
    """What a run of the job usually takes, while this one is under way; null where too few are known."""
    longer_than_usual: bool
    """Whether it runs and takes noticeably longer than 95 of 100 of the earlier ones."""
    progress: ProgressShape | None
    """What it told last; null where it told nothing, and where the run is only mentioned."""
    attempt: int
    parameters: Json
    dry_run: bool
    """Whether it only tells what a run would do; nothing that judges a job looks at it."""
    result: Json | None
    error: RunErrorShape | None
    exit_code: int | None
    signal: str | None
    cpu_seconds: float | None
    peak_memory_bytes: int | None
    output_bytes: int | None
    isolation: str
    """The level of the sandbox it was confined to, such as `S3+R`; empty where it never began."""
    start_seconds: float | None
    """From being given to the sandbox to the first line of job code."""
    actor: str
    """Who asked for a manual run."""
    node: str
    revision: str
    digest: str
    cancel_requested_by: str
    cancel_reason: str

    @classmethod
    def of(
        cls,
        run: Run,
        usual: Durations | None = None,
        now: datetime | None = None,
        told: Progress | None = None,
    ) -> Self:
        """A run of the ledger, compared with what is usual at this moment."""
        error = run.error
        return cls(
            id=run.run_id,
            duration=run.duration_seconds,
            lateness=run.lateness_seconds,
            usual_seconds=None if run.state.final else usual_seconds(usual),
            progress=ProgressShape.of(told) if told else None,
            longer_than_usual=now is not None and takes_longer(run, usual, now),
            error=RunErrorShape(**error.model_dump()) if error else None,
            **{name: getattr(run, name) for name in _SAME},
        )


class JobUsageShape(Shape):
    """What the runs of a job took that ended since a moment, whatever their outcome."""

    since: Moment
    runs: int
    failed: int
    """Those that did not succeed."""
    seconds: float
    """Wall time of all of them."""
    cpu_seconds: float
    output_bytes: int
    peak_memory_bytes: int | None
    """Of the run that took the most."""
    mean_start_seconds: float | None
    """From being given to the sandbox to the first line of job code."""
    longest_start_seconds: float | None

    @classmethod
    def of(cls, found: Usage) -> Self:
        """The figures of the ledger."""
        return cls(**asdict(found))


_SAME = tuple(name for name in RunShape.model_fields if name in Run.__slots__ and name not in {"error"})


class OccurrenceShape(Shape):
    """A row of the ledger: one expected fire, or a range of them that nothing came of."""

    slot: str
    due_at: Moment
    until: Moment
    """The last due time of a range."""
    count: int
    trigger: Trigger
    outcome: Outcome | None
    """Null while an attempt is queued or running."""
    reason: str
    revision: str
    digest: str
    recorded_at: Moment
    runs: list[RunShape]

    @classmethod
    def of(cls, occurrence: Occurrence) -> Self:
        """A row of the ledger with its runs."""
        return cls(
            slot=occurrence.slot,
            due_at=occurrence.due_at,
            until=occurrence.until,
            count=occurrence.count,
            trigger=occurrence.trigger,
            outcome=occurrence.outcome,
            reason=occurrence.reason,
            revision=occurrence.revision,
            digest=occurrence.digest,
            recorded_at=occurrence.recorded_at,
            runs=[RunShape.of(run) for run in occurrence.runs],
        )


class OutputLineShape(Shape):
    """One captured line."""

    seq: int
    at: Moment
    stream: str
    """``stdout``, ``stderr``, or ``system`` for what the service has to say."""
    text: str
    """Without colours, and without control characters but tabs."""
    ansi: str | None
    """The same with its colours, null where it has none. Each ``ESC[0;…m`` in it names the whole style from there on;
    it holds no other sequence."""

    @classmethod
    def of(cls, line: OutputLine) -> Self:
        """A line of the output store."""
        text = plain(line.text)
        styled = kept(line.text)[0]
        return cls(seq=line.seq, at=line.at, stream=line.stream, text=text, ansi=None if styled == text else styled)


class OutputShape(Shape):
    """A part of what a run printed. ``after`` asks for what follows, while ``final`` is false."""

    items: list[OutputLineShape]
    after: int
    final: bool
    """Whether the run has ended."""


class FireShape(Shape):
    """One fire to come, as clocks show it; local times are ISO 8601 with their offset."""

    at: Moment
    local: str
    """On a clock of the schedule's zone."""
    viewer: str | None
    """On a clock of the zone that was asked for; null without one."""
    note: str
    """What a change of the clocks does to it; empty where it does nothing."""

    @classmethod
    def of(cls, fire: Fire, viewer: ZoneInfo | None) -> Self:
        """A fire of a preview."""
        return cls(
            at=fire.at,
            local=fire.local.isoformat(),
            viewer=fire.at.astimezone(viewer).isoformat() if viewer else None,
            note=fire.note,
        )


class PreviewShape(Shape):
    """A schedule in words and in fire times."""

    words: str
    timezone: str
    fires: list[Moment]
    """The next that run."""
    times: list[FireShape]
    """The same fires, each as clocks show it."""
    skipped: list[SkippedFiresShape]
    """Those that a calendar leaves out among them."""

    @classmethod
    def of(cls, preview: Preview, zone: str | None) -> Self:
        """A preview of the catalog, also told in the zone of whoever asks."""
        viewer = ZoneInfo(zone) if zone else None
        return cls(
            words=preview.words,
            timezone=preview.timezone,
            fires=[fire.at for fire in preview.fires],
            times=[FireShape.of(fire, viewer) for fire in preview.fires],
            skipped=[SkippedFiresShape.of(fires) for fires in preview.skipped],
        )
