"""``tasks pin``: run an older revision of a job, or of everything, until a time."""

from typing import Annotated

import typer

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


def pin(
    job_id: JobInScope = None,
    *,
    revision: Annotated[
        str, typer.Option(metavar="SHA", help="The revision to run, or its beginning; `tasks get syncs` lists them.")
    ],
    everything: AllOption = False,
    labels: LabelsOption = None,
    reason: ReasonOption = "",
    until: UntilOption = None,
    lasting: ForOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Pin a job to an older revision until `tasks release`.

    Exit code 0: it is pinned; 2: it cannot be asked for.
    """
    scope, end = scope_given(job_id, everything, labels), end_given(until, lasting)
    why = reason_given(reason, "Why is it pinned?", dry_run=dry_run)
    body = body_of(why, until=end, dry_run=dry_run, revision=revision)
    impose("pin", scope, body, server, as_json=as_json)
