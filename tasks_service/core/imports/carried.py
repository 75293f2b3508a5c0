"""What an import gives: manifests that are valid, and what was left behind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tasks_service.core.diagnostics import Finding
from tasks_service.core.validation import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that the original says and a manifest does not."""

    line: int
    what: str
    """The word or the place in the original."""
    why: str
    """Why it is left behind, or what to do instead."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One job as a manifest, and what of it was left behind."""

    document: Mapping[str, Any]
    line: int
    """Where the original begins."""
    losses: tuple[Loss, ...] = ()

    @property
    def job_id(self) -> str:
        """The id that it was given."""
        return str(self.document["job_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """All of a file: its jobs, and the losses that belong to none of them."""

    jobs: tuple[Carried, ...]
    losses: tuple[Loss, ...] = ()

    @property
    def all_losses(self) -> list[Loss]:
        """Every loss once, by line; one that concerns several jobs is no more than one."""
        return by_line({*self.losses, *(loss for job in self.jobs for loss in job.losses)})


def by_line(losses: Iterable[Loss]) -> list[Loss]:
    """In the order in which the original has them."""
    return sorted(losses, key=lambda loss: (loss.line, loss.what))


def only_valid(found: Import, rulebook: Rulebook, now: datetime) -> Import:
    """The import without the jobs that validation refuses; each refusal becomes a loss."""
    jobs: list[Carried] = []
    losses = list(found.losses)
    for job in found.jobs:
        refusals = [f for f in rulebook.check(job.document, now).findings if f.severity == "error"]
        if refusals:
            losses += _refused(job, refusals)
        else:
            jobs.append(job)
    return Import(jobs=_distinct(jobs), losses=tuple(losses))


def _refused(job: Carried, findings: Iterable[Finding]) -> Iterator[Loss]:
    for finding in findings:
        why = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
        yield Loss(line=job.line, what=f"the job {job.job_id}", why=why)


def _distinct(jobs: Sequence[Carried]) -> tuple[Carried, ...]:
    """The same jobs with one id each: the second ``backup`` becomes ``backup_2``."""
    taken: set[str] = set()
    named: list[Carried] = []
    for job in jobs:
        job_id, number = job.job_id, 1
        while job_id.lower() in taken:
            number += 1
            job_id = f"{job.job_id[:95]}_{number}"
        taken.add(job_id.lower())
        named.append(replace(job, document={**job.document, "job_id": job_id}))
    return tuple(named)
