"""Access: who may reach the service, and whether a key is needed."""

from tasks_service.core.checkup.finding import Finding, ok, warning


def judge_access(host: str, *, loopback: bool, keys_on: bool) -> Finding:
    """The finding about the address that the service listens on."""
    if keys_on:
        return ok(f"The service listens on {host} and asks for a key.")
    if loopback:
        return ok(f"The service listens on {host}: only this machine reaches it, and needs no key.")
    return warning(
        f"The service listens on {host} and asks for no key: everybody who reaches it may pause, run and delete jobs.",
        "Set TASKS_API_KEY, or listen on 127.0.0.1.",
    )


def judge_settings(warnings: tuple[str, ...]) -> Finding:
    """The finding about variables that are set and do not do what somebody meant."""
    if warnings:
        return warning(" ".join(warnings), "Correct or remove them; `tasks config` shows what is in force.")
    return ok("Every variable that is set is known.")
