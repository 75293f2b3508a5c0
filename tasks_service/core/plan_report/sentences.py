"""What a report says of time, in sentences that every form of it shares."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_service.core.clock_changes import Effect
from tasks_service.core.coming import SkippedFires
from tasks_service.core.plan_report.clock_dates import ClockDate
from tasks_service.core.plan_report.fire_change import DAYS, FireChange
from tasks_service.core.plan_report.job_change import JobChange
from tasks_service.core.plan_report.load import BusyMinute, Load
from tasks_service.core.plan_report.today import Today
from tasks_service.core.wording import in_utc

WITHIN = f"in the next {DAYS} days"
_EFFECTS = {
    Effect.MOVED: (
        "that the clock leaves out: it runs right after the jump",
        "that the clock leaves out: they run once, right after the jump",
    ),
    Effect.LEFT_OUT: (
        "that the clock leaves out, and so does the job",
        "that the clock leaves out, and so does the job",
    ),
    Effect.ONCE: ("that the clock shows twice: it runs once", "that the clock shows twice: each runs once"),
    Effect.TWICE: ("that the clock shows twice: it runs twice", "that the clock shows twice: each runs twice"),
}


def time_sentences(change: JobChange) -> Iterator[str]:
    """What a change of a job means in time; nothing where no fire is touched."""
    if change.fires.moves:
        yield fires_sentence(change.fires)
    if change.halted:
        yield "paused or suspended afterwards: no fire runs"
    if change.today:
        yield today_sentence(change.today)
    yield from map(clock_sentence, change.clock_dates)
    yield from map(skip_sentence, change.skips)
    if change.skips_left_out:
        yield f"skips {change.skips_left_out} more ranges in the next 30 days"


def fires_sentence(fires: FireChange) -> str:
    """How many fires are gained and lost, the first of them, and runs per day."""
    told = [
        f"{word} {number:,} {'fire' if number == 1 else 'fires'} ({_listed(first, number)})"
        for word, number, first in (
            ("gains", fires.gained, fires.first_gained),
            ("loses", fires.lost, fires.first_lost),
        )
        if number
    ]
    within = WITHIN if fires.complete else f"up to {in_utc(fires.compared_until)}, as far as they were compared"
    runs = f"{per_day(fires.before)} → {per_day(fires.after)} runs per day"
    return f"{' and '.join(told) or 'no other fires'} {within}; {runs}"


def today_sentence(today: Today) -> str:
    """How often it runs today, against how often either version alone would."""
    times = ", ".join(f"{moment.astimezone(ZoneInfo(today.zone)):%H:%M}" for moment in today.times)
    where = f" ({times}{', …' * (today.runs > len(today.times))} {today.zone})" if times else ""
    usual = _times(today.before)
    if today.before != today.after:
        usual = f"{usual} by the old schedule or {_times(today.after)} by the new one"
    runs = f"runs {_times(today.runs)}" if today.runs else "does not run"
    return f"today it {runs}{where} instead of {usual}"


def clock_sentence(one: ClockDate) -> str:
    """What a change of the clocks does on one day."""
    single, several = _EFFECTS[one.effect]
    times = f"a time {single}" if one.times == 1 else f"{one.times} times {several}"
    return f"{one.day} ({one.zone}): {times}"


def skip_sentence(skipped: SkippedFires) -> str:
    """What a calendar leaves out."""
    if skipped.count == 1:
        return f"skips {in_utc(skipped.first)}: {skipped.reason}"
    return f"skips {skipped.count} fires from {in_utc(skipped.first)} to {in_utc(skipped.until)}: {skipped.reason}"


def load_sentences(before: Load, after: Load) -> Iterator[str]:
    """What all jobs together ask for, before and after."""
    yield f"Runs per day, all jobs: {per_day(before.runs)} → {per_day(after.runs)}"
    if before.busiest or after.busiest:
        yield f"Busiest minute within a day: {_busy(before.busiest)} → {_busy(after.busiest)}"


def per_day(runs: int) -> str:
    """Runs of the days ahead as runs per day: ``24``, ``0.3``, ``5,760``."""
    return f"{runs / DAYS:,.1f}".removesuffix(".0") if runs * 10 >= DAYS or not runs else "under 0.1"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _busy(minute: BusyMinute | None) -> str:
    if minute is None:
        return "none"
    unseen = f", without {minute.unseen} jobs that run most often" if minute.unseen else ""
    return f"{in_utc(minute.at)} with {minute.runs} {'run' if minute.runs == 1 else 'runs'}{unseen}"


def _listed(first: Sequence[datetime], number: int) -> str:
    return ", ".join(map(in_utc, first)) + ", …" * (number > len(first))
