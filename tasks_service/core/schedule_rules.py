"""What is wrong with a schedule beyond its form: expressions without meaning, and schedules that never fire."""

from datetime import UTC, datetime

from tasks_service.core.cronfields import counts_weekdays, fields_pattern, means_every_weekday, weekday_names
from tasks_service.core.cronpattern import UnreadableCron
from tasks_service.core.crontab import crontab_pattern, split
from tasks_service.core.diagnostics import Finding
from tasks_service.core.firing import next_fire
from tasks_service.core.mend import Mend
from tasks_service.core.schedule import Cron, Date, Schedule

_BEFORE_ALL = datetime(1969, 12, 31, tzinfo=UTC)


def schedule_findings(schedule: Schedule, now: datetime, *, by_api: bool) -> list[Finding]:
    """All findings about a schedule, with places relative to it.

    ``by_api`` makes a weekday given as a number a warning instead of an error. What lies in the past is a warning: a
    file does not become wrong by the passing of time.
    """
    if isinstance(schedule, Cron):
        unreadable = _unreadable(schedule)
        if unreadable:
            return unreadable
        return [*_day_findings(schedule), *_weekday_findings(schedule, by_api=by_api), *_fire_findings(schedule, now)]
    return _fire_findings(schedule, now)


def _unreadable(schedule: Cron) -> list[Finding]:
    """Each part is read by itself, so that all that cannot be read are named at once."""
    findings = []
    try:
        if schedule.expression is not None:
            crontab_pattern(schedule.expression, schedule.day_match)
    except UnreadableCron as error:
        findings.append(_as_finding(error))
    for name, text in schedule.fields.items():
        try:
            fields_pattern(((name, text),), None)
        except UnreadableCron as error:
            findings.append(_as_finding(error))
    return findings


def _as_finding(error: UnreadableCron) -> Finding:
    return Finding(rule="JM030", message=str(error), hint=error.hint, loc=(error.key,))


def _day_findings(schedule: Cron) -> list[Finding]:
    """Whether ``day_match`` is missing, or given in vain."""
    if schedule.expression is None:
        both = {"day", "day_of_week"} <= schedule.fields.keys()
        return [] if both or not schedule.day_match else [_vain_day_match()]
    _, _, day, _, weekday = split(schedule.expression)
    if schedule.day_match:
        return [_vain_day_match()] if "*" in (day, weekday) else []
    if day.startswith("*") or weekday.startswith("*"):
        return []
    return [
        Finding(
            rule="JM031",
            message=f"{schedule.expression!r} restricts both day of month ({day.lower()}) and day of week "
            f"({weekday.lower()})",
            hint="add day_match: or (crontab's meaning: either will do) or day_match: and (both at once)",
            loc=("expression",),
        )
    ]


def _vain_day_match() -> Finding:
    return Finding(
        rule="JM014",
        message="day_match has no effect, because day of month and day of week are not both restricted",
        hint="remove it",
        severity="warning",
        loc=("day_match",),
        on_key=True,
    )


def _weekday_findings(schedule: Cron, *, by_api: bool) -> list[Finding]:
    if not counts_weekdays(schedule.fields):
        return []
    given = schedule.fields["day_of_week"]
    return [
        Finding(
            rule="JM033",
            message=f"day_of_week {given} counts from Monday (0) here, but from Sunday in crontab",
            hint=f"write {weekday_names(given)}, if that is what is meant",
            severity="warning" if by_api else "error",
            loc=("day_of_week",),
            mend=Mend(weekday_names(given)) if means_every_weekday(given) else None,
        )
    ]


def _fire_findings(schedule: Schedule, now: datetime) -> list[Finding]:
    """Whether it never fires, or will not fire any more."""
    start, end = schedule.start_date, schedule.end_date
    if start and end and schedule.moment(end) < schedule.moment(start):
        return [Finding(rule="JM032", message="end_date lies before start_date", loc=("end_date",))]
    if next_fire(schedule, _BEFORE_ALL) is None:
        return [_never(schedule)]
    if next_fire(schedule, now) is not None:
        return []
    return [_past(schedule)]


def _never(schedule: Schedule) -> Finding:
    if isinstance(schedule, Date):
        outside = "run_date lies outside start_date and end_date"
        return Finding(rule="JM032", message=outside, loc=("run_date",))
    unbounded = schedule.with_changes(start_date=None, end_date=None)
    if next_fire(unbounded, _BEFORE_ALL) is not None:
        return Finding(rule="JM032", message="there is no fire from start_date to end_date", loc=("end_date",))
    return Finding(
        rule="JM032",
        message="the schedule never fires: no day of any year matches",
        hint="look at day and month, as in the 31st of February",
        loc=("expression",) if isinstance(schedule, Cron) and schedule.expression else (),
    )


def _past(schedule: Schedule) -> Finding:
    key = "run_date" if isinstance(schedule, Date) else "end_date" if schedule.end_date else "year"
    return Finding(
        rule="JM035",
        message=f"{key} lies in the past: the job will not run again",
        hint="remove the manifest, or give a later time",
        severity="warning",
        loc=(key,),
    )
