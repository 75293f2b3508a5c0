"""Documents near the border of validity: complete ones for every job type and trigger, and small changes to them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]
Path = tuple[str | int, ...]

CRON: Document = {
    "trigger": "cron",
    "expression": "0 2 13 * fri",
    "day_match": "and",
    "timezone": "Europe/Berlin",
    "start_date": "2026-01-01",
    "end_date": "2099-12-31T18:00:00+01:00",
    "jitter": 30,
    "spread": "10m",
    "dst": {"gap": "skip", "fold": "both"},
}
FIELDS: Document = {
    "trigger": "cron",
    "month": "1-6",
    "day_of_week": "mon,wed",
    "hour": 2,
    "minute": "*/5",
    "second": 0,
}
INTERVAL: Document = {"trigger": "interval", "weeks": 1, "days": 2, "hours": 3, "minutes": 4, "seconds": 5}
DATE: Document = {"trigger": "date", "run_date": "2099-12-24 18:00"}

RULES: Document = {
    "description": "What it is for: “everything”, #1",
    "owner": "data",
    "labels": {"team": "data", "on": "no"},
    "suspend": True,
    "suspend_reason": "not yet",
    "policy": {
        "timeout": "1h30m",
        "retry": {"attempts": 2, "delay": "PT30S", "max_delay": "10m", "on_lost": True},
        "overlap": "allow",
        "catch_up": {"policy": "all", "deadline": "7d", "max_runs": 5},
        "prune": "confirm",
        "on_delete": "cancel",
        "resources": {"memory": "1GiB", "cpu": "60s", "processes": 8, "output": 4096},
    },
    "expect": {"grace": "15m", "max_runtime": "1h"},
    "notify": {"on_failure": True, "after": 3, "on_recovery": True, "channels": ["ops"]},
    "previous_ids": ["older", "oldest"],
}
PARAMETERS: dict[str, Document] = {
    "command": {
        "argv": ["echo", "no", "12:30", "", " x "],
        "shell": False,
        "env": {"TOKEN": "${TASKS_SECRET_TOKEN}"},
        "working_directory": "/",
        "expected_exit_codes": [0, 1],
    },
    "http_request": {
        "url": "https://example.com/ping",
        "method": "POST",
        "headers": {"Accept": "application/json"},
        "json": {"b": [1, 1.5, None], "a": {"on": True}},
        "expected_status": [200, "3xx"],
        "timeout": "5s",
        "follow_redirects": True,
        "extract": {"version": "/version/0"},
        "max_response": "64KiB",
    },
    "metrics_collection": {"metric_types": ["usage", "slack"], "time_range_hours": 1, "aggregate_level": "daily"},
    "slack_user_import": {"workspace_filter": "acme", "user_types": "member, bot", "include_deactivated": True},
}


def _complete(job_type: str, schedule: Document) -> Document:
    head = {"job_id": "nightly", "job_type": job_type, "schedule": schedule, "parameters": PARAMETERS[job_type]}
    return deepcopy(head | RULES)


COMPLETE: dict[str, Document] = {
    **{name: _complete(name, CRON) for name in PARAMETERS},
    **{f"command by {s['trigger']} {n}": _complete("command", s) for n, s in enumerate((FIELDS, INTERVAL, DATE))},
}
"""A document for each job type and each kind of schedule; together they hold every key there is."""

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 255, 1.0, 1.5, 10**12, -(10**30)),
    *("", " ", "x", "0", "1", "true", "no", "a,b", "a,,b", ",", "é\n", "\x00", "x" * 101, "x" * 4001),
    *("10m", "0s", "1.5s", "PT", "P1W", "P1D", "PT1H30M", "10 m", "1h30", "m", "99999999d", "٣s"),
    *("512MiB", "0", "1GB", "1 GiB", "9999999999999"),
    *("2026-12-24", "2026-12-24T18:00Z", "2026-02-30", "20261224", "9999-12-31T23:59:59-12:00", "2026-12-24 18:00\n"),
    *("0 2 * * *", "@daily", "@reboot", "* * *", "0 2 31 2 *", "mon", "*/5", "last", "2nd fri", "1-5"),
    *("UTC", "Europe/Berln", "utc", "cron", "interval", "date", "skip", "all", "or"),
    *("command", "http_request", "metrics_collection", "slack_user_import", "nothing"),
    *(
        "member",
        "member,boss",
        " member , admin ",
        "usage",
        "usage,",
        "daily",
        "200",
        "2xx",
        "200, 404",
        "6xx",
        404,
        600,
    ),
    *("/health", "//host", "http://", "ftp://x", "https://é.example/ä b", "${TASKS_SECRET_X}", "${TASKS_SECRET_X}/x"),
    *("/a/b", "a/b", "/~2", "/a~1b", "GET", "get"),
    *([], [""], ["true"], ["a", 1], [1], [0, 256], ["member", "boss"], ["x", "${TASKS_SECRET_X}"], [[]], [None]),
    *({}, {"a": "b"}, {"a": 1}, {"a": None}, {"": ""}, {"A B": "x"}, {"trigger": "cron"}, {"x": "/y"}),
]
"""Each is right at some places and wrong at others."""


def _paths(value: Any, at: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from _paths(inner, (*at, key))


KEYS = sorted({str(path[-1]) for document in COMPLETE.values() for path in _paths(document)} | {"x", "polcy", "second"})


def _parent(document: Document, path: Path) -> Any:
    found: Any = document
    for part in path[:-1]:
        found = found[part]
    return found


@st.composite
def _pruned(draw: st.DrawFn, names: list[str]) -> Document:
    """A complete document with some of its keys left out."""
    document = deepcopy(COMPLETE[draw(st.sampled_from(names))])
    for path in draw(st.lists(st.sampled_from(list(_paths(document))), max_size=6)):
        _drop(document, path)
    return document


def _drop(document: Document, path: Path) -> None:
    try:
        del _parent(document, path)[path[-1]]
    except (KeyError, IndexError):
        return  # it went with something around it


@st.composite
def nearly_valid(draw: st.DrawFn, job_type: str) -> Document:
    """A document of a type with up to three things changed in it."""
    document = draw(_pruned([name for name in COMPLETE if name.startswith(job_type)]))
    for _ in range(draw(st.integers(0, 3))):
        paths = list(_paths(document))
        path = draw(st.sampled_from(paths)) if paths else ("job_id",)
        parent, key = _parent(document, path), path[-1]
        if isinstance(parent, dict) and draw(st.booleans()):
            key = draw(st.sampled_from(KEYS))  # a key that is new here, or belongs elsewhere
        parent[key] = deepcopy(draw(st.sampled_from(VALUES)))
    return document


REQUIRED = {"job_id", "job_type", "schedule", "trigger", "parameters", "argv", "url", "run_date", "expression", "json"}


@st.composite
def valid(draw: st.DrawFn) -> Document:
    """A valid document: a complete one without some of the keys that may be left out."""
    document = deepcopy(COMPLETE[draw(st.sampled_from(sorted(COMPLETE)))])
    optional = [p for p in _paths(document) if all(isinstance(k, str) and k not in REQUIRED for k in p[-1:])]
    for path in draw(st.lists(st.sampled_from(optional), max_size=8)):
        if path[-1] not in ("suspend_reason", "day_match", "hours"):
            _drop(document, path)
    return document
