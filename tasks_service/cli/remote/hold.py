"""``tasks hold``: do not apply changes of the manifests to a job for a while."""

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


def hold(
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
    """Hold a job as it is: changes of its manifest wait until `tasks release`, and its runs go on.

    Exit code 0: it is held; 2: it cannot be asked for.
    """
    scope, end = scope_given(job_id, everything, labels), end_given(until, lasting)
    why = reason_given(reason, "Why is it held?", dry_run=dry_run)
    impose("hold", scope, body_of(why, until=end, dry_run=dry_run), server, as_json=as_json)
