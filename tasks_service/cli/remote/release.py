"""``tasks release``: end a hold or a pin."""

from enum import StrEnum
from typing import Annotated

import typer

from tasks_service.cli.remote.options import JsonOption, ReasonOption, ServerOption
from tasks_service.cli.remote.overriding import (
    AllOption,
    DryRunOption,
    JobInScope,
    LabelsOption,
    Scope,
    body_of,
    lift,
    reason_given,
    scope_given,
    tell,
)
from tasks_service.cli.remote.printing import print_answers
from tasks_service.cli.remote.server import asking
from tasks_service.client.overrides import in_force
from tasks_service.client.runs import job_path


class Released(StrEnum):
    """The value of ``--kind``."""

    HOLD = "hold"
    PIN = "pin"


def release(
    job_id: JobInScope = None,
    *,
    kind: Annotated[Released | None, typer.Option(help="Only this; default: what is in force.")] = None,
    everything: AllOption = False,
    labels: LabelsOption = None,
    reason: ReasonOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Release a job that is held or pinned: it follows its manifest again.

    Exit code 0: nothing holds or pins it any more; 2: it cannot be asked for.
    """
    scope = scope_given(job_id, everything, labels)
    kinds = (kind.value,) if kind else tuple(Released)
    if job_id is None or dry_run:
        lift(kinds, scope, server, dry_run=dry_run, as_json=as_json)
        return
    why = reason_given(reason, "Why is it released?")
    _release(job_id, kinds, scope, why, server, as_json=as_json)


def _release(
    job_id: str, kinds: tuple[str, ...], scope: Scope, reason: str, server: str | None, *, as_json: bool
) -> None:
    with asking(server) as connection:
        name = str(connection.get(job_path(job_id))["job_id"])
        found = [str(override["kind"]) for _, override in in_force(connection, kinds, scope)]
        answers = [
            connection.post(job_path(name, "release"), body_of(reason, kind=kind)) for kind in dict.fromkeys(found)
        ]
    if as_json:
        print_answers(answers)
        return
    for answer in answers:
        tell(answer, as_json=False)
    if not answers:
        typer.echo(f"job {name} is neither held nor pinned, and nothing was changed")
