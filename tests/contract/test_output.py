"""The contract of the store of output, and what became of what older versions had kept."""

from datetime import timedelta
from uuid import uuid4

from builders import NOW
from databases import engine_of, migrate_to, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.output_blocks import LONGEST_BLOCK
from tasks_service.adapters.sql.tables import output_blocks
from tasks_service.core.run import OutputLine
from tasks_service.core.stores import Stores

MANY = 3 * LONGEST_BLOCK + 7


def printed(count: int) -> list[OutputLine]:
    return [
        OutputLine(
            seq=n,
            at=NOW + timedelta(microseconds=n),
            stream=("stdout", "stderr", "system")[n % 3],
            text=f"line {n} é\u2028",
        )
        for n in range(1, count + 1)
    ]


def test_output_is_read_from_a_line_on_and_from_the_end(stores: Stores) -> None:
    lines = printed(10)
    stores.output.append([("run", line) for line in lines])

    assert stores.output.read("run") == lines
    assert stores.output.read("run", after=4, limit=2) == lines[4:6]
    assert stores.output.read("run", after=10) == stores.output.read("other") == []
    assert stores.output.tail("run", 3) == lines[7:]
    assert stores.output.tail("run", 100) == lines
    assert stores.output.tail("other", 3) == []


def test_much_output_of_several_runs_at_once_is_kept_apart_and_in_order(stores: Stores) -> None:
    lines = printed(MANY)
    stores.output.append([(run_id, line) for line in lines for run_id in ("b", "a")])

    for run_id in ("a", "b"):
        assert stores.output.read(run_id) == lines
        assert stores.output.read(run_id, after=LONGEST_BLOCK - 1, limit=3) == lines[LONGEST_BLOCK - 1 :][:3]
        assert stores.output.tail(run_id, LONGEST_BLOCK + 1) == lines[-LONGEST_BLOCK - 1 :]


def test_what_no_database_can_hold_is_replaced(stores: Stores) -> None:
    stores.output.append([("run", OutputLine(seq=1, at=NOW, stream="stdout", text="a\0b\ud83d"))])
    assert [line.text for line in stores.output.read("run")] == ["a\ufffdb\ufffd"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8), st.integers(0, 32), st.integers(1, 40))
def test_lines_that_are_handed_in_again_are_kept_once(
    stores: Stores, again: list[tuple[int, int]], after: int, limit: int
) -> None:
    """Whatever was handed in before a crash, and in whatever parts all of it comes after that."""
    run_id, lines = uuid4().hex, printed(30)
    for start, stop in [*again, (0, 11), (11, 30)]:
        stores.output.append([(run_id, line) for line in lines[start:stop]])

    assert stores.output.read(run_id, after=after, limit=limit) == lines[after : after + limit]
    assert stores.output.tail(run_id, limit) == lines[-limit:]


def test_output_of_an_older_version_is_there_after_its_upgrade(empty_url: str) -> None:
    with engine_of(empty_url) as engine:
        with write(engine) as connection:
            migrate_to(connection, "r0016")
            for run_id, count in (("long", MANY), ("short", 1)):
                rows = [
                    {"run": run_id, "seq": n, "at": f"2030-01-01T00:00:00.{n:06}Z", "text": f"line {n}"}
                    for n in range(1, count + 1)
                ]
                connection.execute(text("INSERT INTO output VALUES (:run, :seq, :at, 'stderr', :text)"), rows)
        with opened(empty_url) as stores:
            stores.database.migrate()
            long, short = stores.output.read("long"), stores.output.read("short")
        with read(engine) as connection:
            kept = connection.execute(select(output_blocks.c.run_id)).scalars().all()

    assert [(line.seq, line.text, line.at.microsecond) for line in long] == [
        (n, f"line {n}", n) for n in range(1, MANY + 1)
    ]
    assert [(line.stream, line.text) for line in short] == [("stderr", "line 1")]
    assert sorted(kept) == ["long"] * 4 + ["short"]
