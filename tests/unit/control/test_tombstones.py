"""A deleted job that comes back within 30 days is the same job; later it is another one."""

import pytest
from workbench import Workbench, at_hour

DAY = 86400


@pytest.mark.parametrize(("days", "same"), [(29.9, True), (30.1, False)])
def test_a_job_that_comes_back_is_the_same_for_thirty_days(bench: Workbench, days: float, same: bool) -> None:
    bench.commit(at_hour("a", hour=13), at_hour("b"))
    uid = bench.job("a").job_uid
    bench.pass_time("2026-11-23 13:30")
    bench.finish_all()
    bench.overrides.pause("a", "ann", reason="vendor outage")
    bench.commit(at_hour("b"))
    assert [job.job_id for job in bench.catalog.jobs()] == ["b"]

    bench.clock.advance(days * DAY)
    bench.commit(at_hour("a", hour=13), at_hour("b"))

    job = bench.job("a")
    assert (job.job_uid == uid, job.paused, len(job.recent_runs)) == (same, same, int(same))
