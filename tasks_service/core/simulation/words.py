"""A simulation in sentences: the same on every page, in every terminal and in every pull request."""

from datetime import timedelta

from tasks_service.core.clock_changes import ClockChange, Effect
from tasks_service.core.durations import format_duration
from tasks_service.core.simulation.outlook import Outlook
from tasks_service.core.simulation.trace import Cut
from tasks_service.core.wording import in_utc

_EFFECTS = {
    Effect.MOVED: "the clock leaves its time out; it runs right after the jump",
    Effect.LEFT_OUT: "the clock leaves {times} of its times out, and so does the job",
    Effect.ONCE: "the clock shows {times} of its times twice; it runs the first time only",
    Effect.TWICE: "the clock shows {times} of its times twice; it runs both times",
}


def lasting(seconds: float) -> str:
    """A duration, rounded to what matters: ``0s``, ``0.4s``, ``47m``, ``1h30m``."""
    if seconds < 1:
        return format_duration(timedelta(seconds=round(seconds, 1)))
    return format_duration(timedelta(seconds=round(seconds)))


def change_words(change: ClockChange) -> str:
    """What a change of the clocks does to a job."""
    return f"{in_utc(change.at)}: {_EFFECTS[change.effect].format(times=change.times)}"


def cut_words(cut: Cut) -> str:
    """What was not played through."""
    return (
        f"{cut.job_id} fires too often: from {in_utc(cut.until)} on its {cut.fires_left_out:,} further fires are "
        "counted, but they take no slot here"
    )


def need_words(outlook: Outlook) -> str:
    """How many slots are needed."""
    slots, patience = outlook.need.slots, lasting(outlook.question.patience)
    if not outlook.question.patience:
        return f"{_slots(slots)}, so that no run waits"
    return f"{_slots(slots)}, so that no run waits longer than {patience}"


def _slots(count: int) -> str:
    return f"{count} slot{'' if count == 1 else 's'}"
