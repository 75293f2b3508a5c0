"""The manifests that a command is asked to look at: files and directories, or the configured directory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tasks_service.app.manifests import directory, manifest_text
from tasks_service.cli.problem import fail
from tasks_service.core.calendar import Calendar, by_key
from tasks_service.core.calendar_plan import duplicate_calendars, single_calendars, unknown_references
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.ports import MAX_MANIFEST_BYTES, CalendarDraft
from tasks_service.core.state import Sourced, SourcedCalendar, duplicate_problems, without_duplicates
from tasks_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read: the manifests without an error, and all findings by place."""

    manifests: tuple[Sourced, ...]
    problems: tuple[Diagnostic, ...]
    files: int
    calendars: tuple[SourcedCalendar, ...] = ()
    known: Mapping[str, Calendar] = field(default_factory=dict)
    """All calendars that the jobs may refer to, by key: also those of the configured directory."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files in which something was found, be it a document or a problem."""
        jobs, calendars = ({d.origin.path for d in of} for of in (self.manifests, self.calendars))
        return tuple(sorted({*jobs, *calendars, *(p.path for p in self.problems)}))

    @property
    def wrong(self) -> bool:
        """Whether a finding forbids a manifest."""
        return bool(errors(self.problems))


def read_manifests(settings: Settings, paths: Sequence[Path] | None) -> Found:
    """Read files and directories as one: a name in two of them is an error. Ends with 2 where one is missing.

    Calendars that jobs refer to may also stand in the configured directory.
    """
    parts = [_part(settings, path) for path in _distinct(paths or [settings.manifests])]
    single, refused = without_duplicates([m for part in parts for m in part.manifests])
    calendars, twice = single_calendars(c for part in parts for c in part.calendars)
    known = _elsewhere(settings, paths) | by_key([c.calendar for c in calendars])
    names = {key: calendar.calendar_id for key, calendar in known.items()}
    unknown = {id(m): unknown_references(m, names) for m in single}
    problems = [
        *(p for part in parts for p in part.problems),
        *duplicate_problems(refused),
        *duplicate_calendars(twice),
        *(p for found in unknown.values() for p in found),
    ]
    return Found(
        manifests=tuple(m for m in single if not unknown[id(m)]),
        problems=tuple(sorted(problems, key=lambda p: (p.path, p.line, p.column))),
        files=sum(part.files for part in parts),
        calendars=calendars,
        known=known,
    )


def _elsewhere(settings: Settings, paths: Sequence[Path] | None) -> dict[str, Calendar]:
    """The calendars of the configured directory, where only a part of it was asked for."""
    if not paths or not settings.manifests.is_dir():
        return {}
    with suppress(SourceUnavailable):
        return by_key([c.calendar for c in directory(settings).snapshot().calendars])
    return {}


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
    calendars, problems = _with_files(settings, path, reading.calendars)
    return Found(manifests=reading.manifests, calendars=calendars, problems=(*reading.problems, *problems), files=1)


def _with_files(
    settings: Settings, path: Path, drafts: Sequence[CalendarDraft]
) -> tuple[tuple[SourcedCalendar, ...], tuple[Diagnostic, ...]]:
    """The calendars of one file; what they name lies in the configured directory, or else beside the file."""
    inside = path.resolve().is_relative_to(settings.manifests.resolve())
    root = settings.manifests.resolve() if inside else path.resolve().parent
    here = path.resolve().relative_to(root).as_posix()
    placed = [replace(draft, origin=replace(draft.origin, path=here)) for draft in drafts]
    try:
        found = directory(settings, root=root).calendars_of(placed)
    except SourceUnavailable as error:
        fail(error.message, error.hint)
    return (
        tuple(replace(c, origin=replace(c.origin, path=str(path))) for c in found.sourced),
        tuple(replace(p, path=str(path)) for p in found.problems),
    )


def _directory(settings: Settings, path: Path) -> Found:
    try:
        snapshot = directory(settings, root=path).snapshot()
    except SourceUnavailable as error:
        fail(error.message, error.hint)
    return Found(
        manifests=tuple(
            replace(m, origin=replace(m.origin, path=str(path / m.origin.path))) for m in snapshot.manifests
        ),
        calendars=tuple(
            replace(c, origin=replace(c.origin, path=str(path / c.origin.path))) for c in snapshot.calendars
        ),
        problems=tuple(replace(p, path=str(path / p.path)) for p in snapshot.problems),
        files=snapshot.files,
    )
