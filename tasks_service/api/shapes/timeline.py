"""The timeline as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.api.shapes.simulation import CutShape, EstimateShape, LeftOutShape, LoadShape, MeetingShape
from tasks_service.control.forecast import Timeline
from tasks_service.control.timeline import Bucket, Mark, Row


class MarkShape(Shape):
    """One run, or consecutive fires that nothing comes of."""

    kind: str
    """``run``, ``running``, ``upcoming`` or ``left_out``."""
    state: str
    """The run's state, or the outcome of the fires; ``expected`` where it has not begun."""
    due_at: Moment
    begin: Moment
    end: Moment
    """Of a run under way or to come the expected one."""
    count: int
    run_id: str
    reason: str

    @classmethod
    def of(cls, mark: Mark) -> Self:
        """A mark of the timeline."""
        return cls(
            kind=mark.kind,
            state=mark.state,
            due_at=mark.due_at,
            begin=mark.begin,
            end=mark.end,
            count=mark.count,
            run_id=mark.run_id,
            reason=mark.reason,
        )


class BucketShape(Shape):
    """All marks of a job that begin within a part of the window."""

    begin: Moment
    end: Moment
    states: dict[str, int]
    """How many, by state."""

    @classmethod
    def of(cls, bucket: Bucket) -> Self:
        """A bucket of the timeline."""
        return cls(begin=bucket.begin, end=bucket.end, states=bucket.states)


class RowShape(Shape):
    """One job: its marks, or where they are too many their number in each bucket that has any."""

    job_id: str
    estimate: EstimateShape
    marks: list[MarkShape]
    buckets: list[BucketShape]

    @classmethod
    def of(cls, row: Row) -> Self:
        """A row of the timeline."""
        return cls(
            job_id=row.job_id,
            estimate=EstimateShape.of(row.estimate),
            marks=[MarkShape.of(mark) for mark in row.marks],
            buckets=[BucketShape.of(bucket) for bucket in row.buckets],
        )


class TimelineShape(Shape):
    """What became of the last hours and what the next ones bring."""

    since: Moment
    now: Moment
    until: Moment
    slots: int
    """How many runs there may be at once."""
    rows: list[RowShape]
    rows_left_out: int
    past_cut: bool
    """Whether the past holds more than was read; the newest was."""
    load: LoadShape
    busiest: list[MeetingShape]
    left_out: list[LeftOutShape]
    """The fires to come that nothing will come of: one for each job and outcome, which counts them all."""
    cuts: list[CutShape]

    @classmethod
    def of(cls, timeline: Timeline) -> Self:
        """The timeline of the forecast."""
        window = timeline.window
        return cls(
            since=window.since,
            now=window.now,
            until=window.until,
            slots=timeline.slots,
            rows=[RowShape.of(row) for row in timeline.rows],
            rows_left_out=timeline.rows_left_out,
            past_cut=timeline.past_cut,
            load=LoadShape.of(timeline.load),
            busiest=[MeetingShape.of(meeting) for meeting in timeline.busiest],
            left_out=[LeftOutShape.of(skipped) for skipped in timeline.skipped],
            cuts=[CutShape.of(cut) for cut in timeline.cuts],
        )
