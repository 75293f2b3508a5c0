"""The next fires of a job that a server holds, for ``tasks preview --server``."""

from datetime import datetime
from typing import Any

import typer

from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.server import asking
from tasks_service.client.runs import job_path


def preview_of_server(server: str, job_id: str, count: int, zone: str, *, as_json: bool) -> None:
    """Print the words and the next fires of a job: in its zone, in UTC, and in the viewer's."""
    with asking(server) as connection:
        told = connection.get(job_path(job_id, "preview"), count=count, zone=zone or None)
    if as_json:
        print_json(told)
        return
    typer.echo(f"{job_id}: {told['words']}")
    lines = [(fire["at"], _fire(fire)) for fire in told["times"]]
    lines += [(s["first"], f"{_clock(s['first'])}   skipped: {s['reason']}") for s in told["skipped"]]
    for _, line in sorted(lines):
        typer.echo(f"  {line}")
    if not told["times"]:
        typer.echo("  will not run any more")


def _fire(fire: dict[str, Any]) -> str:
    viewer = fire["viewer"] or datetime.fromisoformat(fire["at"]).astimezone().isoformat()
    clocks = dict.fromkeys(_clock(told) for told in (fire["local"], fire["at"], viewer))
    return "   ".join(clocks) + (f"   ({fire['note']})" if fire["note"] else "")


def _clock(told: str) -> str:
    return f"{datetime.fromisoformat(told):%a %Y-%m-%d %H:%M:%S %Z}"
