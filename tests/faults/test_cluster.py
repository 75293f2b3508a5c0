"""The whole layout on one machine: replicas, workers, PostgreSQL and Redis. The storm itself is ``make storm``."""

import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from running import wait_for
from storm import Storm, judge, traces, write_jobs

from deploy.cluster.cluster import Cluster

pytestmark = pytest.mark.fault

JOBS = 10


@pytest.mark.timeout(240)
def test_a_cluster_survives_the_death_of_each_of_its_parts(tmp_path: Path) -> None:
    log = tmp_path / "starts.log"
    log.touch()
    write_jobs(tmp_path / "manifests", JOBS, log)
    with Cluster(tmp_path / "cluster", tmp_path / "manifests", settings=traces(tmp_path)) as cluster:
        storm = Storm(cluster, Random(1))
        storm.settled(JOBS)
        storm.blow([storm.kill_leader, storm.kill_worker, storm.restart_postgres], pause=4)
        time.sleep(4)
        end = datetime.now(UTC)
        storm.settled(JOBS)
        time.sleep(12)  # the runs of the dead are given up
        verdict = judge(next(iter(cluster.replicas)), JOBS, log, end)
    assert storm.weather.takeovers[0] < 10
    assert (verdict.uncovered, verdict.covered_twice, verdict.started_twice) == ([], [], [])
    assert (verdict.succeeded_unseen, verdict.open) == ([], [])
    assert verdict.starts > JOBS


@pytest.mark.timeout(240)
def test_a_rolling_restart_misses_nothing(tmp_path: Path) -> None:
    log = tmp_path / "starts.log"
    log.touch()
    write_jobs(tmp_path / "manifests", JOBS, log)
    with Cluster(tmp_path / "cluster", tmp_path / "manifests", workers=0, settings=traces(tmp_path)) as cluster:
        storm = Storm(cluster, Random(1))
        storm.settled(JOBS)
        for replica in cluster.replicas.values():
            starts = replica.starts
            replica.signal(signal.SIGTERM)
            wait_for(f"{replica.name} to start again", lambda r=replica, n=starts: r.starts > n, 60)
            storm.settled(JOBS)
        end = datetime.now(UTC)
        time.sleep(6)
        verdict = judge(next(iter(cluster.replicas)), JOBS, log, end)
    assert (verdict.uncovered, verdict.covered_twice, verdict.started_twice, verdict.open) == ([], [], [], [])
    assert set(verdict.outcomes) <= {"succeeded", "open"}, "every fire was run"
