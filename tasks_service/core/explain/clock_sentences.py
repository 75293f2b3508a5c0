"""What a change of the clocks does to a schedule, in sentences."""

from collections.abc import Iterator

from tasks_service.core.explain.asked import GapOrFold
from tasks_service.core.explain.facts import Facts
from tasks_service.core.explain.verdict import is_fire
from tasks_service.core.firing import pattern_of
from tasks_service.core.schedule import Cron, Interval


def clock_sentences(facts: Facts) -> Iterator[str]:
    """What the clocks did, and what the schedule in force then made of it."""
    change, version = facts.asked.change, facts.versions.present
    if change is None:
        return
    yield _what_happened(facts, change)
    if version is None:
        return
    schedule = version.manifest.schedule
    if schedule.zone.key != facts.asked.zone.key:
        yield f"The schedule itself goes by the clocks of {schedule.zone.key}."
    elif isinstance(schedule, Interval):
        yield "The schedule is an interval, which keeps its pace and knows no change of the clocks."
    elif isinstance(schedule, Cron) and pattern_of(schedule).fixed:
        yield from (_fixed_in_gap if change.kind == "gap" else _fixed_in_fold)(facts, change, schedule)
    elif isinstance(schedule, Cron):
        yield "The schedule is a pace, which follows the clock as it runs: it fires at what the clock shows."


def _what_happened(facts: Facts, change: GapOrFold) -> str:
    zone, day = facts.asked.zone.key, f"{facts.moment.astimezone(facts.asked.zone):%Y-%m-%d}"
    if change.kind == "gap":
        jump = f"from {change.leaves} to {change.resumes}"
        return f"On {day} the clocks of {zone} are put forward {jump}: no time in between exists."
    first, second = (facts.told(moment) for moment in (change.first, change.second) if moment)
    return f"On {day} the clocks of {zone} are put back and show {change.clock} twice: at {first} and at {second}."


def _fixed_in_gap(facts: Facts, change: GapOrFold, schedule: Cron) -> Iterator[str]:
    if schedule.dst.gap == "skip":
        yield "dst.gap is skip: a fixed time that the clocks leave out is skipped that day."
    elif is_fire(schedule, facts.moment):
        after = f"right after the jump, at {facts.told(facts.moment)}"
        yield f"dst.gap is after: a fixed time that the clocks leave out fires {after}."
    else:
        yield "dst.gap is after, but the schedule has no fire in the time that the clocks leave out."


def _fixed_in_fold(facts: Facts, change: GapOrFold, schedule: Cron) -> Iterator[str]:
    if schedule.dst.fold == "both":
        yield "dst.fold is both: a fixed time that the clocks show twice fires both times."
        return
    at = f", at {facts.told(change.first)}" if change.first and is_fire(schedule, change.first) else ""
    yield f"dst.fold is first: a fixed time that the clocks show twice fires the first time only{at}."
