"""``tasks pause``: hold back all scheduled runs of a job, of all jobs, or of those with a label."""

from tasks_service.cli.remote.options import JsonOption, ReasonOption, ServerOption
from tasks_service.cli.remote.overriding import (
    AllOption,
    DryRunOption,
    ForOption,
    JobInScope,
    LabelsOption,
    UntilOption,
    body_of,
    end_given,
    impose,
    reason_given,
    scope_given,
)


def pause(
    job_id: JobInScope = None,
    *,
    everything: AllOption = False,
    labels: LabelsOption = None,
    reason: ReasonOption = "",
    until: UntilOption = None,
    lasting: ForOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Pause a job: its fires are skipped until it is resumed.

    Exit code 0: it is paused; 2: it cannot be asked for.
    """
    scope, end = scope_given(job_id, everything, labels), end_given(until, lasting)
    why = reason_given(reason, "Why is it paused?", dry_run=dry_run)
    impose("pause", scope, body_of(why, until=end, dry_run=dry_run), server, as_json=as_json)
