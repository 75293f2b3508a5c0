"""The manifests: whether they can be read, and how many are broken."""

from collections.abc import Sequence

from tasks_service.core.checkup.finding import Finding, as_sentence, failure, ok, some_of, warning
from tasks_service.core.state import Snapshot


def judge_manifests(snapshot: Snapshot | None, directory: str, trouble: str = "", hint: str = "") -> Finding:
    """The finding; without a snapshot the directory could not be read, for the reason in ``trouble``."""
    if snapshot is None:
        return failure(
            f"The manifests cannot be read: {trouble}.", as_sentence(hint) or "See that TASKS_MANIFESTS is right."
        )
    valid, broken = len(snapshot.manifests), sorted(snapshot.broken_paths)
    found = f"{valid} valid manifest{'s' * (valid != 1)} in {snapshot.files} file{'s' * (snapshot.files != 1)}"
    if broken:
        return warning(
            f"{found} of {directory}; {len(broken)} broken: {some_of(broken)}.",
            "`tasks validate` says what is wrong in them; their jobs go on as they last were.",
        )
    return ok(f"{found} of {directory}; none is broken.")


def judge_job_types(names: Sequence[str], problems: Sequence[str]) -> Finding:
    """The finding about the job types that manifests can name; ``problems`` are sentences about those that fail."""
    found = f"{len(names)} job type{'s' * (len(names) != 1)}: {', '.join(names)}."
    if problems:
        return warning(
            f"{found} {' '.join(f'{problem}.' for problem in problems)}", "Mend or remove the package that brings it."
        )
    return ok(found)
