"""A job that fires every second, after three days of downtime: few rows, little memory."""

import tracemalloc
from typing import Any

import pytest
from builders import make_facts, make_manifest, make_sourced
from fakes import FakeClock
from workbench import Workbench

from tasks_service.core.settlement import settle_slots

DAYS = 3
SLOTS = DAYS * 86400
EVERY_SECOND = [{"trigger": "interval", "seconds": 1}, {"trigger": "cron", "second": "*"}]
MOST_MEMORY = 4 * 2**20
"""Bytes; the slots alone, as datetimes, would be twelve MiB."""


@pytest.mark.parametrize("schedule", EVERY_SECOND, ids=["interval", "cron"])
@pytest.mark.parametrize("catch_up", ["latest", "all", "none"])
def test_three_days_of_seconds_become_a_few_rows_that_cover_them_all(
    bench: Workbench, schedule: dict[str, Any], catch_up: str
) -> None:
    policy = {"overlap": "allow", "catch_up": {"policy": catch_up, "max_runs": 10}}
    bench.commit(make_sourced(schedule=schedule, policy=policy))
    bench.clock.advance(SLOTS)

    bench = bench.restart()

    rows = bench.rows()
    assert sum(row.count for row in rows) == SLOTS
    assert len(rows) <= 12
    assert len(bench.all_runs()) == {"latest": 1, "all": 10, "none": 1}[catch_up]


@pytest.mark.parametrize("schedule", EVERY_SECOND, ids=["interval", "cron"])
def test_settling_three_days_of_seconds_keeps_none_of_them_in_memory(schedule: dict[str, Any]) -> None:
    clock = FakeClock()
    manifest = make_manifest(schedule=schedule, policy={"catch_up": {"policy": "all", "max_runs": 10}})
    facts = make_facts(cursor=clock.now())
    now = clock.advance(SLOTS)
    settle_slots(make_facts(cursor=now), manifest, now, now)  # what is made once is not counted

    tracemalloc.start()
    try:
        settlement = settle_slots(facts, manifest, now, now)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sum(entry.count for entry in settlement.entries) == SLOTS
    assert peak < MOST_MEMORY
