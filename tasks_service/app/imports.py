"""What other schedulers run, as the text of manifests."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import originals
from tasks_service.app.manifests import manifest_text, rulebook
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.imports.carried import Carried, Import, Loss, by_line, only_valid
from tasks_service.core.imports.cronjob import cronjobs
from tasks_service.core.imports.crontab_file import read_crontab
from tasks_service.core.imports.crontab_jobs import crontab_jobs
from tasks_service.settings import Settings


def import_crontab(settings: Settings, text: str, *, user_column: bool, timezone: str, owner: str) -> Import:
    """The jobs of a crontab that are valid here, and what was left behind."""
    found = crontab_jobs(read_crontab(text, user_column=user_column), timezone=timezone, owner=owner)
    return only_valid(found, rulebook(settings), SystemClock().now())


def import_cronjobs(settings: Settings, text: bytes, path: str, *, owner: str) -> tuple[Import, list[Diagnostic]]:
    """The jobs of a file of CronJobs that are valid here, and what makes the file unreadable, if anything does."""
    documents, problems = originals(text, path)
    found = cronjobs([] if problems else documents, owner=owner)
    return only_valid(found, rulebook(settings), SystemClock().now()), problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where manifests come from, and where their modeline leads."""

    kind: str
    path: str
    schema: str


def manifest_of(settings: Settings, job: Carried, provenance: Provenance, further: Sequence[Loss] = ()) -> str:
    """One imported job as YAML; a comment says where it comes from and what was left behind, also ``further``."""
    header = [f"Imported from line {job.line} of the {provenance.kind} {provenance.path}."]
    if job.losses:
        header += ["Left behind:", *(f"- {loss}" for loss in by_line(job.losses))]
    if further:
        header += ["", "Left behind with no job:", *(f"- {loss}" for loss in by_line(further))]
    return manifest_text(settings).write(job.document, provenance.schema, header)
