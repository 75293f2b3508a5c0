"""How the runs of a CronJob are carried out: what its two specifications say about tries, times and overlap."""

from datetime import timedelta
from typing import Any

from tasks_service.core.durations import format_duration
from tasks_service.core.imports.original import Fields, Gap, Misfit

_OVERLAP = {"Allow": "allow", "Forbid": "skip", "Replace": "cancel_previous"}
_TRIES = 6
"""How often Kubernetes tries a failed Job again where nothing else is said."""
_MOST_TRIES = 20
"""More no manifest allows."""
_WAITS = {"delay": "10s", "max_delay": "6m"}
"""Those of Kubernetes, doubled with each try."""
_UNLIMITED = "1d"
"""Kubernetes stops no run by itself, and a manifest must name some time."""


def cronjob_policy(spec: Fields, job: Fields, pod: Fields) -> tuple[dict[str, Any], list[Gap]]:
    """The policy of a manifest, and what of it had to be lessened; raises ``Misfit``."""
    concurrency = spec.text("concurrencyPolicy", "Allow")
    if concurrency not in _OVERLAP:
        raise Misfit((*spec.loc, "concurrencyPolicy"), "Allow, Forbid or Replace")
    tries = job.number("backoffLimit")
    limits = [limit for limit in (job.number("activeDeadlineSeconds"), pod.number("activeDeadlineSeconds")) if limit]
    catch_up: dict[str, Any] = {"policy": "latest"}
    if (deadline := spec.number("startingDeadlineSeconds")) is not None:
        catch_up["deadline"] = _seconds(deadline)
    policy = {
        "timeout": _seconds(min(limits)) if limits else _UNLIMITED,
        "retry": {"attempts": min(_TRIES if tries is None else tries, _MOST_TRIES), **_WAITS},
        "overlap": _OVERLAP[concurrency],
        "catch_up": catch_up,
        "resources": {"cpu": _UNLIMITED},
    }
    lessened = tries is not None and tries > _MOST_TRIES
    advice = f"a run is tried again at most {_MOST_TRIES} times"
    return policy, [Gap(loc=(*job.loc, "backoffLimit"), advice=advice)] if lessened else []


def _seconds(number: int) -> str:
    """A time that is too long for a manifest stays a number of seconds, for validation to refuse."""
    try:
        return format_duration(timedelta(seconds=number))
    except OverflowError:
        return f"{number}s"
