"""What all overrides have in common: the options, whom they are for, and how the answer is told."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.completion import job_ids
from tasks_service.cli.remote.printing import print_answers, print_json
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import actor, asking
from tasks_service.cli.remote.table import one_line
from tasks_service.cli.remote.times import moment_option, span_option
from tasks_service.cli.remote.wording import clock
from tasks_service.client.overrides import in_force, put

JobInScope = Annotated[
    str | None, typer.Argument(metavar="[JOB]", help="The job's job_id.", autocompletion=job_ids, show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="For all jobs, also those to come.")]
LabelsOption = Annotated[
    list[str] | None,
    typer.Option("--label", "-l", metavar="KEY=VALUE", help="For all jobs with this label; repeat it for all of them."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", metavar="TIME", parser=moment_option, help="When it ends: ISO 8601."),
]
ForOption = Annotated[
    timedelta | None,
    typer.Option("--for", metavar="DURATION", parser=span_option, help="Or how long it lasts: 90m, 2h, 7d."),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]

Scope = dict[str, Any]


def scope_given(job_id: str | None, everything: bool, labels: list[str] | None) -> Scope:
    """Whom an override is for: just one of a job, all, or labels."""
    if sum((job_id is not None, everything, bool(labels))) != 1:
        fail(
            "name one of JOB, --all or --label", "such as `tasks pause nightly_user_sync` or `tasks pause -l team=data`"
        )
    if job_id is not None:
        return {"job_id": job_id}
    return {"all": True} if everything else {"labels": dict(_pair(label) for label in labels or ())}


def end_given(until: datetime | None, lasting: timedelta | None) -> str | None:
    """When it ends, as the API reads it; None where nobody said."""
    if until and lasting:
        fail("--until and --for say the same", "give one of them")
    end = until or (datetime.now(UTC) + lasting if lasting else None)
    return end.isoformat() if end else None


def reason_given(reason: str, question: str, *, dry_run: bool = False) -> str:
    """The reason, asked for where somebody is at the terminal; it may stay empty unless the server wants one."""
    if reason or dry_run or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return reason
    return str(typer.prompt(question, default="", show_default=False, err=True))


def body_of(reason: str, *, until: str | None = None, dry_run: bool = False, **more: Any) -> dict[str, Any]:
    """The body of an override; what is not given is left out."""
    given = {"reason": reason, "actor": actor(), "until": until, "dry_run": dry_run, **more}
    return {name: value for name, value in given.items() if value}


def impose(kind: str, scope: Scope, body: Mapping[str, Any], server: str | None, *, as_json: bool) -> None:
    """Put an override in force, and tell what it does."""
    with asking(server) as connection:
        answer = put(connection, kind, scope, body)
    tell(answer, as_json=as_json)


def lift(kinds: tuple[str, ...], scope: Scope, server: str | None, *, dry_run: bool, as_json: bool) -> None:
    """End the overrides of these kinds that are for all jobs or for labels."""
    with asking(server) as connection:
        found = in_force(connection, kinds, scope)
        answers = [] if dry_run else [connection.delete(f"/api/overrides/{number}") for number, _ in found]
    if as_json:
        print_answers([dict(override) for _, override in found] if dry_run else answers)
        return
    for _, override in found:
        verb = "would end" if dry_run else "ended"
        why = override.get("reason") or "no reason given"
        typer.echo(one_line(f"{verb} the {override['kind']} by {override.get('actor')}: {why}"))
    if not found:
        typer.echo(f"there is no {' or '.join(kinds)} for that, and nothing was changed")


def tell(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """What the server says to an override."""
    if as_json:
        print_json(answer)
        return
    screen = Screen()
    typer.echo(str(answer.get("message") or "done"))
    override = answer.get("override") or answer
    if override.get("until") and not override.get("ended_at"):
        typer.echo(f"  until      {clock(override['until'], screen)}")
    if answer.get("next_fire"):
        typer.echo(f"  next fire  {clock(answer['next_fire'], screen)}")
    for name, title in (("skipped", "skips"), ("caught_up", "catches up")):
        for at in answer.get(name) or ():
            typer.echo(f"  {title:<10} {clock(at, screen)}")


def _pair(label: str) -> tuple[str, str]:
    key, equals, value = label.partition("=")
    if not (key and equals):
        fail(f"{label!r} is no label", "write --label team=data")
    return key, value
