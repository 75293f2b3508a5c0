"""Adoption: an override as a change of the file that defines the job, to be reviewed and committed like any other."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from tasks_service.control.catalog import Catalog
from tasks_service.control.views import AdoptionView, JobView
from tasks_service.core.errors import Conflict
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import OverrideKind
from tasks_service.core.ports import ManifestSource, ManifestText
from tasks_service.core.state import Sourced
from tasks_service.core.stores import Stores


class Adoptions:
    """Makes patches; writes nothing."""

    def __init__(
        self, *, catalog: Catalog, stores: Stores, sources: Sequence[ManifestSource], text: ManifestText
    ) -> None:
        self._catalog = catalog
        self._stores = stores
        self._sources = {source.name: source for source in sources}
        self._text = text

    def adopt(self, job_id: str) -> AdoptionView:
        """The overrides of a job as a patch of its file. ``NotFound``; ``Conflict`` where there is nothing to adopt."""
        job = self._catalog.job(job_id)
        if job.origin.by_api:
            raise Conflict(
                f"job {job.job_id!r} is owned by the API: there is no file to change",
                hint=f"PUT /api/jobs/{job.job_id} with suspend and suspend_reason",
            )
        if job.override is None and job.kept is None:
            raise Conflict(f"no override is in force for job {job.job_id!r}", hint="GET /api/overrides lists all")
        path = job.origin.path
        before = self._sources[job.origin.source].text(path)
        found = self._found(before, job)
        wanted = self._as_read(self._wanted(found.manifest, job))
        after = (
            before.decode("utf-8-sig") if wanted.digest == found.manifest.digest else self._after(before, found, wanted)
        )
        return AdoptionView(
            job_id=job.job_id,
            path=path,
            line=found.origin.line,
            patch=_patch(path, before.decode("utf-8-sig"), after),
            text=after,
            words=" and ".join(_words(job)),
        )

    def _found(self, text: bytes, job: JobView) -> Sourced:
        """The document of the job in its file, which may have given it another name by now."""
        reading = self._text.read(text, job.origin.path)
        for sourced in reading.manifests:
            names = {sourced.manifest.key, *(name.lower() for name in sourced.manifest.previous_ids)}
            if job.manifest.key in names:
                return sourced
        raise Conflict(
            f"{job.origin.path} holds no valid document of job {job.job_id!r}",
            hint=str(reading.problems[0]) if reading.problems else "take its manifest from the job's page",
        )

    def _wanted(self, manifest: JobManifest, job: JobView) -> JobManifest:
        """What the file should say."""
        wanted = manifest
        if job.kept:
            wanted = self._kept(job).with_changes(job_id=manifest.job_id, previous_ids=manifest.previous_ids)
        if job.override and job.override.kind is OverrideKind.RESUME:
            return wanted.with_changes(suspend=False, suspend_reason="")
        if job.override:
            why = job.override.reason.strip() or f"paused by {job.override.actor}, who gave no reason"
            return wanted.with_changes(suspend=True, suspend_reason=why)
        return wanted

    def _kept(self, job: JobView) -> JobManifest:
        """The manifest that a hold or a pin keeps in force, perhaps from the next sync on."""
        if job.kept and job.kept.as_of:
            version = self._stores.history.applied_at(job.kept.as_of).get(job.job_uid)
            return version.manifest if version else job.manifest
        return job.manifest

    def _as_read(self, manifest: JobManifest) -> JobManifest:
        """A manifest as it comes out of a file: a version of long ago may lack parameters that have a default now."""
        reading = self._text.read(self._text.write(manifest.given()), "")
        if not reading.manifests:
            raise Conflict(
                f"what job {manifest.job_id!r} runs with is no longer valid: {reading.problems[0].message}",
                hint="edit the file by hand",
            )
        return reading.manifests[0].manifest

    def _after(self, text: bytes, found: Sourced, wanted: JobManifest) -> str:
        try:
            after = self._text.edit(text, found.manifest, wanted)
        except ValueError as error:
            raise Conflict(f"{found.origin.path} cannot be changed: {error}", hint="edit it by hand") from error
        again = [
            m.manifest for m in self._text.read(after, found.origin.path).manifests if m.manifest.key == wanted.key
        ]
        if [manifest.digest for manifest in again] != [wanted.digest]:
            raise Conflict(
                f"{found.origin.path} says it in a way that cannot be changed in place",
                hint="aliases and merged keys are edited by hand",
            )
        return after


def _words(job: JobView) -> Iterator[str]:
    for override in (job.kept, job.override):
        if override and override.kind is OverrideKind.PAUSE:
            yield "suspends the job"
        elif override and override.kind is OverrideKind.RESUME:
            yield "no longer suspends the job"
        elif override:
            yield "says what the job runs with now"


def _patch(path: str, before: str, after: str) -> str:
    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
