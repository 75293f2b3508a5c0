"""``tasks describe``: all that the server knows of one thing."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from tasks_service.cli.remote.get.runs import COLUMNS
from tasks_service.cli.remote.options import JobArgument, JsonOption, NoColourOption, ServerOption
from tasks_service.cli.remote.preflight import preflight_facts
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Cell, print_facts, print_table
from tasks_service.cli.remote.wording import clock, pairs, place, relative, short, span, state
from tasks_service.client.connection import Connection
from tasks_service.client.listing import items_of
from tasks_service.client.overrides import override_of, scope_of
from tasks_service.client.runs import job_path
from tasks_service.core.sizes import about

_FIRES, _RUNS, _ALARMS = 5, 5, 10

describe = typer.Typer(no_args_is_help=True, help="Tell all that the server knows of one job.")


@describe.callback()
def _nouns() -> None:
    """Tell all that the server knows of one job."""


@describe.command()
def job(
    job_id: JobArgument, as_json: JsonOption = False, no_colour: NoColourOption = False, server: ServerOption = None
) -> None:
    """Tell all of a job: schedule, states and why, overrides, runs, alarms, file.

    Exit code 0: told; 2: not possible.
    """
    with asking(server) as connection:
        found = _read(connection, job_id)
    if as_json:
        print_json(found)
        return
    screen = Screen(no_colour=no_colour)
    for title, facts in _sections(found, screen):
        print_facts(screen, title, facts)
    screen.title("Last runs")
    print_table(screen, [c for c in COLUMNS if c.title != "JOB"], found["runs"], empty="  it has not run yet")


def _read(connection: Connection, job_id: str) -> dict[str, Any]:
    known = connection.get(job_path(job_id))
    name = str(known["job_id"])
    overrides = items_of(connection.get("/api/overrides"))
    return {
        "job": known,
        "preview": connection.get(job_path(name, "preview"), count=_FIRES),
        "overrides": [row for row in overrides if _concerns(row, known)],
        "alarms": items_of(connection.get("/api/alarms", job_id=name, limit=_ALARMS)),
        "usage": connection.get(job_path(name, "usage")),
        "runs": items_of(connection.get(job_path(name, "runs"), limit=_RUNS)),
    }


def _concerns(row: dict[str, Any], known: dict[str, Any]) -> bool:
    """Whether an override is for this job: by its name, by its labels, or because it is for all."""
    told = row.get("scope")
    scope: dict[str, Any] = told if isinstance(told, dict) else {"job_id": row.get("job_id")}
    if scope.get("job_id"):
        return str(scope["job_id"]).lower() == str(known["job_id"]).lower()
    return dict(scope.get("labels") or {}).items() <= dict(known.get("labels") or {}).items()


Facts = Sequence[tuple[str, Cell | str]]


def _sections(found: dict[str, Any], screen: Screen) -> Iterator[tuple[str, Facts]]:
    known = found["job"]
    yield known["job_id"], _identity(known)
    yield "Schedule", list(_schedule(known, found["preview"], screen))
    yield "State", list(_states(known, screen))
    if made := known.get("preflight"):
        yield "Preflight", preflight_facts(made, screen)
    if found["usage"]["runs"]:
        yield "Usage, 30 days", list(_usage(found["usage"]))
    yield "Overrides", [_override(row, screen) for row in found["overrides"]]
    yield "Alarms", [_alarm(alarm, screen) for alarm in found["alarms"]]
    problems = known.get("problems") or ()
    yield "Problems", [(f"{p['file']}:{p['line']}", f"{p['rule']} {p['message']}") for p in problems]


def _identity(known: dict[str, Any]) -> Facts:
    told = {
        "type": known.get("job_type"),
        "description": known.get("description"),
        "owner": known.get("owner"),
        "labels": pairs(known.get("labels") or {}),
        "place": place(known),
        "parameters": ", ".join(f"{name}={value!r}" for name, value in (known.get("parameters") or {}).items()),
    }
    return [(name, str(value)) for name, value in told.items() if value]


def _schedule(known: dict[str, Any], preview: dict[str, Any], screen: Screen) -> Iterator[tuple[str, Cell | str]]:
    yield "in words", str(preview.get("words"))
    if known.get("suspend"):
        yield "suspended", str(known.get("suspend_reason"))
    yield "next run", clock(known.get("next_run_time"), screen, none="none")
    for time in preview.get("times") or ():
        note = f" ({time['note']})" if time.get("note") else ""
        yield "fires", f"{clock(time['at'], screen)}{note}"


def _states(known: dict[str, Any], screen: Screen) -> Iterator[tuple[str, Cell | str]]:
    for axis in ("sync", "activity", "health"):
        told = state(known[axis], screen)
        reason = known.get(f"{axis}_reason")
        yield axis, Cell(text=f"{told.text}{f': {reason}' if reason else ''}", style=told.style)
    yield "revision", f"{short(known.get('revision'))}, applied {clock(known.get('applied_at'), screen)}"
    if blame := known.get("blame"):
        fields = ", ".join(change["field"] for change in blame["changes"])
        yield (
            "blame",
            f"fails since {short(blame['revision'])} by {blame['author'] or 'somebody'}, which changed {fields}",
        )


def _usage(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "runs", f"{told['runs']}, of which {told['failed']} failed"
    yield "time", f"{span(told['seconds'])}, of processors {span(told['cpu_seconds'])}"
    yield "peak memory", about(told["peak_memory_bytes"] or 0)
    yield "printed", about(told["output_bytes"])
    if told["mean_start_seconds"] is not None:
        yield (
            "start took",
            f"{told['mean_start_seconds']:.3f} s on average, {told['longest_start_seconds']:.3f} s at most",
        )


def _override(row: dict[str, Any], screen: Screen) -> tuple[str, str]:
    told = override_of(row)
    until = f"until {clock(told['until'], screen)}" if told.get("until") else "until somebody ends it"
    age = relative(told["created_at"], screen.now)
    return str(
        told["kind"]
    ), f"{scope_of(row)}, by {told['actor']} {age}, {until}: {told['reason'] or 'no reason given'}"


def _alarm(alarm: dict[str, Any], screen: Screen) -> tuple[str, str]:
    over = f"over {relative(alarm['until'], screen.now)}" if alarm.get("until") else "open"
    return str(alarm["kind"]), f"{over}, since {clock(alarm['since'], screen)}: {alarm.get('reason')}"
