"""The sandbox: the isolation in force, found by trying."""

from tasks_service.core.checkup.finding import Finding, combined, failure, ok, warning
from tasks_service.core.confinement import Confinement, Level
from tasks_service.core.ports import SandboxInfo


def judge_sandbox(wanted: Confinement, info: SandboxInfo | None, trouble: str = "") -> Finding:
    """The finding; without ``info`` the sandbox did not start, for the reason in ``trouble``."""
    if info is None:
        return failure(
            f"The sandbox does not start: {trouble}.", "Runs need it; see that this user may fork and use its folders."
        )
    level = Level(info.level.removesuffix("+R"))
    if level < wanted.minimum:
        return failure(
            f"This machine offers level {level}, and TASKS_SANDBOX_MIN requires {wanted.minimum}: no run can begin."
            f" {wanted.minimum}: {info.facts.get(wanted.minimum, 'it was not tried')}.",
            "Run it on a machine that offers more, or require less.",
        )
    found = ok(f"Level {info.level}; control groups: {info.facts.get('control_groups', 'unknown')}.")
    doubts = []
    if level < wanted.wanted:
        doubts.append(
            warning(
                f"Runs are confined to {level} instead of {wanted.wanted}: {info.facts.get(wanted.wanted, '')}.",
                "See docs/sandbox.md for what each level needs; TASKS_SANDBOX asks for less.",
            )
        )
    if info.facts.get("new_privileges") == "possible":
        doubts.append(warning("Jobs may gain privileges.", "Run it on a Linux that knows no_new_privs (3.5 or newer)."))
    if "root" in info.facts.get("user", ""):
        doubts.append(
            warning("Jobs run as root.", "Run the service as a user of its own, as the systemd unit and the image do.")
        )
    return combined(found, *doubts)
