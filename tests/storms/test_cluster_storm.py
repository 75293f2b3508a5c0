"""The whole layout under a storm. Long: ``make storm``."""

import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from storm import Storm, judge, traces, write_jobs

from deploy.cluster.cluster import Cluster

JOBS = 200
SECONDS = 180


@pytest.mark.storm
@pytest.mark.timeout(900)
def test_no_occurrence_is_lost_or_started_twice_in_a_storm(tmp_path: Path) -> None:
    log = tmp_path / "starts.log"
    log.touch()
    write_jobs(tmp_path / "manifests", JOBS, log)
    with Cluster(tmp_path / "cluster", tmp_path / "manifests", settings=traces(tmp_path)) as cluster:
        storm = Storm(cluster, Random(7))
        storm.settled(JOBS)
        begun = time.monotonic()
        faults = [storm.kill_leader, storm.kill_worker] * 5
        faults += [storm.restart_postgres] * 2 + [lambda: storm.stop_leader(16)]
        Random(7).shuffle(faults)
        storm.blow(faults, (SECONDS - 16) / len(faults) / 2)
        time.sleep(max(0.0, SECONDS - (time.monotonic() - begun)))
        end = datetime.now(UTC)
        storm.settled(JOBS)
        time.sleep(30)  # what was due before the end comes to its own end, or is given up
        verdict = judge(next(iter(cluster.replicas)), JOBS, log, end)
    weather = storm.weather
    print(
        f"\n{verdict.slots} slots, {verdict.starts} starts, outcomes {dict(verdict.outcomes)};"
        f" takeovers after kill -9 {[round(s, 1) for s in weather.takeovers]} s,"
        f" after SIGSTOP {[round(s, 1) for s in weather.after_stop]} s;"
        f" {weather.kills_of_workers} workers killed, {weather.restarts_of_postgres} crashes of PostgreSQL"
    )
    assert verdict.uncovered == []
    assert verdict.covered_twice == []
    assert verdict.started_twice == []
    assert verdict.succeeded_unseen == []
    assert verdict.open == []
    assert max(weather.takeovers + weather.after_stop) < 10
    assert verdict.starts > 0
