"""Schedules that are valid and most likely not what was meant."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RULEBOOK = Rulebook(types=load_job_types())


def doubts(schedule: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    document = {"job_id": "a", "job_type": "command", "schedule": schedule, "parameters": {"argv": ["a"]}, **more}
    checked = RULEBOOK.check(document, NOW)
    assert checked.manifest, "a doubt forbids nothing"
    return [(f.rule, f.field, f.message) for f in checked.findings]


def cron(expression: str, **more: Any) -> dict[str, Any]:
    return {"trigger": "cron", "expression": expression, **more}


@pytest.mark.parametrize(
    ("schedule", "field", "told"),
    [
        (
            cron("30 2 * * *", timezone="Europe/Berlin"),
            "schedule.expression",
            "on 2027-03-28 the clock leaves out a time of this schedule: it runs right after the jump, at 03:00",
        ),
        (
            cron("30 1 * * sun", timezone="America/New_York"),
            "schedule.expression",
            "on 2026-11-01 the clock shows a time of this schedule twice: it runs the first time only",
        ),
        (
            {"trigger": "date", "run_date": "2027-03-28T02:30:00", "timezone": "Europe/Berlin"},
            "schedule.run_date",
            "on 2027-03-28 a change of the clocks meets run_date: 02:30 does not exist that day: runs at 03:00",
        ),
        (
            {"trigger": "date", "run_date": "2027-10-31T02:30:00", "timezone": "Europe/Berlin"},
            "schedule.run_date",
            "on 2027-10-31 a change of the clocks meets run_date: first of two 02:30s",
        ),
        (
            {"trigger": "cron", "hour": "2", "minute": "15", "timezone": "Europe/Berlin"},
            "schedule.hour",
            "on 2027-03-28 the clock leaves out a time of this schedule: it runs right after the jump, at 03:00",
        ),
    ],
)
def test_a_change_of_the_clocks_is_told_with_its_date(schedule: dict[str, Any], field: str, told: str) -> None:
    assert doubts(schedule) == [("JM037", field, told)]


@pytest.mark.parametrize(
    "schedule",
    [
        cron("30 2 * * *"),
        cron("30 2 * * mon-fri", timezone="Europe/Berlin"),
        cron("30 2 * * *", timezone="Europe/Berlin", dst={"gap": "skip"}),
        cron("30 4 * * *", timezone="Europe/Berlin"),
        cron("*/30 * * * *", timezone="Europe/Berlin"),
        cron("30 2 * * *", timezone="Europe/Berlin", end_date="2027-01-01"),
        {"trigger": "interval", "hours": 1, "timezone": "Europe/Berlin"},
        {"trigger": "date", "run_date": "2027-10-31T02:30:00+01:00", "timezone": "Europe/Berlin"},
        {"trigger": "date", "run_date": "2027-10-30T02:30:00", "timezone": "Europe/Berlin"},
    ],
)
def test_where_no_change_of_the_clocks_meets_the_schedule_none_is_told(schedule: dict[str, Any]) -> None:
    assert doubts(schedule) == []


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (cron("*/7 * * * *"), "*/7 does not divide the 60 minutes: after 56 comes 0, 4 minutes later instead of 7"),
        (cron("0 */5 * * *"), "*/5 does not divide the 24 hours: after 20 comes 0, 4 hours later instead of 5"),
        (cron("0 0 1 */5 *"), "*/5 does not divide the 12 months: after 11 comes 1, 2 months later instead of 5"),
        (cron("*/59 * * * *"), "*/59 does not divide the 60 minutes: after 59 comes 0, 1 minute later instead of 59"),
        (
            {"trigger": "cron", "second": "*/45"},
            "*/45 does not divide the 60 seconds: after 45 comes 0, 15 seconds later instead of 45",
        ),
    ],
)
def test_an_uneven_step_is_told_with_its_gap(schedule: dict[str, Any], told: str) -> None:
    assert [(rule, message) for rule, _, message in doubts(schedule)] == [("JM039", told)]


@pytest.mark.parametrize("expression", ["*/5 * * * *", "*/15 */6 * * *", "0 0 */7 * *", "0 0 1 */3 *", "@hourly"])
def test_an_even_step_and_days_of_a_month_are_not_doubted(expression: str) -> None:
    assert doubts(cron(expression)) == []


@pytest.mark.parametrize(
    ("schedule", "policy", "doubted"),
    [
        ({"trigger": "interval", "minutes": 5}, {"timeout": "30m"}, True),
        (cron("0,10 * * * *"), {"timeout": "11m"}, True),
        ({"trigger": "interval", "minutes": 5}, {"timeout": "5m"}, False),
        ({"trigger": "interval", "minutes": 5}, {"timeout": "30m", "overlap": "skip"}, False),
        ({"trigger": "interval", "minutes": 5}, {"timeout": "30m", "overlap": "queue"}, False),
        ({"trigger": "interval", "minutes": 5}, {}, False),
        ({"trigger": "date", "run_date": "2027-01-01"}, {"timeout": "30m"}, False),
    ],
)
def test_a_pace_finer_than_the_stated_timeout_is_doubted(
    schedule: dict[str, Any], policy: dict[str, Any], doubted: bool
) -> None:
    assert [rule for rule, _, _ in doubts(schedule, policy=policy)] == ["JM038"] * doubted
