"""The sandbox: the isolation in force, found by trying."""

from tasks_service.core.checkup.finding import Finding, combined, failure, ok, warning
from tasks_service.core.ports import SandboxInfo


def judge_sandbox(info: SandboxInfo | None, trouble: str = "") -> Finding:
    """The finding; without ``info`` the sandbox did not start, for the reason in ``trouble``."""
    if info is None:
        return failure(
            f"The sandbox does not start: {trouble}.", "Runs need it; see that this user may fork and use its folders."
        )
    found = ok(f"Level {info.level}: {info.facts.get('process', 'a process of its own')}.")
    doubts = []
    if info.facts.get("new_privileges") == "possible":
        doubts.append(warning("Jobs may gain privileges.", "Run it on a Linux that knows no_new_privs (3.5 or newer)."))
    if "root" in info.facts.get("user", ""):
        doubts.append(
            warning("Jobs run as root.", "Run the service as a user of its own, as the systemd unit and the image do.")
        )
    return combined(found, *doubts)
