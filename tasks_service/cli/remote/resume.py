"""``tasks resume``: end a pause, or run for a while what the manifest suspends."""

from enum import StrEnum
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
    lift,
    reason_given,
    scope_given,
)


class CatchUp(StrEnum):
    """The value of ``--catch-up``."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"


def resume(
    job_id: JobInScope = None,
    *,
    everything: AllOption = False,
    labels: LabelsOption = None,
    reason: ReasonOption = "",
    catch_up: Annotated[CatchUp, typer.Option(help="Which fires of the paused time run after all.")] = CatchUp.NONE,
    force: Annotated[
        bool, typer.Option("--force", help="Although the manifest suspends it: with a reason and an end.")
    ] = False,
    until: UntilOption = None,
    lasting: ForOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Resume a paused job; with --all or --label, end the pause of just that scope.

    Exit code 0: it is resumed; 2: it cannot be asked for.
    """
    scope, end = scope_given(job_id, everything, labels), end_given(until, lasting)
    if "job_id" not in scope:
        lift(("pause",), scope, server, dry_run=dry_run, as_json=as_json)
        return
    why = reason_given(reason, "Why is it resumed?", dry_run=dry_run)
    body = body_of(why, until=end, dry_run=dry_run, force=force, catch_up=catch_up.value)
    impose("resume", scope, body, server, as_json=as_json)
