"""Taking: whether what a source says may be planned at all. What is not taken changes nothing, until a person confirms
its revision or another one follows."""

from collections.abc import Set

from tasks_service.core.diagnostics import errors
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.ports import ManifestSource
from tasks_service.core.state import API_SOURCE, Snapshot, SourceFailure
from tasks_service.core.stores import SourceState


def refusal(
    source: ManifestSource, snapshot: Snapshot, known: SourceState | None, confirmed: Set[str], *, strict: bool
) -> SourceFailure | None:
    """Why a snapshot is not taken; None where it is.

    ``known`` is what was recorded of the source, ``confirmed`` the revisions and plans that people allowed.
    ``strict`` takes a revision only as a whole: any broken file refuses it, and no confirmation helps.
    """
    if strict and snapshot.source != API_SOURCE and (broken := _broken(snapshot)):
        return _held(snapshot, f"{broken}; TASKS_SYNC_POLICY is strict: nothing of revision {_short(snapshot)} counts")
    since = known.attempted if known else ""
    if snapshot.revision == since or snapshot.revision in confirmed:
        return None
    try:
        objection = source.objection(snapshot.revision, since)
    except SourceUnavailable as error:
        return SourceFailure(source=snapshot.source, reason=error.message)
    if not objection:
        return None
    return _held(
        snapshot, f"{objection}; nothing of it counts until somebody confirms revision {_short(snapshot)} as it is"
    )


def _broken(snapshot: Snapshot) -> str:
    wrong = errors(snapshot.problems)
    if not wrong:
        return ""
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f"{wrong[0].place}: {wrong[0].message}{more}"


def _held(snapshot: Snapshot, reason: str) -> SourceFailure:
    return SourceFailure(
        source=snapshot.source, reason=reason, held=True, observed=snapshot.revision, commit=snapshot.commit
    )


def _short(snapshot: Snapshot) -> str:
    return snapshot.revision[:12]
