"""The registry: one file per job type, and none can take the others down."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from job_runs import context, execute

from tasks_service.core.errors import NotFound
from tasks_service.jobs.base_job import JobFailed, UnusableResult
from tasks_service.jobs.job_registry import JobRegistry, job_class, job_type_problems, load_job_types

README_JOB = """
from typing import Any, Dict

from tasks_service.jobs.base_job import BaseJob

class CustomJob(BaseJob):
    JOB_NAME = "Custom Job"
    JOB_DESCRIPTION = "Description of what this job does"
    REQUIRED_PARAMS = ["required_param"]
    OPTIONAL_PARAMS = ["optional_param"]

    async def _execute_job(self) -> Dict[str, Any]:
        # Implement job logic
        return {"status": "completed"}
"""
GOOD = """
from tasks_service.jobs import BaseJob

class Good(BaseJob):
    JOB_NAME = "Good"

    async def _execute_job(self):
        return {RESULT}
"""

Write = Callable[..., ModuleType]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Makes a package of job types from texts."""
    name = f"jobs_of_{tmp_path.name}"
    (tmp_path / name).mkdir()

    def write(**files: str) -> ModuleType:
        (tmp_path / name / "__init__.py").write_text("")
        for stem, text in files.items():
            (tmp_path / name / f"{stem}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    monkeypatch.syspath_prepend(str(tmp_path))
    yield write
    for module in [known for known in sys.modules if known.partition(".")[0] == name]:
        del sys.modules[module]


def test_the_four_job_types_are_there_and_none_has_a_problem() -> None:
    types = load_job_types()
    assert {"command", "http_request", "metrics_collection", "slack_user_import"} <= types.keys()
    assert job_type_problems() == ()
    assert types["slack_user_import"].title == "Slack User Import"
    assert types["slack_user_import"].secrets == ("SLACK_BOT_TOKEN",)
    assert types["http_request"].required_params == ["url"]
    assert "json" in types["http_request"].optional_params


def test_canonical_parameters_hold_the_documented_defaults() -> None:
    types = load_job_types()
    assert types["slack_user_import"].canonical("{}") == {
        "workspace_filter": "", "user_types": ["member", "admin"], "include_deactivated": False,
    }  # fmt: skip
    assert types["metrics_collection"].canonical("{}") == {
        "metric_types": ["usage", "performance", "errors", "slack"],
        "time_range_hours": 24,
        "aggregate_level": "hourly",
    }


@pytest.mark.parametrize(
    ("job_type", "given"),
    [
        ("slack_user_import", {"user_types": "member,admin", "include_deactivated": False}),
        ("metrics_collection", {"metric_types": "usage,performance,errors", "time_range_hours": 1}),
        ("http_request", {"url": "/health", "json": {"a": [1]}, "expected_status": "200, 4xx", "extract": {"v": "/v"}}),
        ("command", {"argv": ["true"], "expected_exit_codes": 3}),
        ("command", {"argv": "true | false", "shell": True}),
    ],
)
def test_canonical_parameters_mean_what_was_given_and_are_valid_themselves(job_type: str, given: dict) -> None:
    kind = load_job_types()[job_type]
    canonical = kind.canonical(json.dumps(given))
    assert kind.canonical(json.dumps(canonical)) == canonical


def test_a_new_file_is_a_new_job_type(package: Write) -> None:
    registry = JobRegistry.load(package(rocket_launch=GOOD.replace("RESULT", "")))
    assert list(registry.types) == ["rocket_launch"]
    assert registry.types["rocket_launch"].title == "Good"


def test_files_without_a_job_type_and_private_files_are_passed_over(package: Write) -> None:
    registry = JobRegistry.load(package(tools="from tasks_service.jobs import BaseJob\nX = 1\n", _draft="1 / 0"))
    assert (registry.types, registry.problems) == ({}, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module_at_all\n", "No module named 'no_such_module_at_all' (line 1)"),
        ("def broken(:\n", "SyntaxError"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3 (line 2)"),
        (
            "from tasks_service.jobs import BaseJob\nclass A(BaseJob):\n    JOB_NAME = 'A'\n",
            "does not define _execute_job",
        ),
        (GOOD + GOOD.replace("class Good", "class Better"), "each job type into a file of its own"),
        (GOOD.replace('JOB_NAME = "Good"', 'JOB_NAME = ""'), "has no JOB_NAME"),
        (GOOD + "    SECRETS = 'TOKEN'\n", "write a tuple"),
        (GOOD + "    Params = 5\n", "Params is no pydantic model"),
        (
            GOOD.replace("class Good", "import pydantic, socket\nclass Good")
            + "    class Params(pydantic.BaseModel, arbitrary_types_allowed=True):\n        s: socket.socket\n",
            "Cannot generate a JsonSchema",
        ),
    ],
)
def test_a_broken_file_is_reported_and_the_others_stay(package: Write, text: str, message: str) -> None:
    registry = JobRegistry.load(package(broken=text, fine=GOOD))
    assert list(registry.types) == ["fine"]
    (problem,) = registry.problems
    assert problem.name == "broken"
    assert message in problem.message
    with pytest.raises(NotFound, match="job type broken"):
        registry.job_class("broken")


def test_an_unknown_job_type_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        job_class("slack_user_imprt")
    assert "slack_user_import" in caught.value.hint


def test_the_job_of_the_original_readme_works_as_it_stands(package: Write) -> None:
    registry = JobRegistry.load(package(custom_job=README_JOB))
    kind = registry.types["custom_job"]
    assert (kind.title, kind.required_params, kind.optional_params) == (
        "Custom Job",
        ["required_param"],
        ["optional_param"],
    )
    assert kind.canonical('{"required_param": {"any": ["thing"]}}') == {"required_param": {"any": ["thing"]}}
    with pytest.raises(ValueError, match="unknown_param"):
        kind.canonical('{"required_param": 1, "unknown_param": 2}')
    with pytest.raises(ValueError, match="required_param"):
        kind.canonical("{}")
    cls = registry.job_class("custom_job")
    assert execute(cls, {"required_param": 1}, context()) == {"status": "completed"}


def test_named_parameters_are_attributes_even_under_the_names_of_methods(package: Write) -> None:
    text = README_JOB.replace('"optional_param"', '"json", "copy"').replace(
        '{"status": "completed"}', '{"json": self.params.json, "copy": self.params.copy}'
    )
    cls = JobRegistry.load(package(custom_job=text)).job_class("custom_job")
    assert execute(cls, {"required_param": 1, "json": [1]}, context()) == {"json": [1], "copy": None}


@pytest.mark.parametrize("result", ["[1]", "None", "{'at': object()}", "{'share': float('nan')}"])
def test_a_result_that_is_no_json_object_fails_the_run(package: Write, result: str) -> None:
    cls = JobRegistry.load(package(odd=GOOD.replace("{RESULT}", result))).job_class("odd")
    with pytest.raises(UnusableResult, match="Good"):
        execute(cls, {}, context())


def test_other_packages_register_job_types_by_entry_point(package: Write, tmp_path: Path) -> None:
    here = package(own=GOOD)
    (tmp_path / "elsewhere.py").write_text(GOOD.replace("Good", "Elsewhere"))
    folder = tmp_path / "elsewhere-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[test.job_types]\nfar_away = elsewhere:Elsewhere\nmissing = elsewhere:Missing\nown = elsewhere:Elsewhere\n"
    )
    registry = JobRegistry.load(here, "test.job_types")
    assert sorted(registry.types) == ["far_away", "own"]
    assert registry.job_class("own").__name__ == "Good"
    assert {p.name: p.message for p in registry.problems} == {
        "missing": "AttributeError: module 'elsewhere' has no attribute 'Missing'",
        "own": f"ValueError: the name is already taken by {here.__name__}.own",
    }
    sys.modules.pop("elsewhere", None)


def test_what_was_done_before_a_failure_is_kept_if_it_is_json(package: Write) -> None:
    text = GOOD.replace("BaseJob\n", "BaseJob, JobFailed\n", 1).replace(
        "return {RESULT}", "raise JobFailed('no', RESULT)"
    )
    cls = JobRegistry.load(package(partly=text.replace("RESULT", "{'done': (1, 2)}"))).job_class("partly")
    with pytest.raises(JobFailed) as caught:
        execute(cls, {}, context())
    assert caught.value.result == {"done": [1, 2]}
