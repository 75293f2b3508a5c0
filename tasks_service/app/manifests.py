"""What reads manifests: no database, no server."""

from pathlib import Path

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.core.job_schemas import schema_files
from tasks_service.core.ports import Clock
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types
from tasks_service.settings import Settings


def rulebook(settings: Settings) -> Rulebook:
    """What validation knows of this installation."""
    return Rulebook(types=load_job_types(), timezone=settings.timezone)


def manifest_text(settings: Settings, clock: Clock | None = None) -> YamlManifests:
    """The reader and writer of YAML."""
    return YamlManifests(rulebook(settings), clock or SystemClock())


def directory(settings: Settings, clock: Clock | None = None, root: Path | None = None) -> DirectorySource:
    """A directory of manifests, by default the configured one."""
    from tasks_service.adapters.ical_events import IcalEvents  # here: a shell that completes a word does without

    clock = clock or SystemClock()
    return DirectorySource(root or settings.manifests, manifest_text(settings, clock), IcalEvents(), clock)


def job_schemas() -> dict[str, str]:
    """The text of every file of ``schemas/``."""
    return schema_files(load_job_types())
