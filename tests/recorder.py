"""A listener that remembers what it is told, and a way to wait for it."""

from collections.abc import Sequence
from threading import Condition

from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunResult


class Recorder:
    """Implements ``RunListener``."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._lines: dict[str, list[OutputLine]] = {}
        self._ends: dict[str, list[RunResult]] = {}
        self._progress: dict[str, list[Progress]] = {}
        self._early: set[str] = set()

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        with self._changed:
            assert run_id not in self._ends, "output after the end"
            self._lines.setdefault(run_id, []).extend(lines)
            self._changed.notify_all()

    def progress(self, run_id: str, progress: Progress) -> None:
        with self._changed:
            assert run_id not in self._ends, "progress after the end"
            self._progress.setdefault(run_id, []).append(progress)
            self._changed.notify_all()

    def finished(self, result: RunResult) -> None:
        with self._changed:
            self._ends.setdefault(result.run_id, []).append(result)
            self._changed.notify_all()

    def wait(self, run_id: str, seconds: float = 30) -> RunResult:
        """The end of a run; fails where it does not come in time."""
        with self._changed:
            assert self._changed.wait_for(lambda: run_id in self._ends, seconds), f"{run_id} does not end"
            return self._ends[run_id][0]

    def wait_for_line(self, run_id: str, text: str, seconds: float = 30) -> OutputLine:
        """The first line that contains the text."""

        def found() -> OutputLine | None:
            return next((line for line in self._lines.get(run_id, []) if text in line.text), None)

        with self._changed:
            line = self._changed.wait_for(found, seconds)
            assert line, f"{run_id} does not print {text!r}"
            return line

    def wait_for_progress(self, run_id: str, done: float, seconds: float = 30) -> Progress:
        """The first report of so much."""

        def found() -> Progress | None:
            return next((told for told in self._progress.get(run_id, []) if told.done == done), None)

        with self._changed:
            told = self._changed.wait_for(found, seconds)
            assert told, f"{run_id} does not reach {done}"
            return told

    def told(self, run_id: str) -> list[Progress]:
        """All reports of a run."""
        with self._changed:
            return list(self._progress.get(run_id, []))

    def lines(self, run_id: str) -> list[OutputLine]:
        with self._changed:
            return list(self._lines.get(run_id, []))

    def ends(self, run_id: str) -> int:
        """How often its end was told."""
        with self._changed:
            return len(self._ends.get(run_id, []))
