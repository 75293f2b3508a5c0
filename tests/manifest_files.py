"""Manifests on disk, a reader that counts, and a watcher that looks only when it is woken."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.ports import Clock, ManifestSource, Reading
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types


def job(name: str, hour: int = 3) -> str:
    """A manifest of always the same length."""
    return (
        f"job_id: {name}\njob_type: command\n"
        f'schedule: {{trigger: cron, expression: "0 {hour} * * *"}}\nparameters: {{argv: ["true"]}}\n'
    )


def swap(link: Path, target: str) -> None:
    """Let a link point elsewhere in one step, as git-sync and Kubernetes do."""
    fresh = link.with_name(f"{link.name}.fresh")
    fresh.symlink_to(target)
    fresh.replace(link)


class CountingText(YamlManifests):
    """The reader of manifests; ``read_paths`` tells what it was given, and ``before`` is called each time."""

    def __init__(self, rulebook: Rulebook, clock: Clock) -> None:
        super().__init__(rulebook, clock)
        self.read_paths: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def read(self, text: str | bytes, path: str) -> Reading:
        self.read_paths.append(path)
        self.before()
        return super().read(text, path)


def reader(clock: Clock) -> CountingText:
    """A reader that knows the job types of this installation."""
    return CountingText(Rulebook(types=load_job_types()), clock)


def names(source: ManifestSource) -> set[str]:
    """The jobs that a source holds; none where it cannot be read."""
    try:
        return {m.manifest.job_id for m in source.snapshot().manifests}
    except SourceUnavailable:
        return set()


class Watcher:
    """Looks at a source after each wake, and never otherwise."""

    def __init__(self, source: ManifestSource) -> None:
        self._source = source
        self._wakes: Queue[None] = Queue()

    def wake(self) -> None:
        self._wakes.put(None)

    def until(self, *wanted: str, seconds: float = 10) -> None:
        """Wait for the wake after which the source holds just these jobs."""
        deadline, found = time.monotonic() + seconds, None
        while found != set(wanted):
            try:
                self._wakes.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(f"no wake led to {wanted}; the last one to {found}") from None
            found = names(self._source)


@contextmanager
def watching(source: ManifestSource) -> Iterator[Watcher]:
    """A thread that watches a source; it must end soon after it is told to."""
    watcher, stop = Watcher(source), Event()
    thread = Thread(target=source.watch, args=(watcher.wake, stop), daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()
