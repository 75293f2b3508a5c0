"""How job code tells its progress."""

from tasks_service.core.progress import LONGEST_TEXT, ProgressReport, amount
from tasks_service.sandbox.slate import write_slate


class SlateProgress:
    """Implements ``TellProgress`` by a slate; safe in threads, and in processes that a job forks."""

    def __init__(self, slate: int) -> None:
        self._slate = slate

    def __call__(self, done: float, total: float | None = None, text: str = "") -> None:
        """Replace what was told before."""
        whole = None if total is None else amount(total, "total")
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, not {type(text).__name__}")
        readable = text[:LONGEST_TEXT].encode(errors="replace").decode()
        write_slate(self._slate, ProgressReport(done=amount(done, "done"), total=whole, text=readable))
