"""The plan desk: what a sync would do now, or with other files. A dry run: it changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Event

from tasks_service.control.plan_reports import report_of
from tasks_service.control.planner import Planner
from tasks_service.control.routed_stores import stores_away
from tasks_service.core.errors import InvalidInput, SourceUnavailable
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.manifest_files.handed import HandedFiles
from tasks_service.core.plan import hold_away
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.ports import Clock, ManifestSource
from tasks_service.core.state import API_SOURCE, Snapshot
from tasks_service.core.stores import Stores


class TakenSource:
    """Implements ``ManifestSource``: what a source said once, whatever it says meanwhile."""

    def __init__(self, source: ManifestSource, said: Snapshot | SourceUnavailable, *, handed: bool = False) -> None:
        self._source = source
        self._said = said
        self._handed = handed

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._source.name

    def snapshot(self) -> Snapshot:
        """What it said."""
        if isinstance(self._said, SourceUnavailable):
            raise self._said
        return self._said

    def objection(self, revision: str, since: str) -> str:
        """What the source itself has against a revision; files that were handed over are none of its own."""
        return "" if self._handed else self._source.objection(revision, since)

    def poke(self) -> None:
        """Nothing changes here."""

    def text(self, path: str) -> bytes:
        """What the source itself has there."""
        return self._source.text(path)

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        """Nothing changes here."""
        stop.wait()


def taken(source: ManifestSource) -> TakenSource:
    """A source as it is at this moment."""
    try:
        return TakenSource(source, source.snapshot())
    except SourceUnavailable as error:
        return TakenSource(source, error)


class PlanDesk:
    """Plans against the live jobs, with their overrides and all guards."""

    def __init__(
        self,
        *,
        clock: Clock,
        sources: Sequence[ManifestSource],
        stores: Stores,
        files: HandedFiles,
        guards: GuardRules,
        strict: bool = False,
    ) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._stores = stores
        self._files = files
        self._guards = guards
        self._strict = strict

    def report(self, files: Mapping[str, bytes] | None = None, source: str = "") -> PlanReport:
        """What a sync would do; with ``files``, if a source held these. Raises ``InvalidInput``.

        ``source`` is the name of that source; it may be empty where there is only one that holds files.
        """
        sources = self._sources
        if files is not None:
            name = self._name(source)
            said = self._files.snapshot(name, files, self._clock.now())
            sources = tuple(TakenSource(one, said, handed=True) if one.name == name else one for one in sources)
        planner = Planner(
            clock=self._clock, sources=sources, stores=self._stores, guards=self._guards, strict=self._strict
        )
        outlook = planner.look(planner.applied())
        if self._stores.second:
            away = stores_away(self._stores.second)
            outlook = replace(outlook, plan=hold_away(outlook.plan, outlook.live, away))
        return report_of(outlook)

    def _name(self, wanted: str) -> str:
        names = [source.name for source in self._sources if source.name != API_SOURCE]
        if wanted in names:
            return wanted
        if not wanted and len(names) == 1:
            return names[0]
        raise InvalidInput(
            f"there is no source {wanted!r} of files" if wanted else "there is more than one source of files",
            hint=f"source is one of {', '.join(names)}",
        )
