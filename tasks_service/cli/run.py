"""``tasks run``: run a job now, on the service or right here."""

import json
import os
import time
from typing import Annotated, Any

import httpx
import typer

from tasks_service.cli.output import Form, workflow_command
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.settings import Settings

_POLL_SECONDS = 0.3
_FINAL = frozenset({"succeeded", "failed", "timed_out", "cancelled", "lost"})


def run(
    job_id: Annotated[str, typer.Argument(metavar="JOB", help="The job's job_id.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    server: Annotated[str | None, typer.Option(help="Address of the service; default: this machine's.")] = None,
    wait: Annotated[bool, typer.Option(help="Follow the output until the run ends.")] = True,
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
) -> None:
    """Run a job now and follow it. Exit code 0: it succeeded; 1: it did not; 2: it could not be asked for."""
    settings = settings_or_fail()
    actor = os.environ.get("USER") or os.environ.get("LOGNAME") or "command line"
    try:
        with httpx.Client(base_url=server or settings.own_url, headers=_headers(settings), timeout=30) as client:
            answer = _checked(client.post(f"/api/jobs/{job_id}/run", json={"reason": reason, "actor": actor}))
            run_id = answer["id"]
            typer.echo(f"run {run_id} of {job_id} is {answer['state']}", err=True)
            ended = _follow(client, run_id, show=form is not Form.JSON) if wait else answer
    except httpx.HTTPError as error:
        fail(f"the service does not answer: {error}", "start it with `tasks serve`, or name it with --server")
    if form is Form.JSON:
        typer.echo(json.dumps(ended, indent=2, ensure_ascii=False))
    elif wait:
        _report(ended, form)
    raise typer.Exit(0 if ended["state"] in ("queued", "running", "succeeded") else 1)


def _headers(settings: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"} if settings.api_key else {}


def _checked(response: httpx.Response) -> dict[str, Any]:
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        body = {}
    if not response.is_success:
        fail(body.get("error") or f"the service answers {response.status_code}", body.get("hint") or "")
    return body


def _follow(client: httpx.Client, run_id: str, *, show: bool) -> dict[str, Any]:
    """Print the output as it comes, and return the run as it ended."""
    seen = 0
    while True:
        state = _checked(client.get(f"/api/runs/{run_id}"))
        lines = _checked(client.get(f"/api/runs/{run_id}/output", params={"after": seen, "format": "json"}))["items"]
        for line in lines:
            if show:
                typer.echo(line["text"], err=line["stream"] != "stdout")
            seen = line["seq"]
        if state["state"] in _FINAL and not lines:
            return state
        if not lines:
            time.sleep(_POLL_SECONDS)


def _report(ended: dict[str, Any], form: Form) -> None:
    error = ended.get("error") or {}
    why = f": {error.get('type')}: {error.get('message')}" if error else ""
    duration = f" after {ended['duration']:.2f} s" if ended.get("duration") is not None else ""
    text = f"{ended['state']}{duration}{why}"
    if form is Form.GITHUB:
        typer.echo(workflow_command("notice" if ended["state"] == "succeeded" else "error", ended["job_id"], text))
    else:
        typer.echo(text, err=True)
