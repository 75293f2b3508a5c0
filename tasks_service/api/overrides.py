"""Overrides: pause, resume, hold and pin a job or many, list what is in force, and adopt it into git."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Instant, Line, Prose, Query
from tasks_service.api.shapes.base import Listing, whole
from tasks_service.api.shapes.jobs import OverrideAnswerShape
from tasks_service.api.shapes.overrides import AdoptionShape, StandingOverrideShape, WideAnswerShape
from tasks_service.control.override_desk import Wish
from tasks_service.core.document import Document
from tasks_service.core.errors import NotFound
from tasks_service.core.override import OverrideKind

_LONGEST_ID = 18
"""Decimal digits of a number that every database can compare."""


class PauseBody(Document):
    """Why and until when; all of it may be left out."""

    reason: Prose = ""
    actor: Line = ""
    """Who asks, where no key tells."""
    until: Instant | None = None
    """When it ends by itself."""
    dry_run: bool = False
    """Only say what would happen."""


class ResumeBody(PauseBody):
    """Why, and what to do with what was missed; all of it may be left out."""

    force: bool = False
    """Resume although the manifest suspends the job; needs a reason and an ``until`` at most 7 days ahead."""
    catch_up: Literal["none", "latest", "all"] = "none"
    """Which of the fires of the paused time run after all."""


class PinBody(PauseBody):
    """Which revision, why, and until when."""

    revision: Line
    """A revision that was applied, or at least four characters with which only one begins."""


class ReleaseBody(Document):
    """What is to end."""

    kind: Literal["hold", "pin"]
    reason: Prose = ""
    actor: Line = ""


class Scope(Document):
    """What an override is about: exactly one of the three."""

    all: Literal[True] | None = None
    """Every job, now or later."""
    labels: Annotated[dict[str, str], Field(min_length=1)] | None = None
    """Every job that has all these labels, now or later."""
    job_id: Line | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.all, self.labels, self.job_id)) != 1:
            raise PydanticCustomError("scope", "a scope is one of all: true, labels, or job_id")
        return self


class OverrideBody(PauseBody):
    """An override of one job or of many."""

    kind: Literal["pause", "hold", "pin"]
    scope: Scope
    revision: Line = ""
    """What a pin is pinned to."""


class OverridesQuery(Query):
    """Which overrides."""

    debt: bool = False
    """Only those that are too old or have no reason."""


class EndQuery(Query):
    """Why an override ends, and who asks where no key tells."""

    reason: Prose = ""
    actor: Line = ""


@endpoint()
def listed(ask: Ask, query: OverridesQuery) -> Answer[Listing[StandingOverrideShape]]:
    """List the overrides in force, the oldest first."""
    found = ask.panel.override_desk.in_force(debt=query.debt)
    return Answer(whole(StandingOverrideShape.standing(view) for view in found))


@endpoint(errors=(404, 409))
def put(ask: Ask, body: OverrideBody) -> Answer[WideAnswerShape]:
    """Pause, hold or pin one job, those with certain labels, or all. Repeating it changes nothing."""
    wish = _wish(ask, body, OverrideKind(body.kind), body.revision)
    desk = ask.panel.override_desk
    answer = desk.put(body.scope.job_id, wish) if body.scope.job_id else desk.spread(body.scope.labels or {}, wish)
    return Answer(WideAnswerShape.of(answer, "in force"))


@endpoint(errors=(404,))
def end(ask: Ask, override_id: str, query: EndQuery) -> Answer[WideAnswerShape]:
    """End an override of any reach. One that is over stays as it is."""
    if not override_id.isdecimal() or len(override_id) > _LONGEST_ID:
        raise NotFound(f"there is no override {override_id!r}", hint="GET /api/overrides lists those in force")
    answer = ask.panel.override_desk.end(int(override_id), ask.principal.acting_as(query.actor), query.reason)
    return Answer(WideAnswerShape.of(answer, "over"))


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


@endpoint(errors=(404, 409))
def hold(ask: Ask, job_id: str, body: PauseBody) -> Answer[OverrideAnswerShape]:
    """Hold a job: what files say of it is not applied. Repeating it changes nothing."""
    answer = ask.panel.override_desk.keep(job_id, _wish(ask, body, OverrideKind.HOLD))
    return Answer(OverrideAnswerShape.of(answer, "held"))


@endpoint(errors=(404, 409))
def pin(ask: Ask, job_id: str, body: PinBody) -> Answer[OverrideAnswerShape]:
    """Pin a job to a revision that was applied before. Repeating it changes nothing."""
    answer = ask.panel.override_desk.keep(job_id, _wish(ask, body, OverrideKind.PIN, body.revision))
    return Answer(OverrideAnswerShape.of(answer, "pinned"))


@endpoint(errors=(404, 409))
def release(ask: Ask, job_id: str, body: ReleaseBody) -> Answer[OverrideAnswerShape]:
    """End the hold or the pin of a job: git is applied as usual. Repeating it changes nothing."""
    actor = ask.principal.acting_as(body.actor)
    answer = ask.panel.override_desk.release(job_id, OverrideKind(body.kind), actor, body.reason)
    return Answer(OverrideAnswerShape.of(answer, "released"))


@endpoint(errors=(404, 409))
def adopt(ask: Ask, job_id: str) -> Answer[AdoptionShape]:
    """The override of a job as a change of its file, with the comments kept: a patch to review and commit."""
    return Answer(AdoptionShape.of(ask.panel.adoptions.adopt(job_id)))


def _wish(ask: Ask, body: PauseBody, kind: OverrideKind, revision: str = "") -> Wish:
    return Wish(
        kind=kind,
        actor=ask.principal.acting_as(body.actor),
        reason=body.reason,
        until=body.until,
        revision=revision,
        dry_run=body.dry_run,
    )
