"""An explanation as JSON: the sentences, and the data they are made of."""

from datetime import datetime
from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.api.shapes.history import (
    BlameShape,
    FieldChangeShape,
    LeadershipShape,
    PresenceShape,
    VersionShape,
)
from tasks_service.api.shapes.overrides import OverrideShape
from tasks_service.api.shapes.runs import OccurrenceShape, RunShape
from tasks_service.core.explain import Explanation, GapOrFold, Verdict
from tasks_service.core.history import JobVersion
from tasks_service.core.run import Occurrence, Outcome
from tasks_service.core.settlement import Entry


class GapOrFoldShape(Shape):
    """A change of the clocks that the moment falls into."""

    kind: str
    """``gap``: the clock leaves the time out; ``fold``: it shows the time twice."""
    clock: str
    leaves: str
    resumes: str
    first: Moment | None
    second: Moment | None

    @classmethod
    def of(cls, change: GapOrFold) -> Self:
        """A change of the clocks."""
        return cls(**{name: getattr(change, name) for name in cls.model_fields})


class ProspectShape(Shape):
    """What would become of a fire that is still to come, as things stand."""

    outcome: Outcome | None
    """Null where it would start."""
    reason: str
    not_before: Moment | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """A decision of the claim."""
        return cls(outcome=entry.outcome, reason=entry.reason, not_before=entry.not_before)


class ExplanationShape(Shape):
    """Why a job did or did not run at a moment."""

    job_id: str
    at: Moment
    local: str
    """The moment in the job's zone, or in the one that was named."""
    timezone: str
    verdict: Verdict
    """``outcome``, ``open``, ``due``, ``upcoming``, ``no_fire``, ``no_job`` or ``unknown``."""
    outcome: Outcome | None
    sentences: list[str]
    """The answer first."""
    slot: Moment | None
    """The fire that the moment is; null where it is none."""
    previous_fire: Moment | None
    next_fire: Moment | None
    clock_change: GapOrFoldShape | None
    version: VersionShape | None
    """The manifest in force then."""
    replaced_by: VersionShape | None
    changes: list[FieldChangeShape]
    """What ``replaced_by`` changed."""
    overrides: list[OverrideShape]
    """Those in force then."""
    occurrence: OccurrenceShape | None
    """What the ledger says of the fire."""
    delay: float | None
    """Seconds that jitter and spread added before its first start."""
    before: OccurrenceShape | None
    """The row of the ledger before it."""
    after: OccurrenceShape | None
    by_hand: list[OccurrenceShape]
    """What people asked for within that minute."""
    in_the_way: list[RunShape]
    """Other runs of the job that were under way when the fire was decided on."""
    leader: LeadershipShape | None
    """Who led then, or last before then."""
    next_leader: LeadershipShape | None
    processes: list[PresenceShape]
    """While nobody led: those that gave signs of life."""
    prospect: ProspectShape | None
    blame: BlameShape | None

    @classmethod
    def of(cls, found: Explanation) -> Self:
        """An explanation of the explainer."""
        facts = found.facts
        versions, ledger = facts.versions, facts.ledger
        return cls(
            job_id=facts.job_id,
            at=facts.moment,
            local=facts.moment.astimezone(facts.asked.zone).isoformat(),
            timezone=facts.asked.zone.key,
            verdict=found.verdict,
            outcome=facts.row.outcome if facts.row else None,
            sentences=list(found.sentences),
            slot=found.slot,
            previous_fire=found.previous_fire,
            next_fire=found.next_fire,
            clock_change=GapOrFoldShape.of(facts.asked.change) if facts.asked.change else None,
            version=_version(versions.present),
            replaced_by=_version(versions.after),
            changes=[FieldChangeShape.of(change) for change in found.replaced],
            overrides=[OverrideShape.of(override, facts.job_id, facts.now) for override in facts.overrides],
            occurrence=_row(facts.row),
            delay=_delay(facts.row, found.slot),
            before=_row(ledger.before),
            after=_row(ledger.after),
            by_hand=[OccurrenceShape.of(row) for row in ledger.by_hand],
            in_the_way=[RunShape.of(run) for run in facts.in_the_way],
            leader=LeadershipShape.of(facts.lead.before),
            next_leader=LeadershipShape.of(facts.lead.after),
            processes=[PresenceShape.of(process) for process in facts.processes],
            prospect=ProspectShape.of(facts.prospect) if facts.prospect else None,
            blame=BlameShape.of(facts.blame) if facts.blame else None,
        )


def _version(version: JobVersion | None) -> VersionShape | None:
    return VersionShape.of(version) if version else None


def _row(row: Occurrence | None) -> OccurrenceShape | None:
    return OccurrenceShape.of(row) if row else None


def _delay(row: Occurrence | None, slot: datetime | None) -> float | None:
    return (row.runs[0].not_before - slot).total_seconds() if row and row.runs and slot else None
