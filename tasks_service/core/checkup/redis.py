"""Redis: whether it answers, and whether it would keep what jobs with ``store: redis`` entrust to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks_service.core.checkup.finding import Finding, combined, failure, not_configured, ok, some_of, warning


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts:
    """What was found. None stands for what the server does not tell."""

    trouble: str = ""
    version: str = ""
    cluster: bool = False
    cluster_complete: bool = True
    """Whether every slot of the cluster is served."""
    replica: bool = False
    append_only: bool | None = None
    append_fsync: str | None = None
    eviction: str | None = None
    """Its maxmemory-policy."""


def judge_redis(facts: RedisFacts | None, address: str, jobs: Sequence[str]) -> Finding:
    """The finding; ``facts`` are None where none is configured, and ``jobs`` are those with ``store: redis``."""
    if facts is None and jobs:
        return failure(
            f"REDIS_URL is not set, but jobs keep their runs in Redis: {some_of(jobs)}.",
            "Set REDIS_URL, or take store: redis out of these manifests.",
        )
    if facts is None:
        return not_configured("REDIS_URL is not set, and no job needs it.")
    if facts.trouble:
        verdict, effect = (failure, "these jobs wait") if jobs else (warning, "no job uses it yet")
        return verdict(
            f"{address} does not answer ({facts.trouble}); {effect}.",
            "See that REDIS_URL is right and that the server runs. A cluster has only the database 0.",
        )
    kind = "a cluster" if facts.cluster else "a single server"
    found = ok(f"{address} answers: {facts.version}, {kind}; {len(jobs) or 'no'} job{'s' * (len(jobs) != 1)} use it.")
    return combined(found, *_doubts(facts, jobs))


def _doubts(facts: RedisFacts, jobs: Sequence[str]) -> Iterator[Finding]:
    if not facts.cluster_complete:
        yield failure("The cluster is not complete: some keys have no server.", "Mend it: `redis-cli --cluster check`.")
    if facts.replica:
        yield failure("It is a replica and takes no writes.", "Let REDIS_URL name the primary.")
    if not jobs:
        return
    if facts.append_only is False:
        yield warning(
            "It keeps no append-only file: what runs did would be lost with the server.",
            "Set `appendonly yes` and `appendfsync always`.",
        )
    elif facts.append_fsync not in (None, "always"):
        yield warning(
            f"With appendfsync {facts.append_fsync} the last second is lost when its machine fails.",
            "Set `appendfsync always`.",
        )
    if facts.append_only is None or (facts.append_only and facts.append_fsync is None):
        yield warning(
            "It does not tell how it writes to disk.", "Make sure of `appendonly yes` and `appendfsync always` there."
        )
    if facts.eviction not in (None, "noeviction"):
        yield warning(
            f"With maxmemory-policy {facts.eviction} it drops keys when its memory is full.",
            "Set `maxmemory-policy noeviction`.",
        )
