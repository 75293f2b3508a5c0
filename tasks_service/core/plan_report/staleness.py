"""Whether a saved plan still holds: what moved since it was made, and whether it is carried out already."""

from collections.abc import Iterator

from tasks_service.core.plan_report.identity import moved
from tasks_service.core.plan_report.report import PlanReport


def carried_out(saved: PlanReport, now: PlanReport) -> bool:
    """Whether the state is what the plan would make of it, and nothing more is to be done."""
    return now.base == saved.result and all(change.held for change in now.jobs)


def staleness(saved: PlanReport, now: PlanReport) -> Iterator[str]:
    """What speaks against carrying the saved plan out, a sentence for each; nothing where it still holds."""
    yield from moved(saved.base, now.base)
    if now.fingerprint != saved.fingerprint and now.base == saved.base:
        yield f"what is wanted is another change now: {now.summary} Saved was: {saved.summary}"
        if now.revision != saved.revision:
            yield f"the manifests are those of {now.revision or 'no revision'}, not of {saved.revision}"
