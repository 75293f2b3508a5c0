"""A simulation as JSON."""

from datetime import date
from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.core.clock_changes import ClockChange
from tasks_service.core.simulation.estimate import Estimate
from tasks_service.core.simulation.load import Load, Meeting
from tasks_service.core.simulation.outlook import JobOutlook, Need, Outlook
from tasks_service.core.simulation.trace import Cut, Skipped
from tasks_service.core.simulation.waits import Wait, Waits


class EstimateShape(Shape):
    """What one run of a job is taken to last."""

    seconds: float
    runs: int
    """From how many recorded runs it is known; 0 where it is assumed."""
    assumed: bool
    source: str
    """In words."""

    @classmethod
    def of(cls, estimate: Estimate) -> Self:
        """An estimate of the simulation."""
        return cls(seconds=estimate.seconds, runs=estimate.runs, assumed=estimate.assumed, source=estimate.source)


class ClockChangeShape(Shape):
    """A change of the clocks that concerns a schedule."""

    at: Moment
    effect: str
    """``moved``, ``left_out``, ``once`` or ``twice``."""
    times: int
    """How many of the schedule's times on the clock it concerns."""

    @classmethod
    def of(cls, change: ClockChange) -> Self:
        """A change that a schedule meets."""
        return cls(at=change.at, effect=change.effect, times=change.times)


class SimulatedJobShape(Shape):
    """One job in the days ahead."""

    job_id: str
    estimate: EstimateShape
    fires: list[int]
    """On each day of the window, all of them."""
    runs: int
    left_out: dict[str, int]
    """Fires that nothing comes of, by outcome."""
    busy_seconds: float
    clock_changes: list[ClockChangeShape]

    @classmethod
    def of(cls, job: JobOutlook) -> Self:
        """A job of the simulation."""
        return cls(
            job_id=job.job_id,
            estimate=EstimateShape.of(job.estimate),
            fires=list(job.fires),
            runs=job.runs,
            left_out={outcome.value: count for outcome, count in job.outcomes.items()},
            busy_seconds=job.busy_seconds,
            clock_changes=[ClockChangeShape.of(change) for change in job.clock_changes],
        )


class LeftOutShape(Shape):
    """Consecutive fires of a job that nothing comes of, for one reason."""

    job_id: str
    due_at: Moment
    until: Moment
    count: int
    outcome: str
    reason: str
    blocked_by: Moment | None
    """The due time of the job's run that is under way then, where there is one."""

    @classmethod
    def of(cls, skipped: Skipped) -> Self:
        """A range of the simulation."""
        return cls(
            job_id=skipped.job_id,
            due_at=skipped.due_at,
            until=skipped.until,
            count=skipped.count,
            outcome=skipped.outcome,
            reason=skipped.reason,
            blocked_by=skipped.blocked_by,
        )


class LoadShape(Shape):
    """Runs at once."""

    peak: int
    peak_at: Moment | None
    """When it is first reached."""
    p95: int
    """For all but a twentieth of the time no more than so many run."""
    busy_seconds: float
    """Of all runs together."""

    @classmethod
    def of(cls, load: Load) -> Self:
        """The load of the simulation."""
        return cls(peak=load.peak, peak_at=load.peak_at, p95=load.p95, busy_seconds=load.busy_seconds)


class WaitShape(Shape):
    """A run that is due and finds every slot taken."""

    job_id: str
    due_at: Moment
    seconds: float
    behind: list[str]
    """The jobs that have the slots when it becomes ready."""

    @classmethod
    def of(cls, wait: Wait) -> Self:
        """A wait of the simulation."""
        return cls(job_id=wait.job_id, due_at=wait.due_at, seconds=wait.seconds, behind=list(wait.behind))


class WaitsShape(Shape):
    """All waits for a slot, in seconds."""

    runs: int
    """How many runs wait at all."""
    p50: float
    """Of all runs, those that do not wait included."""
    p95: float
    longest: float
    worst: list[WaitShape]
    """The longest few, longest first."""

    @classmethod
    def of(cls, waits: Waits) -> Self:
        """The waits of the simulation."""
        return cls(
            runs=waits.runs,
            p50=waits.p50,
            p95=waits.p95,
            longest=waits.longest,
            worst=[WaitShape.of(wait) for wait in waits.worst],
        )


class MeetingShape(Shape):
    """A minute in which several jobs are due, and the others in which the same jobs are."""

    first: Moment
    times: int
    job_ids: list[str]
    at_once: int
    """The most runs at once in any of these minutes."""

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        """A meeting of the simulation."""
        return cls(first=meeting.first, times=meeting.times, job_ids=list(meeting.job_ids), at_once=meeting.at_once)


class NeedShape(Shape):
    """How many slots are needed so that nobody waits longer than ``patience``."""

    slots: int
    longest: float
    """The longest wait with so many, in seconds."""

    @classmethod
    def of(cls, need: Need) -> Self:
        """The need of the simulation."""
        return cls(slots=need.slots, longest=need.longest)


class CutShape(Shape):
    """A job that fires too often to be played to the end: from ``until`` on it takes no slot in the simulation."""

    job_id: str
    until: Moment
    fires_left_out: int

    @classmethod
    def of(cls, cut: Cut) -> Self:
        """A cut of the simulation."""
        return cls(job_id=cut.job_id, until=cut.until, fires_left_out=cut.fires_left_out)


class SimulationShape(Shape):
    """What the days ahead will bring, if runs take as long as is estimated and every run succeeds."""

    since: Moment
    until: Moment
    slots: int
    patience: float
    """Seconds that a run may wait for a slot before there are too few of them."""
    days: list[date]
    """In UTC; the first and the last may be parts of a day."""
    jobs: list[SimulatedJobShape]
    left_out: list[LeftOutShape]
    left_out_untold: int
    """Ranges beyond those that are listed; the counts of the jobs hold them all."""
    load: LoadShape
    waits: WaitsShape
    busiest: list[MeetingShape]
    need: NeedShape
    cuts: list[CutShape]

    @classmethod
    def of(cls, outlook: Outlook) -> Self:
        """The answer of a simulation."""
        return cls(
            since=outlook.question.start,
            until=outlook.question.end,
            slots=outlook.question.slots,
            patience=outlook.question.patience,
            days=list(outlook.days),
            jobs=[SimulatedJobShape.of(job) for job in outlook.jobs],
            left_out=[LeftOutShape.of(skipped) for skipped in outlook.skipped],
            left_out_untold=outlook.skipped_untold,
            load=LoadShape.of(outlook.load),
            waits=WaitsShape.of(outlook.waits),
            busiest=[MeetingShape.of(meeting) for meeting in outlook.busiest],
            need=NeedShape.of(outlook.need),
            cuts=[CutShape.of(cut) for cut in outlook.cuts],
        )
