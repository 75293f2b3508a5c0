"""From a queued run to the message that its child is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks_service.core.artifact import ARTIFACT_LIMIT
from tasks_service.core.jobtype import JobType, JobTypes
from tasks_service.core.manifest import JobManifest
from tasks_service.core.ports import Secrets
from tasks_service.core.preflight import WALL_SECONDS
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import BotApi, Limits, Purpose, Run, RunRequest
from tasks_service.core.secret import references

_PREFLIGHT_OUTPUT_BYTES = 64 * 1024
_PREFLIGHT_GRACE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWriter:
    """Knows the job types, the secrets and the settings that children may be told."""

    types: JobTypes
    secrets: Secrets
    settings: Mapping[str, str]
    bot_api: BotApi = field(repr=False)
    artifact_bytes: int = ARTIFACT_LIMIT
    """Of the files that a run may leave."""

    def asks_for_success(self, run: Run) -> bool:
        """Whether a run is told of the success before it."""
        known = self.types.get(run.job_type)
        return known is not None and known.previous_success

    def write(self, run: Run, manifest: JobManifest, previous: PreviousSuccess | None = None) -> RunRequest:
        """The request of one run: only the secrets that its type declares or its manifest refers to."""
        return RunRequest(
            run_id=run.run_id,
            job_id=run.job_id,
            due_at=run.due_at,
            attempt=run.attempt,
            previous_success=previous,
            dry_run=run.dry_run,
            **self._told(manifest, run.job_type, run.parameters),
        )

    def preflight(self, manifest: JobManifest, preflight_id: str, now: datetime) -> RunRequest:
        """The request of a preflight: what a run would be given, with less time."""
        return RunRequest(
            run_id=preflight_id,
            job_id=manifest.job_id,
            due_at=now,
            attempt=1,
            purpose=Purpose.PREFLIGHT,
            **self._told(manifest, manifest.job_type, manifest.parameters, _short),
        )

    def _told(
        self,
        manifest: JobManifest,
        job_type: str,
        parameters: dict[str, Any],
        limited: Callable[[Limits], Limits] = lambda limits: limits,
    ) -> dict[str, Any]:
        known = self.types.get(job_type)
        names = set(known.secrets if known else ()) | references(parameters)
        told = known.settings if known else ()
        return {
            "job_type": job_type,
            "parameters": parameters,
            "limits": limited(_limits(manifest, self.artifact_bytes)),
            "network": _network(manifest, known),
            "fresh_interpreter": known is not None and not known.preload,
            "isolation": manifest.policy.isolation,
            "secrets": self.secrets.values(sorted(names)),
            "bot_api": self.bot_api,
            "settings": {name: self.settings[name] for name in told if name in self.settings},
        }


def _network(manifest: JobManifest, known: JobType | None) -> bool:
    said = manifest.policy.network
    return said if said is not None else known is not None and known.network


def _limits(manifest: JobManifest, artifact_bytes: int) -> Limits:
    policy = manifest.policy
    return Limits(
        wall_seconds=policy.timeout.total_seconds(),
        cpu_seconds=policy.resources.cpu.total_seconds(),
        memory_bytes=policy.resources.memory,
        processes=policy.resources.processes,
        output_bytes=policy.resources.output,
        disk_bytes=policy.resources.disk,
        artifact_bytes=artifact_bytes,
    )


def _short(limits: Limits) -> Limits:
    return limits.model_copy(
        update={
            "wall_seconds": min(limits.wall_seconds, WALL_SECONDS),
            "cpu_seconds": min(limits.cpu_seconds, WALL_SECONDS),
            "output_bytes": min(limits.output_bytes, _PREFLIGHT_OUTPUT_BYTES),
            "grace_seconds": min(limits.grace_seconds, _PREFLIGHT_GRACE_SECONDS),
        }
    )
