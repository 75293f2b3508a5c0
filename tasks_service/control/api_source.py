"""The jobs created by REST as one more source of manifests, so that they are reconciled like files."""

from collections.abc import Callable
from hashlib import sha256
from threading import Event

from tasks_service.core.diagnostics import Diagnostic, placed
from tasks_service.core.errors import NotFound
from tasks_service.core.ports import Clock
from tasks_service.core.state import API_SOURCE, Origin, Snapshot, Sourced
from tasks_service.core.stores import ApiManifest, ManifestStore
from tasks_service.core.validation import Rulebook


class ApiSource:
    """Implements ``ManifestSource`` over the manifest store."""

    def __init__(self, store: ManifestStore, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock

    @property
    def name(self) -> str:
        """The name of the source."""
        return API_SOURCE

    def snapshot(self) -> Snapshot:
        """All definitions, checked again: a job type may be gone since they were stored."""
        now = self._clock.now()
        stored = sorted(self._store.all(), key=lambda m: m.sourced.manifest.key)
        manifests: list[Sourced] = []
        problems: list[Diagnostic] = []
        for item in stored:
            checked = self._rulebook.check(item.document, now, by_api=True)
            path = item.sourced.manifest.job_id
            if checked.manifest:
                origin = Origin(source=API_SOURCE, path=path)
                manifests.append(Sourced(manifest=checked.manifest, origin=origin, author=item.actor))
                continue
            problems += [placed(f, path=path) for f in checked.findings if f.severity == "error"]
        return Snapshot(
            source=API_SOURCE,
            revision=_revision(stored),
            read_at=now,
            manifests=tuple(manifests),
            problems=tuple(problems),
            files=len(stored),
        )

    def objection(self, revision: str, since: str) -> str:
        """None: each write was allowed when it came."""
        return ""

    def poke(self) -> None:
        """Nothing lies elsewhere."""

    def text(self, path: str) -> bytes:
        """Jobs of the API stand in no file."""
        raise NotFound(f"job {path!r} was created by the API and stands in no file")

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        """Nothing to watch: every write of the API wakes the reconciler itself."""
        stop.wait()


def _revision(stored: list[ApiManifest]) -> str:
    lines = [f"{m.sourced.manifest.key} {m.version} {m.updated_at.isoformat()}" for m in stored]
    return sha256("\n".join(lines).encode()).hexdigest()[:12]
