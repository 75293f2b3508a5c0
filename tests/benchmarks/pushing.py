"""From a push to the live job: a real repository, a real service, a webhook as GitHub signs it."""

import hashlib
import hmac
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.measure import Comparison
from tests.git_remotes import GitRemote
from tests.running import Service, command_job, wait_for

ROUNDS = 20
_SECRET = "of the benchmark"


def comparisons() -> Iterable[Comparison]:
    """Twenty pushes, each until ``GET /api/jobs/{id}`` shows its commit, beside ``git fetch`` of the same commits."""
    with tempfile.TemporaryDirectory() as folder:
        remote = GitRemote(Path(folder, "git"))
        remote.push({"job.yaml": command_job("job", "true")})
        settings = {"TASKS_GIT_URL": remote.url, "TASKS_GIT_POLL": "1h", "TASKS_WEBHOOK_SECRET": _SECRET}
        service = Service(Path(folder, "service"), settings).start()
        floor = Path(folder, "floor.git")
        subprocess.run(["git", "clone", "--quiet", "--bare", remote.url, str(floor)], check=True)
        try:
            service.wait_for_job("job")
            rounds = [_push(service, remote, floor, number) for number in range(ROUNDS)]
        finally:
            service.stop()
    live, fetched = zip(*rounds, strict=True)
    for name, pick in (("median", statistics.median), ("worst", max)):
        yield Comparison(
            name=f"push to live with a webhook, {name} of {ROUNDS}",
            ours="fetched, read, planned, applied, shown by the API",
            seconds=pick(live),
            peer="git fetch of the same commits: the floor",
            peer_seconds=pick(fetched),
        )


def _push(service: Service, remote: GitRemote, floor: Path, number: int) -> tuple[float, float]:
    """Seconds from the end of the push until the job is live, and of a bare fetch."""
    sha = remote.push({"job.yaml": command_job("job", "echo", str(number))})
    begun = time.perf_counter()
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
