"""How the runs of a CronJob are carried out: what its two specifications say about tries, times and overlap."""

from datetime import timedelta
from typing import Any

from tasks_service.core.durations import format_duration
from tasks_service.core.imports.original import Fields, Misfit
from tasks_service.core.manifest import Retry

_OVERLAP = {"Allow": "allow", "Forbid": "skip", "Replace": "cancel_previous"}
_TRIES = 6
"""How often Kubernetes tries a failed Job again where nothing else is said."""
_MOST_TRIES = next(limit.le for limit in Retry.model_fields["attempts"].metadata if hasattr(limit, "le"))
_UNLIMITED = "1d"
"""Kubernetes stops no run by itself, and a manifest must name some time."""


def cronjob_policy(spec: Fields, job: Fields, pod: Fields) -> dict[str, Any]:
    """The policy of a manifest; raises ``Misfit``. Waits between tries are those of Kubernetes."""
    concurrency = spec.text("concurrencyPolicy", "Allow")
    if concurrency not in _OVERLAP:
        raise Misfit((*spec.loc, "concurrencyPolicy"), "Allow, Forbid or Replace")
    tries = job.number("backoffLimit")
    limits = [limit for limit in (job.number("activeDeadlineSeconds"), pod.number("activeDeadlineSeconds")) if limit]
    catch_up: dict[str, Any] = {"policy": "latest"}
    if (deadline := spec.number("startingDeadlineSeconds")) is not None:
        catch_up["deadline"] = _seconds(deadline)
    return {
        "timeout": _seconds(min(limits)) if limits else _UNLIMITED,
        "retry": {
            "attempts": min(_TRIES if tries is None else tries, _MOST_TRIES),
            "delay": "10s",
            "max_delay": "6m",
        },
        "overlap": _OVERLAP[concurrency],
        "catch_up": catch_up,
        "resources": {"cpu": _UNLIMITED},
    }


def _seconds(number: int) -> str:
    """A time that is too long for a manifest stays a number of seconds, for validation to refuse."""
    try:
        return format_duration(timedelta(seconds=number))
    except OverflowError:
        return f"{number}s"
