"""From a push to the live job: a real repository, a real service, a webhook as GitHub signs it."""

import hashlib
import hmac
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.benchmarks.measure import Comparison
from tests.git_remotes import GitRemote
from tests.running import Service, command_job, wait_for

ROUNDS = 20
POLL_SECONDS = 2
_SECRET = "of the benchmark"


def comparisons() -> Iterable[Comparison]:
    """Twenty pushes, each until ``GET /api/jobs/{id}`` shows its commit, beside ``git fetch`` of the same commits; and
    twenty that nobody tells of, beside the interval at which the service asks."""
    with_webhook = _pushed({"TASKS_GIT_POLL": "1h", "TASKS_WEBHOOK_SECRET": _SECRET}, told=True)
    for name, pick in (("median", statistics.median), ("worst", max)):
        live, fetched = zip(*with_webhook, strict=True)
        yield Comparison(
            name=f"push to live with a webhook, {name} of {ROUNDS}",
            ours="fetched, read, planned, applied, shown by the API",
            seconds=pick(live),
            peer="git fetch of the same commits: the floor",
            peer_seconds=pick(fetched),
        )
    without = [live for live, _ in _pushed({"TASKS_GIT_POLL": f"{POLL_SECONDS}s"}, told=False)]
    for name, pick in (("median", statistics.median), ("worst", max)):
        yield Comparison(
            name=f"push to live without a webhook, {name} of {ROUNDS}",
            ours=f"the same, asked for every {POLL_SECONDS} s",
            seconds=pick(without),
            peer="one interval with its tenth of chance: the floor of the worst",
            peer_seconds=POLL_SECONDS * 1.1,
        )


def _pushed(settings: Mapping[str, str], *, told: bool) -> list[tuple[float, float]]:
    """Seconds of each push until it is live, and of a bare fetch."""
    with tempfile.TemporaryDirectory() as folder:
        remote = GitRemote(Path(folder, "git"))
        remote.push({"job.yaml": command_job("job", "true")})
        service = Service(Path(folder, "service"), {"TASKS_GIT_URL": remote.url, **settings}).start()
        floor = Path(folder, "floor.git")
        subprocess.run(["git", "clone", "--quiet", "--bare", remote.url, str(floor)], check=True)
        try:
            service.wait_for_job("job")
            return [_push(service, remote, floor, number, told=told) for number in range(ROUNDS)]
        finally:
            service.stop()


def _push(service: Service, remote: GitRemote, floor: Path, number: int, *, told: bool) -> tuple[float, float]:
    """Seconds from the end of the push until the job is live, and of a bare fetch."""
    sha = remote.push({"job.yaml": command_job("job", "echo", str(number))})
    begun = time.perf_counter()
    if told:
        body = sha.encode()
        signature = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        service.ask("POST", "/api/webhooks/git", content=body, headers=headers)

    def live() -> bool:
        job = service.job("job")
        return job is not None and job["revision"] == sha

    wait_for("the commit", live)
    taken = time.perf_counter() - begun
    begun = time.perf_counter()
    subprocess.run(["git", "-C", str(floor), "fetch", "--quiet", "origin", "+main:main"], check=True)
    return taken, time.perf_counter() - begun
