"""The run desk: run now, cancel, and the history of runs."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from tasks_service.control.catalog import Catalog
from tasks_service.control.definitions import refuse_strangers
from tasks_service.core.artifact import KeptArtifact
from tasks_service.core.diagnostics import errors, placed
from tasks_service.core.errors import Conflict, InvalidInput, NotFound
from tasks_service.core.ports import Clock
from tasks_service.core.progress import Progress
from tasks_service.core.run import Occurrence, OutputLine, Run, RunState
from tasks_service.core.run_durations import Durations
from tasks_service.core.stores import AuditEntry, Happening, Page, RunFilter, Stores, Usage
from tasks_service.core.validation import Rulebook

_KEYS = UUID("5f3c1d3a-6c0b-4d57-9d0c-0d6f6b2f6c11")
"""The namespace in which a repeated Idempotency-Key names the same run."""


class RunDesk:
    """Reads of runs, and the two requests a person may make of them."""

    def __init__(
        self, *, clock: Clock, catalog: Catalog, stores: Stores, rulebook: Rulebook, wake: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._rulebook = rulebook
        self._wake = wake

    def run_now(
        self,
        job_id: str,
        actor: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        reason: str = "",
        trusted: bool = True,
        key: str = "",
        dry_run: bool = False,
    ) -> Run:
        """Queue a run at once, some parameters replaced, validated like any.

        A repeated ``key`` gives the same run; ``Conflict`` where other parameters come with it. ``InvalidInput`` for a
        dry run of a job whose type has none.
        """
        view = self._catalog.job(job_id)
        job = self._stores.inventory.find(job_id)
        if job is None:
            raise Conflict(
                f"job {view.job_id!r} was created a moment ago and is not applied yet", hint="try again in a second"
            )
        if dry_run:
            self._refuse_wet(job.manifest.job_type)
        chosen = job.manifest.parameters
        if parameters:
            refuse_strangers(job.manifest.job_type, trusted=trusted)
            chosen = self._replaced(job.manifest.given(), parameters)
        now = self._clock.now()
        run_id = uuid5(_KEYS, f"{job.job_uid} {key}").hex if key else uuid4().hex
        ledger = self._stores.ledger
        enqueue = ledger.enqueue_dry_run if dry_run else ledger.enqueue_manual
        run = enqueue(job, run_id, chosen, actor, reason, now)
        if run.dry_run is not dry_run:
            told = "a dry run" if run.dry_run else "a run that is no dry one"
            raise Conflict(f"this key was used for {told}", hint="take another key for another run")
        if run.queued_at == now:
            self._note("job.dry_run" if dry_run else "job.run", run, actor, reason, "run.queued")
        elif run.digest == job.manifest.digest and run.parameters != chosen:
            raise Conflict("this key was used for a run with other parameters", hint="take another key for another run")
        return run

    def cancel(self, run_id: str, actor: str, reason: str = "") -> Run:
        """Cancel a queued run, or ask for the end of a running one; ``Conflict`` where it has ended."""
        run = self.run(run_id)
        now = self._clock.now()
        asked = self._stores.ledger.cancel_queued(run_id, actor, reason, now) or self._stores.ledger.request_cancel(
            run_id, actor, reason
        )
        if not asked:
            ended = self.run(run_id)
            raise Conflict(f"run {run_id} has ended already: {ended.state.value}", hint="there is nothing to cancel")
        run = self.run(run_id)
        self._note("run.cancel", run, actor, reason, "run.cancel_requested")
        return run

    def run(self, run_id: str) -> Run:
        """One run, or ``NotFound``."""
        if run := self._stores.ledger.run(run_id):
            return run
        raise NotFound(f"there is no run {run_id!r}", hint="GET /api/runs lists the newest")

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        return self._stores.ledger.runs(which, limit=limit, cursor=cursor)

    def runs_of(self, job_id: str, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """The runs of one job, newest first; ``NotFound`` where no job has that id."""
        uid = self._catalog.job(job_id).job_uid
        if not uid:
            return Page(items=(), total=0)
        return self._stores.ledger.runs(RunFilter(job_uid=uid), limit=limit, cursor=cursor)

    def occurrences_of(self, job_id: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The ledger of one job, newest first."""
        uid = self._catalog.job(job_id).job_uid
        return self._stores.ledger.occurrences(uid, limit=limit, cursor=cursor)

    def usual(self, runs: Iterable[Run]) -> dict[str, Durations]:
        """How long runs of the jobs usually take of which one of these is under way, by job_uid."""
        return self._stores.ledger.durations({run.job_uid for run in runs if not run.state.final})

    def usage_of(self, job_id: str, days: int) -> Usage:
        """What the runs of a job took that ended in so many days; ``NotFound`` where no job has that id."""
        uid = self._catalog.job(job_id).job_uid
        return self._stores.ledger.usage(uid, self._clock.now() - timedelta(days=days))

    def durations_of(self, run: Run) -> Durations | None:
        """How long the runs of this one's job take; None where none has succeeded."""
        return self._stores.ledger.durations([run.job_uid]).get(run.job_uid)

    def progress(self, runs: Iterable[Run]) -> dict[str, Progress]:
        """What these runs told last, by run id; one that told nothing is absent."""
        return self._stores.progress.of([run.run_id for run in runs if run.started_at])

    def artifacts(self, run_id: str) -> list[KeptArtifact]:
        """The files that a run left, by name; ``NotFound`` where there is no such run."""
        self.run(run_id)
        return self._stores.artifacts.of(run_id)

    def artifact(self, run_id: str, name: str) -> bytes:
        """One of them."""
        self.run(run_id)
        content = self._stores.artifacts.content(run_id, name)
        if content is None:
            hint = f"GET /api/runs/{run_id}/artifacts lists what it left"
            raise NotFound(f"run {run_id} left no {name!r}", hint=hint)
        return content

    def output(self, run_id: str, *, after: int = 0, tail: int | None = None) -> list[OutputLine]:
        """The captured lines after ``seq``, or only the last ``tail``."""
        self.run(run_id)
        if tail is not None:
            return self._stores.output.tail(run_id, tail)
        return self._stores.output.read(run_id, after=after)

    def whole_output(self, run_id: str, *, after: int = 0) -> Iterator[list[OutputLine]]:
        """All captured lines after ``seq``, part by part: there may be more of them than memory should hold."""
        while lines := self.output(run_id, after=after):
            yield lines
            after = lines[-1].seq

    def _refuse_wet(self, job_type: str) -> None:
        known = self._rulebook.types
        if not (job_type in known and known[job_type].dry_run):
            able = ", ".join(sorted(name for name, found in known.items() if found.dry_run))
            raise InvalidInput(
                f"the job type {job_type!r} has no dry run: its runs do their work or nothing",
                hint=f"these have one: {able}; `tasks preflight` says whether a run would work",
            )

    def _replaced(self, document: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {**document, "parameters": {**document.get("parameters", {}), **parameters}}
        checked = self._rulebook.check(json.loads(json.dumps(wanted)), self._clock.now(), by_api=True)
        if checked.manifest:
            return checked.manifest.parameters
        found = errors(placed(finding) for finding in checked.findings)
        raise InvalidInput("the parameters are not valid", diagnostics=found)

    def _note(self, action: str, run: Run, actor: str, reason: str, kind: str) -> None:
        now = self._clock.now()
        self._stores.journal.audit(AuditEntry(at=now, actor=actor, action=action, object=run.job_id, reason=reason))
        state = RunState(run.state).value
        data: dict[str, Any] = {"actor": actor, "reason": reason, "state": state, "trigger": run.trigger.value}
        data |= {"dry_run": True} if run.dry_run else {}
        self._stores.journal.publish([Happening(at=now, kind=kind, job_id=run.job_id, run_id=run.run_id, data=data)])
        self._wake()
