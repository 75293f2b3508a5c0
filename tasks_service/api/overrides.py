"""Overrides: pause and resume a job, and list what is held."""

from typing import Literal

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Instant, Line, Prose
from tasks_service.api.shapes.base import Listing, whole
from tasks_service.api.shapes.jobs import HeldJobShape, OverrideAnswerShape
from tasks_service.core.document import Document


class PauseBody(Document):
    """Why and until when; all of it may be left out."""

    reason: Prose = ""
    actor: Line = ""
    """Who asks, where no key tells."""
    until: Instant | None = None
    """When the pause ends by itself."""
    dry_run: bool = False
    """Only say what would happen."""


class ResumeBody(PauseBody):
    """Why, and what to do with what was missed; all of it may be left out."""

    force: bool = False
    """Resume although the manifest suspends the job; needs a reason and an ``until`` at most 7 days ahead."""
    catch_up: Literal["none", "latest", "all"] = "none"
    """Which of the fires of the paused time run after all."""


@endpoint()
def listed(ask: Ask) -> Answer[Listing[HeldJobShape]]:
    """List the jobs that an override holds or forces, the oldest override first."""
    held = [(view, view.override) for view in ask.panel.catalog.jobs() if view.override]
    held.sort(key=lambda pair: pair[1].created_at)
    return Answer(whole(HeldJobShape.of(view, override) for view, override in held))


@endpoint(errors=(404, 409))
def pause(ask: Ask, job_id: str, body: PauseBody) -> Answer[OverrideAnswerShape]:
    """Pause a job. Repeating it changes nothing."""
    answer = ask.panel.overrides.pause(
        job_id, ask.principal.acting_as(body.actor), reason=body.reason, until=body.until, dry_run=body.dry_run
    )
    return Answer(OverrideAnswerShape.of(answer, "paused"))


@endpoint(errors=(404, 409))
def resume(ask: Ask, job_id: str, body: ResumeBody) -> Answer[OverrideAnswerShape]:
    """Resume a job. What it missed is skipped unless ``catch_up`` says otherwise."""
    answer = ask.panel.overrides.resume(
        job_id,
        ask.principal.acting_as(body.actor),
        reason=body.reason,
        force=body.force,
        until=body.until,
        catch_up=body.catch_up,
        dry_run=body.dry_run,
    )
    return Answer(OverrideAnswerShape.of(answer, "resumed"))
