"""A simulation for a terminal or a comment: at most about a hundred columns, the gist first."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tasks_service.core.run import Outcome
from tasks_service.core.simulation.outlook import JobOutlook, Outlook
from tasks_service.core.simulation.trace import Skipped
from tasks_service.core.simulation.words import change_words, cut_words, lasting, need_words
from tasks_service.core.wording import in_utc

_JOBS_SHOWN = 40
_NAMES_SHOWN = 3
_LINES_SHOWN = 10
_WAITS_SHOWN = 5
_DAYS_SHOWN = 8
"""A table of more days does not fit."""


def simulation_text(outlook: Outlook, history: str) -> str:
    """All of it, in sections that are left out where they are empty."""
    sections = (
        _gist(outlook, history),
        _section("Cut short", [cut_words(cut) for cut in outlook.cuts]),
        _section("Fires a day (UTC)", _table(outlook)),
        _section("Left out", _left_out(outlook)),
        _section("Busiest minutes", _busiest(outlook)),
        _section("Longest waits", _waits(outlook)),
        _section("Changes of the clocks", _changes(outlook.jobs)),
        _section("Assumed durations", _assumed(outlook.jobs)),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _gist(outlook: Outlook, history: str) -> list[str]:
    question, load, waits = outlook.question, outlook.load, outlook.waits
    fires = sum(sum(job.fires) for job in outlook.jobs)
    left_out = sum(sum(job.outcomes.values()) for job in outlook.jobs)
    known = sum(not job.estimate.assumed for job in outlook.jobs)
    peak = f"at most {load.peak} (first {_when(load.peak_at)})" if load.peak_at else "nothing runs"
    most = f", {load.p95} or fewer for 95 % of the time" if load.peak_at else ""
    waited = (
        f"{_count(waits.runs, 'run')} of {sum(job.runs for job in outlook.jobs):,}, up to {lasting(waits.longest)}"
        if waits.runs
        else "no run waits for a slot"
    )
    return [
        f"{in_utc(question.start)} to {in_utc(question.end)}: {_count(len(outlook.jobs), 'job')}, "
        f"{_count(fires, 'fire')}, {left_out:,} of them left out",
        f"  durations  known for {known} of {len(outlook.jobs)} ({history})",
        f"  at once    {peak}{most}",
        f"  busy       {lasting(load.busy_seconds)} of run time in all",
        f"  waiting    {waited} (with {question.slots} at once)",
        f"  needed     {need_words(outlook)}",
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []


def _table(outlook: Outlook) -> list[str]:
    if not outlook.jobs:
        return []
    shown = outlook.jobs[:_JOBS_SHOWN]
    width = min(40, max(len(job.job_id) for job in shown))
    days = outlook.days if len(outlook.days) <= _DAYS_SHOWN else ()
    head = [f"{day:%a %d}" for day in days]
    lines = [_columns("", head, "all", "lasts", width)]
    for job in shown:
        numbers = [f"{n:,}" for n in job.fires] if days else []
        mark = "~" if job.estimate.assumed else ""
        lines.append(_columns(job.job_id, numbers, f"{sum(job.fires):,}", mark + lasting(job.estimate.seconds), width))
    return lines + _more(len(outlook.jobs) - len(shown), "job")


def _columns(name: str, numbers: Iterable[str], total: str, lasts: str, width: int) -> str:
    return f"{name:<{width}}" + "".join(f"{number:>7}" for number in numbers) + f"{total:>9}{lasts:>9}"


def _left_out(outlook: Outlook) -> list[str]:
    found = [(job, outcome, count) for job in outlook.jobs for outcome, count in job.outcomes.items()]
    found.sort(key=lambda each: (-each[2], each[0].job_id))
    lines = [_left_out_line(outlook, *each) for each in found[:_LINES_SHOWN]]
    return lines + _more(len(found) - len(lines), "line")


def _left_out_line(outlook: Outlook, job: JobOutlook, outcome: Outcome, count: int) -> str:
    line = f"{job.job_id}: {count:,} of {_count(sum(job.fires), 'fire')} {outcome}"
    first = next((s for s in outlook.skipped if (s.job_id, s.outcome) == (job.job_id, outcome)), None)
    return f"{line}, first {_told(first)}" if first else line


def _told(skipped: Skipped) -> str:
    why = f"behind the run due {_when(skipped.blocked_by)}" if skipped.blocked_by else skipped.reason
    return f"{_when(skipped.due_at)}, {why}"


def _busiest(outlook: Outlook) -> list[str]:
    return [
        f"{_when(each.first)}{f' and {each.times - 1} more' if each.times > 1 else ''}: "
        f"{len(each.job_ids)} jobs due, {_count(each.at_once, 'run')} at once: {_names(each.job_ids)}"
        for each in outlook.busiest
    ]


def _waits(outlook: Outlook) -> list[str]:
    return [
        f"{wait.job_id} due {_when(wait.due_at)} waits {lasting(wait.seconds)} behind {_names(wait.behind)}"
        for wait in outlook.waits.worst[:_WAITS_SHOWN]
    ]


def _changes(jobs: Sequence[JobOutlook]) -> list[str]:
    return _alike((change_words(change), job.job_id) for job in jobs for change in job.clock_changes)


def _assumed(jobs: Sequence[JobOutlook]) -> list[str]:
    assumed = [(job.estimate, job.job_id) for job in jobs if job.estimate.assumed]
    return _alike((f"{lasting(told.seconds)}, {told.source.removeprefix('assumed: ')}", name) for told, name in assumed)


def _alike(told: Iterable[tuple[str, str]]) -> list[str]:
    """One line for all jobs of which the same is told."""
    found: dict[str, list[str]] = {}
    for words, name in told:
        found.setdefault(words, []).append(name)
    lines = [f"{_names(names)}: {words}" for words, names in found.items()]
    return lines[:_LINES_SHOWN] + _more(len(lines) - _LINES_SHOWN, "line")


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _more(count: int, noun: str) -> list[str]:
    return [f"and {_count(count, noun)} more; -o json tells all"] if count > 0 else []


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _when(moment: datetime) -> str:
    """Within a window of days the weekday says more than the year."""
    return f"{moment:%a %d %b %H:%M}" + (f":{moment:%S}" if moment.second else "")
