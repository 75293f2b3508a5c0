"""The database: whether it answers, how old its schema is, and whether its clock agrees with ours."""

from dataclasses import dataclass
from enum import StrEnum

from tasks_service.core.checkup.finding import Finding, combined, failure, ok, warning

_SKEW_WARNING = 2.0
_SKEW_FAILURE = 60.0
"""Seconds between the two clocks."""


class Schema(StrEnum):
    """How the tables stand to this version of the service."""

    ABSENT = "absent"
    OLDER = "older"
    CURRENT = "current"
    UNKNOWN = "unknown"
    """A newer version made them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What was found. ``trouble`` is the reason where nothing else could be."""

    trouble: str = ""
    product: str = ""
    schema: Schema = Schema.ABSENT
    may_create: bool = True
    skew_seconds: float | None = None
    """How far its clock is ahead of ours; None where both are one."""


def judge_database(facts: DatabaseFacts, address: str) -> Finding:
    """The finding; ``address`` is shown and holds no password."""
    if facts.trouble:
        return failure(
            f"{address} does not answer: {facts.trouble}.",
            "See that DATABASE_URL is right, that the database runs, and that it admits this user from here.",
        )
    return combined(_judge_schema(facts, address), *_judge_skew(facts.skew_seconds))


def _judge_schema(facts: DatabaseFacts, address: str) -> Finding:
    place = f"{facts.product} at {address}" if facts.product else address
    if facts.schema is Schema.UNKNOWN:
        return failure(
            f"{place} was migrated by a newer version of the service.",
            "Run that version, or restore a backup from before.",
        )
    if facts.schema is Schema.CURRENT:
        return ok(f"{place} answers; its schema is up to date.")
    if not facts.may_create:
        return failure(
            f"{place} answers, but this user may not create the tables that are missing.",
            "Grant CREATE on the schema to the user of DATABASE_URL.",
        )
    if facts.schema is Schema.OLDER:
        return warning(
            f"{place} answers; its schema is of an older version.",
            "Back it up; the next start of the service brings it up to date.",
        )
    return ok(f"{place} is empty or not made yet; the first start makes the tables.")


def _judge_skew(seconds: float | None) -> tuple[Finding, ...]:
    if seconds is None or abs(seconds) < _SKEW_WARNING:
        return ()
    sentence = f"Its clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's."
    verdict = failure if abs(seconds) >= _SKEW_FAILURE else warning
    return (verdict(sentence, "Let both machines set their clocks by NTP: jobs start by this one's."),)
