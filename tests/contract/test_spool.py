"""Contract of ``Spool``, on files and on the fake."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOW
from fakes import FakeSpool

from tasks_service.adapters.file_spool import FileSpool
from tasks_service.core.artifact import Artifact
from tasks_service.core.ports import Spool
from tasks_service.core.run import OutputLine, RunEnd, RunError, RunResult, RunState

FILE = Artifact.of("a.bin", bytes(range(256)))


@pytest.fixture(params=["files", "fake"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    yield FileSpool(tmp_path / "spool") if request.param == "files" else FakeSpool()


def end(run_id: str, minutes: int = 0, **fields: object) -> RunEnd:
    result = RunResult(
        run_id=run_id, state=RunState.FAILED, error=RunError(type="E", message="n\u2028o"), artifacts=(FILE,)
    )
    return RunEnd(result=result, owner="me", at=NOW + timedelta(minutes=minutes), **fields)  # type: ignore[arg-type]


def test_what_is_kept_comes_back_whole_and_in_order(spool: Spool) -> None:
    line = OutputLine(seq=1, at=NOW, stream="stdout", text="é\ud83d")
    late, early = end("b", 2, lines=(line,), retry_at=NOW, reason="no"), end("a", 1)

    spool.keep(late)
    spool.keep(early)

    assert spool.kept() == [early, late]


def test_an_empty_spool_holds_nothing_and_forgets_nothing(spool: Spool) -> None:
    spool.drop("nobody")
    assert spool.kept() == []


def test_an_end_is_replaced_and_dropped(spool: Spool) -> None:
    spool.keep(end("a"))
    spool.keep(end("a", 5))
    assert spool.kept() == [end("a", 5)]
    spool.drop("a")
    assert spool.kept() == []


def test_what_cannot_be_read_is_left_alone_and_the_rest_is_given(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path)
    spool.keep(end("../a"))
    broken = tmp_path / "b.json"
    broken.write_text('{"result": ')

    assert spool.kept() == [end("../a")]
    assert broken.exists()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*a.json")), "output is for its owner only"
