"""Contract of ``TallyStore``: everything that ended is added once, and nothing is ever taken away."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path
from typing import Any

from builders import make_manifest, make_schedule
from databases import engine_of, migrate_to, opened
from ledger_rows import HOUR, create, ended, held, running, settle, skip, slot, start
from sqlalchemy import event, text

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tallies import SqlTallies
from tasks_service.core.backfill import AFTER_PAUSE
from tasks_service.core.run import RunState
from tasks_service.core.stores import Stores
from tasks_service.core.tally import Measure, Tally


def finished(stores: Stores, hours: float, state: RunState = RunState.SUCCEEDED) -> None:
    stores.ledger.finish(ended(running(stores, hours), state), "me", slot(hours) + HOUR / 2)


def gathered(stores: Stores, limit: int = 100) -> list[Tally]:
    while stores.tallies.gather(limit):
        pass
    return stores.tallies.all()


def counts(tallies: list[Tally], measure: Measure) -> Counter[str]:
    found: Counter[str] = Counter()
    for tally in tallies:
        if tally.measure is measure:
            found[tally.facet] += tally.times
    return found


def test_what_ended_is_added_once_with_all_that_was_measured(stores: Stores) -> None:
    create(stores)
    finished(stores, 1)
    finished(stores, 2)
    finished(stores, 3, RunState.FAILED)
    running(stores, 4)

    tallies = gathered(stores)

    assert gathered(stores) == tallies
    assert counts(tallies, Measure.RUNS) == {"succeeded": 2, "failed": 1}
    assert counts(tallies, Measure.OCCURRENCES) == {"succeeded": 2, "failed": 1}
    found = {(t.measure, t.facet): (t.job_type, t.le, t.times, t.total) for t in tallies}
    assert found[Measure.DURATION, "succeeded"] == ("command", 1800, 2, 3600.0)
    assert found[Measure.LATENESS, "schedule"] == ("command", 0.1, 3, 0.0)
    assert found[Measure.CPU, ""] == ("command", 0.5, 3, 1.5)
    assert found[Measure.MEMORY, ""] == ("command", 16 * 2**20, 3, 30.0)
    assert found[Measure.RUNS, "failed"] == ("command", inf, 1, 0.0)


def test_a_run_that_never_started_has_neither_duration_nor_lateness(stores: Stores) -> None:
    create(stores)
    [run] = settle(stores, start(slot(1)))
    stores.ledger.cancel_queued(run.run_id, "ann", "wrong day", slot(2))

    assert {(t.measure, t.facet) for t in gathered(stores)} == {
        (Measure.RUNS, "cancelled"),
        (Measure.OCCURRENCES, "cancelled"),
    }


def test_an_attempt_that_is_tried_again_is_a_run_and_no_occurrence_yet(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), retry_at=slot(3))

    tallies = gathered(stores)
    assert (counts(tallies, Measure.RUNS), counts(tallies, Measure.OCCURRENCES)) == ({"failed": 1}, {})

    [again] = stores.ledger.ready(slot(3), 10)
    stores.ledger.start(again.run_id, "me", "node", slot(3))
    stores.ledger.finish(ended(again), "me", slot(4))

    tallies = gathered(stores)
    assert counts(tallies, Measure.RUNS) == {"failed": 1, "succeeded": 1}
    assert counts(tallies, Measure.OCCURRENCES) == {"succeeded": 1}
    assert counts(tallies, Measure.LATENESS) == {"schedule": 1}, "the second attempt waited on purpose"


def test_a_range_that_grows_adds_what_it_grew_by(stores: Stores) -> None:
    create(stores)
    settle(stores, skip(slot(1), slot(3), 3))
    assert counts(gathered(stores), Measure.OCCURRENCES) == {"skipped_paused": 3}

    settle(stores, skip(slot(4), slot(8), 5))

    assert counts(gathered(stores), Measure.OCCURRENCES) == {"skipped_paused": 8}


def test_what_is_left_of_a_range_is_not_added_again(stores: Stores) -> None:
    create(stores, manifest=make_manifest(schedule=make_schedule(hours=1)))
    settle(stores, skip(slot(1), slot(4), 4))
    gathered(stores)
    settle(stores, skip(slot(5), slot(8), 4))  # added by nobody yet

    stores.ledger.reclaim(held(stores), [slot(2), slot(6)], AFTER_PAUSE, slot(9))

    # The first four stay added; of the others three are left, because one was caught up before anybody added it.
    assert counts(gathered(stores), Measure.OCCURRENCES) == {"skipped_paused": 4 + 3}


def test_what_retention_drops_stays_added(stores: Stores) -> None:
    create(stores)
    for n in range(1, 6):
        finished(stores, n)
    before = gathered(stores)

    assert stores.ledger.forget(slot(50), keep_per_job=1, limit=100) == 4

    assert gathered(stores) == before


def test_many_processes_that_gather_at_once_add_everything_once(stores: Stores, database_url: str) -> None:
    create(stores)
    for n in range(1, 41):
        finished(stores, n)

    def gather(_: int) -> int:
        added = 0
        with opened(database_url) as own:
            while more := own.tallies.gather(3):
                added += more
        return added

    with ThreadPoolExecutor(4) as pool:
        added = sum(pool.map(gather, range(4)))

    tallies = gathered(stores)
    assert counts(tallies, Measure.RUNS) == counts(tallies, Measure.OCCURRENCES) == {"succeeded": 40}
    assert added <= 80


def test_looking_for_what_is_new_reads_an_index_and_never_the_history(sqlite_template: Path) -> None:
    asked: list[tuple[str, Any]] = []
    with engine_of(f"sqlite:///{sqlite_template}") as engine:
        event.listen(engine, "before_cursor_execute", lambda _c, _cur, words, values, *_: asked.append((words, values)))
        SqlTallies(engine).gather(10)
        looked = [one for one in asked if "counted" in one[0]]
        with read(engine) as connection:
            plans = [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all() for words, values in looked
            ]

    assert [[step.detail for step in plan] for plan in plans] == [
        ["SCAN runs USING INDEX ix_runs_uncounted"],
        ["SCAN occurrences USING INDEX ix_occurrences_uncounted"],
    ]


def test_the_history_of_an_older_version_is_left_out_and_what_was_under_way_is_not(empty_url: str) -> None:
    with engine_of(empty_url) as engine:
        with write(engine) as connection:
            migrate_to(connection, "r0004")
            for statement in _OLD:
                connection.execute(text(statement))
        with opened(empty_url) as stores:
            stores.database.migrate()
            assert gathered(stores) == []
        with write(engine) as connection:
            connection.execute(text("UPDATE runs SET state = 'lost', finished_at = due_at WHERE run_id = 'running'"))
            connection.execute(text("UPDATE occurrences SET outcome = 'lost' WHERE slot = 'running'"))
        with opened(empty_url) as stores:
            tallies = gathered(stores)
    assert counts(tallies, Measure.RUNS) == counts(tallies, Measure.OCCURRENCES) == {"lost": 1}


_OLD = (
    """
    INSERT INTO jobs (job_uid, job_id, job_key, job_type, manifest, digest, source, path, line, revision, applied_at,
    cursor, halted) VALUES ('u', 'j', 'j', 'command', '{}', 'd', 's', 'p', 1, 'r', '2026-11-23T12:00:00.000000Z',
    '2026-11-23T12:00:00.000000Z', FALSE)
    """,
    """
    INSERT INTO occurrences (occurrence_id, job_uid, job_id, slot, due_at, until, slots, trigger, outcome, reason,
    digest, revision, recorded_at) SELECT n, job_uid, job_id, slot, cursor, cursor, 1, 'schedule', outcome, '', digest,
    revision, cursor FROM jobs, (SELECT 1 AS n, 'ended' AS slot, 'failed' AS outcome UNION SELECT 2, 'running', NULL) o
    """,
    """
    INSERT INTO runs (number, run_id, occurrence_id, attempt, job_uid, job_id, job_type, slot, due_at, trigger, state,
    digest, revision, parameters, exclusive, queued_at, not_before, finished_at, owner, node, actor,
    cancel_requested_by, cancel_reason) SELECT occurrence_id, slot, occurrence_id, 1, job_uid, job_id, 'command', slot,
    due_at, trigger, coalesce(outcome, 'running'), digest, revision, '{}', TRUE, due_at, due_at,
    CASE WHEN outcome IS NOT NULL THEN due_at END, '', '', '', '', '' FROM occurrences
    """,
)
"""A run that ended and one that is running, as the schema of r0004 has them."""
