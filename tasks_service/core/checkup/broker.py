"""The broker between the service and its workers."""

from tasks_service.core.checkup.finding import Finding, failure, not_configured, ok

IN_PROCESS = "memory"
"""A broker that nobody in another process can reach."""


def judge_broker(trouble: str | None, address: str) -> Finding:
    """The finding; ``trouble`` is empty where the broker answered, and None where none is needed."""
    if trouble is None:
        return not_configured("EXECUTOR is local: runs are carried out here, without a broker.")
    if trouble:
        return failure(
            f"The broker {address} cannot be reached: {trouble}.",
            "See that CELERY_BROKER_URL (or REDIS_URL) is right, that the broker runs, and that what Celery needs for "
            "this kind of broker is installed.",
        )
    if address.partition(":")[0] == IN_PROCESS:
        return failure(f"The broker {address} ends with its process; no worker can reach it.", "Name another broker.")
    return ok(f"The broker {address} answers.")
