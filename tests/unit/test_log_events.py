"""The table of events is that of the code: a name that is logged and not explained is as wrong as the reverse."""

import ast
from collections.abc import Iterator
from pathlib import Path

import tasks_service
from tasks_service.logs.events import EVENTS, JOB_EVENTS

PACKAGE = Path(tasks_service.__file__).parent


def logged(folder: str) -> Iterator[str]:
    for path in PACKAGE.glob(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                found = (v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "event")
                yield from (v.value for v in found if isinstance(v, ast.Constant) and v.value != "-")


def test_every_event_is_in_the_table_and_every_entry_is_logged_somewhere() -> None:
    of_jobs = set(logged("jobs/*.py"))

    assert of_jobs == set(JOB_EVENTS)
    assert set(logged("**/*.py")) - of_jobs == set(EVENTS)


def test_every_line_of_the_service_has_an_event() -> None:
    silent = []
    for path in PACKAGE.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of_a_log = isinstance(node.func.value, ast.Name) and node.func.value.id in ("log", "_log", "logger")
                written = node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
                if of_a_log and written and "extra" not in {keyword.arg for keyword in node.keywords}:
                    silent.append(f"{path.name}:{node.lineno}")

    assert silent == []


def test_names_are_sorted_and_say_of_what_they_tell() -> None:
    for table in (EVENTS, JOB_EVENTS):
        assert list(table) == sorted(table)
        assert all(name.count(".") == 1 and meaning.endswith(".") for name, meaning in table.items())
