"""Definitions: create, replace and delete the jobs that the API owns, and refuse where a file owns the job."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

from tasks_service.control.catalog import Catalog
from tasks_service.control.views import JobView, SyncState, Verdict
from tasks_service.core.calendar_plan import unknown_references
from tasks_service.core.diagnostics import Diagnostic, errors, placed
from tasks_service.core.errors import Conflict, Forbidden, InvalidInput, NotFound, OwnedByFile, TasksError
from tasks_service.core.job_calendars import calendar_names
from tasks_service.core.manifest import JobManifest
from tasks_service.core.ports import Clock, ManifestText
from tasks_service.core.state import API_SOURCE, Origin, Sourced
from tasks_service.core.stores import AuditEntry, CalendarStore, Happening, Journal, ManifestStore
from tasks_service.core.validation import Rulebook

PATIENCE_SECONDS = 2.0
"""How long a write waits for the leader; without one it is answered all the same, as ``OutOfSync``."""
_LOOK_AGAIN_SECONDS = 0.03
GUARDED_TYPES = frozenset({"command", "http_request"})
"""Job types that let their author run or reach anything: closed to strangers."""


def refuse_strangers(job_type: str, *, trusted: bool) -> None:
    """Raise ``Forbidden`` where somebody without a key would get to define what the machine executes."""
    if job_type in GUARDED_TYPES and not trusted:
        raise Forbidden(
            f"jobs of type {job_type} cannot be created, edited or given parameters through an API without keys",
            hint="set TASKS_API_KEY, or listen on 127.0.0.1 only, or commit the job as a file",
        )


class Definitions:
    """Writes of API-owned jobs. Every write is audited, refused ones too."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        rulebook: Rulebook,
        text: ManifestText,
        manifests: ManifestStore,
        calendars: CalendarStore,
        journal: Journal,
        wake: Callable[[], None],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._rulebook = rulebook
        self._text = text
        self._manifests = manifests
        self._calendars = calendars
        self._journal = journal
        self._wake = wake
        self._patience = patience

    def create(self, document: Mapping[str, Any], actor: str, *, trusted: bool) -> JobView:
        """Store a new job; a missing job_id is generated. ``InvalidInput``, ``Conflict``, ``Forbidden``.

        ``trusted`` is False where the service listens publicly without keys: then ``command`` and ``http_request`` are
        forbidden.
        """
        wanted = {"job_id": _generated_id(document), **document}
        name = str(wanted["job_id"])

        def write() -> None:
            refuse_strangers(str(wanted.get("job_type")), trusted=trusted)
            manifest = self._valid(wanted)
            self._refuse_taken(manifest)
            self._manifests.put(_sourced(manifest), wanted, actor, self._clock.now(), 0)

        self._audited("job.create", name, actor, write)
        return self._followed(name)

    def replace(
        self, job_id: str, document: Mapping[str, Any], actor: str, *, trusted: bool, expected: int | None = None
    ) -> JobView:
        """Replace a job; absent top-level keys keep their value. ``OwnedByFile`` for a file's job."""
        view = self._catalog.job(job_id)

        def write() -> None:
            self._refuse_file(view, "edit")
            stored = self._manifests.find(job_id)
            if stored is None:
                raise NotFound(f"there is no job {job_id!r}")
            wanted = {**stored.document, **document}
            refuse_strangers(view.manifest.job_type, trusted=trusted)
            refuse_strangers(str(wanted.get("job_type")), trusted=trusted)
            manifest = self._valid(wanted)
            if manifest.key != view.manifest.key:
                raise Conflict(
                    f"job_id {manifest.job_id!r} in the body is not the job {view.job_id!r} of the address",
                    hint="a job is renamed by creating the new one with previous_ids and deleting the old one",
                )
            version = stored.version if expected is None else expected
            self._manifests.put(_sourced(manifest), wanted, actor, self._clock.now(), version)

        self._audited("job.replace", view.job_id, actor, write)
        return self._followed(job_id)

    def delete(self, job_id: str, actor: str) -> JobView:
        """Delete a job; returns it as it was. ``OwnedByFile`` for a file's job."""
        view = self._catalog.job(job_id)

        def write() -> None:
            self._refuse_file(view, "delete")
            self._manifests.delete(job_id, actor, self._clock.now())

        self._audited("job.delete", view.job_id, actor, write)
        return view

    def check(self, document: Mapping[str, Any]) -> Verdict:
        """What validation says of a draft, without storing anything."""
        wanted = {"job_id": _generated_id(document), **document}
        checked = self._rulebook.check(wanted, self._clock.now(), by_api=True)
        unknown = self._unknown(_sourced(checked.manifest)) if checked.manifest else []
        problems = (*(placed(finding) for finding in checked.findings), *(replace(p, path="") for p in unknown))
        manifest = None if unknown else checked.manifest
        return Verdict(manifest=manifest, yaml=self._text.write(wanted) if manifest else "", problems=problems)

    def check_text(self, text: str) -> Verdict:
        """The same for YAML."""
        reading = self._text.read(text, "")
        own = {draft.manifest.key: draft.manifest.calendar_id for draft in reading.calendars}
        unknown = [p for job in reading.manifests for p in self._unknown(job, own)]
        only = reading.manifests[0].manifest if len(reading.manifests) == 1 and not unknown else None
        return Verdict(manifest=only, yaml=text, problems=(*reading.problems, *unknown))

    def _unknown(self, job: Sourced, own: Mapping[str, str] | None = None) -> list[Diagnostic]:
        """The calendars that a draft refers to and that are neither in force nor in the same text."""
        if not calendar_names(job.manifest.schedule):
            return []
        names = {applied.calendar.key: applied.calendar.calendar_id for applied in self._calendars.all()}
        return unknown_references(job, names | dict(own or {}))

    def yaml(self, job_id: str) -> str:
        """The manifest of a job as YAML, ready to be committed."""
        return self._text.write(self._catalog.job(job_id).manifest.given())

    def _followed(self, job_id: str) -> JobView:
        """The job once the leader has applied it, so that it can be paused or run; after the patience, as it is."""
        until = self._clock.monotonic() + self._patience
        view = self._catalog.job(job_id)
        while view.sync.state == SyncState.OUT_OF_SYNC and self._clock.monotonic() < until:
            Event().wait(_LOOK_AGAIN_SECONDS)
            view = self._catalog.job(job_id)
        return view

    def _valid(self, document: Mapping[str, Any]) -> JobManifest:
        verdict = self.check(document)
        if verdict.manifest is None:
            found = errors(verdict.problems)
            first = found[0].message if found else "it cannot be read"
            raise InvalidInput(f"the job is not valid: {first}", diagnostics=verdict.problems)
        return verdict.manifest

    def _refuse_taken(self, manifest: JobManifest) -> None:
        try:
            view = self._catalog.job(manifest.job_id)
        except NotFound:
            return
        self._refuse_file(view, "create")
        raise Conflict(f"there is a job {view.job_id!r} already", hint=f"PUT /api/jobs/{view.job_id} replaces it")

    def _refuse_file(self, view: JobView, verb: str) -> None:
        if not view.origin.by_api:
            raise OwnedByFile(
                f"job {view.job_id!r} is defined by {view.origin}: {verb} it there",
                path=view.origin.path,
                line=view.origin.line,
                hint="files own their jobs; pause, resume and run stay possible here",
            )

    def _audited(self, action: str, job_id: str, actor: str, write: Callable[[], None]) -> None:
        now = self._clock.now()
        try:
            write()
        except TasksError as error:
            self._journal.audit(
                AuditEntry(at=now, actor=actor, action=action, object=job_id, outcome=f"refused: {error.message}")
            )
            raise
        self._journal.audit(AuditEntry(at=now, actor=actor, action=action, object=job_id))
        self._journal.publish([Happening(at=now, kind=f"{action}_requested", job_id=job_id, data={"actor": actor})])
        self._wake()


def _generated_id(document: Mapping[str, Any]) -> str:
    return f"{document.get('job_type', 'job')}-{secrets.token_hex(4)}"


def _sourced(manifest: JobManifest) -> Sourced:
    return Sourced(manifest=manifest, origin=Origin(source=API_SOURCE, path=manifest.job_id))
