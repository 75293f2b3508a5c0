"""From a queued run to the message that its child is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks_service.core.artifact import ARTIFACT_LIMIT
from tasks_service.core.jobtype import JobType, JobTypes
from tasks_service.core.manifest import JobManifest
from tasks_service.core.ports import Secrets
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import BotApi, Limits, Run, RunRequest
from tasks_service.core.secret import references


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
        known = self.types.get(run.job_type)
        names = set(known.secrets if known else ()) | references(run.parameters)
        told = known.settings if known else ()
        return RunRequest(
            run_id=run.run_id,
            job_id=run.job_id,
            job_type=run.job_type,
            parameters=run.parameters,
            due_at=run.due_at,
            attempt=run.attempt,
            limits=_limits(manifest, self.artifact_bytes),
            network=_network(manifest, known),
            fresh_interpreter=known is not None and not known.preload,
            isolation=manifest.policy.isolation,
            secrets=self.secrets.values(sorted(names)),
            bot_api=self.bot_api,
            settings={name: self.settings[name] for name in told if name in self.settings},
            previous_success=previous,
        )


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
