"""An imported job fires when the original fired: by oracles that share no code with the service."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import cron_fuzz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wall_oracle import MONTHS, SUNDAY_FIRST, Stretch, crontab

from tasks_service.core.firing import fires
from tasks_service.core.imports.carried import only_valid
from tasks_service.core.imports.cronjob import cronjobs
from tasks_service.core.imports.crontab_file import read_crontab
from tasks_service.core.imports.crontab_jobs import crontab_jobs
from tasks_service.core.imports.kubernetes_schedule import kubernetes_schedule
from tasks_service.core.imports.original import Original
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

RULEBOOK = Rulebook(types=load_job_types())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ZONE = "Europe/Berlin"
AROUND_THE_CHANGES = [
    Stretch.of(ZoneInfo(ZONE), datetime(2026, month, day, tzinfo=UTC), datetime(2026, month, day + 3, tzinfo=UTC))
    for month, day in ((3, 28), (10, 24))
]


@pytest.mark.parametrize("seed", range(5))
def test_imported_entries_fire_with_cron(seed: int) -> None:
    random = Random(seed)
    expressions = [cron_fuzz.valid(random) for _ in range(40)]
    text = "".join(f"# number {n}\n{expression}\tprogram_{n}\n" for n, expression in enumerate(expressions))
    found = only_valid(crontab_jobs(read_crontab(text, user_column=False), timezone=ZONE), RULEBOOK, NOW)

    assert {loss.why for loss in found.losses} <= {
        "the schedule never fires: no day of any year matches; look at day and month, as in the 31st of February"
    }
    assert len(found.jobs) + len(found.losses) == len(expressions)
    for job in found.jobs:
        checked = RULEBOOK.check(job.document, NOW).manifest
        assert checked
        wall = crontab(expressions[int(job.job_id.removeprefix("program_"))])
        for stretch in AROUND_THE_CHANGES:
            assert list(fires(checked.schedule, stretch.after, stretch.until)) == stretch.fires(wall), job.document


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("*@%\\#='\" \n\t05-,/AZaz_\x00\x85é$"), max_size=120), st.booleans())
def test_whatever_a_crontab_holds_its_jobs_are_valid_and_no_line_is_silent(text: str, user_column: bool) -> None:
    crontab_file = read_crontab(text, user_column=user_column)
    found = only_valid(crontab_jobs(crontab_file, timezone="UTC"), RULEBOOK, NOW)

    ids = [job.job_id.lower() for job in found.jobs]
    assert len(ids) == len(set(ids))
    assert all(RULEBOOK.check(job.document, NOW).manifest for job in found.jobs)
    refused = {entry.line for entry in crontab_file.entries} - {job.line for job in found.jobs}
    assert refused <= {loss.line for loss in found.losses}


KEYS = st.sampled_from(
    [
        *("kind", "items", "metadata", "name", "labels", "annotations", "spec", "schedule"),
        *("timeZone", "suspend", "env", "jobTemplate", "template", "containers", "command"),
        *("args", "value", "valueFrom", "secretKeyRef", "key"),
        *("backoffLimit", "activeDeadlineSeconds", "startingDeadlineSeconds", "concurrencyPolicy", "image"),
    ]
)
LEAVES = st.sampled_from(
    ["CronJob", "List", "@daily", "0 5 * * 1", "UTC", "Forbid", "$(A)", "a", "", 0, 7, -1, True, None]
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))
CRONJOB = st.fixed_dictionaries(
    {
        "kind": st.just("CronJob"),
        "metadata": st.fixed_dictionaries({"name": st.just("a")}, optional={"labels": VALUES, "annotations": VALUES}),
        "spec": st.fixed_dictionaries(
            {
                "schedule": LEAVES,
                "jobTemplate": st.builds(
                    lambda job, pod, container: {
                        "spec": job | {"template": {"spec": pod | {"containers": [{"command": ["a"]} | container]}}}
                    },
                    *[st.dictionaries(KEYS, VALUES, max_size=3)] * 3,
                ),
            },
            optional={"timeZone": LEAVES, "suspend": VALUES, "concurrencyPolicy": VALUES},
        ),
    }
)


@settings(max_examples=100, deadline=None)
@given(st.lists(VALUES | CRONJOB, max_size=3))
def test_whatever_stands_in_the_documents_its_jobs_are_valid_and_no_document_is_silent(values: list[Any]) -> None:
    documents = [Original(value=value, line=number) for number, value in enumerate(values, start=1)]

    found = only_valid(cronjobs(documents), RULEBOOK, NOW)

    assert all(RULEBOOK.check(job.document, NOW).manifest for job in found.jobs)
    told = {job.line for job in found.jobs} | {loss.line for loss in found.losses}
    lists = {d.line for d in documents if isinstance(d.value, dict) and d.value.get("kind") == "List"}
    assert told | lists >= {document.line for document in documents}


# --- Kubernetes -----------------------------------------------------------------------------------------------------

_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES = {3: MONTHS, 4: SUNDAY_FIRST}
CHANGES = [(ZONE, 3, 29), (ZONE, 10, 25), ("America/New_York", 3, 8), ("America/New_York", 11, 1), ("UTC", 2, 28)]
"""The middle of each stretch that is looked at."""
KUBERNETES = [
    "30 2 * * *",
    "30 2 * * 1-5",
    "*/20 2 * * ?",
    "15 */2 * * *",
    "0 0 */2 * 1",
    "0 0 13 * fri",
    "0 0 13 */2 fri",
    "0 0 */1 * fri",
    "0 0 1,*/1 * sun",
    "0 0 */3 jan-jun */2",
    "0 0 ? * sat,sun",
    "5/15 1-3 * MAR,OCT sun",
    "@daily",
    "@weekly",
]


@pytest.mark.parametrize(("zone", "month", "day"), CHANGES)
def test_imported_cronjobs_fire_as_the_cluster_fires_them(zone: str, month: int, day: int) -> None:
    middle = datetime(2026, month, day, tzinfo=UTC)
    stretch = Stretch.of(ZoneInfo(zone), middle - timedelta(days=10), middle + timedelta(days=10))
    for expression in KUBERNETES:
        schedule = RULEBOOK.check_schedule(kubernetes_schedule(expression, zone), NOW).schedule
        assert schedule, expression

        found = list(fires(schedule, stretch.after, stretch.until))

        assert found == list(_cluster_fires(expression, stretch)), expression


def _cluster_fires(expression: str, stretch: Stretch) -> Iterator[datetime]:
    """Every minute that is lived whose clock and calendar match: none is made up for, and none is left out."""
    nicknames = {"@daily": "0 0 * * *", "@weekly": "0 0 * * 0"}
    minutes, hours, days, months, weekdays = (
        _values(n, field) for n, field in enumerate(nicknames.get(expression, expression).lower().split())
    )
    on_day = _day_test(days, months, weekdays)
    for minute, wall in stretch.lived:
        inside = stretch.after < minute <= stretch.until
        if inside and wall.minute in minutes[0] and wall.hour in hours[0] and on_day(wall.date()):
            yield minute


def _day_test(days: "Values", months: "Values", weekdays: "Values") -> Callable[[date], bool]:
    def on_day(when: date) -> bool:
        in_month, in_week = when.day in days[0], when.isoweekday() % 7 in weekdays[0]
        both = in_month and in_week if days[1] or weekdays[1] else in_month or in_week
        return when.month in months[0] and both

    return on_day


Values = tuple[set[int], bool]


def _values(position: int, field: str) -> Values:
    """The values of a field, and whether it is one that leaves everything open."""
    low, high = _SPANS[position]
    values: set[int] = set()
    is_open = False
    for term in field.split(","):
        span, _, step = term.partition("/")
        is_open = is_open or (span in "*?" and step in ("", "1"))
        first, _, last = (f"{low}-{high}" if span in "*?" else span).partition("-")
        begin, end = (_number(position, word) if word else None for word in (first, last))
        assert begin is not None
        values |= set(range(begin, (end or (high if step else begin)) + 1, int(step or 1)))
    return values, is_open


def _number(position: int, word: str) -> int:
    names = _NAMES.get(position, [])
    return names.index(word) + _SPANS[position][0] if word in names else int(word)
