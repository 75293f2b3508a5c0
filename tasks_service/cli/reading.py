"""The manifests that a command is asked to look at: files and directories, or the configured directory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tasks_service.app.manifests import directory, manifest_text
from tasks_service.cli.problem import fail
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.ports import MAX_MANIFEST_BYTES
from tasks_service.core.state import Sourced, duplicate_problems, without_duplicates
from tasks_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read: the manifests without an error, and all findings by place."""

    manifests: tuple[Sourced, ...]
    problems: tuple[Diagnostic, ...]
    files: int

    @property
    def wrong(self) -> bool:
        """Whether a finding forbids a manifest."""
        return bool(errors(self.problems))


def read_manifests(settings: Settings, paths: Sequence[Path] | None) -> Found:
    """Read files and directories as one: a ``job_id`` in two of them is an error. Ends with 2 where one is missing."""
    parts = [_part(settings, path) for path in _distinct(paths or [settings.manifests])]
    manifests = [m for part in parts for m in part.manifests]
    single, refused = without_duplicates(manifests)
    problems = [p for part in parts for p in part.problems] + list(duplicate_problems(refused))
    return Found(
        manifests=tuple(single),
        problems=tuple(sorted(problems, key=lambda p: (p.path, p.line, p.column))),
        files=sum(part.files for part in parts),
    )


def _distinct(paths: Sequence[Path]) -> Iterator[Path]:
    """The paths, each once, and none that lies in another one."""
    real = {path.resolve(): path for path in paths}
    for resolved, path in real.items():
        if not any(parent in real for parent in resolved.parents):
            yield path


def _part(settings: Settings, path: Path) -> Found:
    if path.is_dir() or not path.exists():
        return _directory(settings, path)
    try:
        with path.open("rb") as file:
            reading = manifest_text(settings).read(file.read(MAX_MANIFEST_BYTES + 1), str(path))
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    return Found(manifests=reading.manifests, problems=reading.problems, files=1)


def _directory(settings: Settings, path: Path) -> Found:
    try:
        snapshot = directory(settings, root=path).snapshot()
    except SourceUnavailable as error:
        fail(error.message, error.hint)
    return Found(
        manifests=tuple(
            replace(m, origin=replace(m.origin, path=str(path / m.origin.path))) for m in snapshot.manifests
        ),
        problems=tuple(replace(p, path=str(path / p.path)) for p in snapshot.problems),
        files=snapshot.files,
    )
