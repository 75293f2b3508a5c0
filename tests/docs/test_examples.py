"""What people copy from the documents works: manifests, request bodies, endpoints, commands."""

import importlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import tasks
from document_blocks import Block, Shown, shown_by
from job_runs import context, execute

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.api.routes import ROUTES, UNDESCRIBED
from tasks_service.core.diagnostics import errors
from tasks_service.core.manifest import JobManifest
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import JobRegistry, load_job_types

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
TEXT = {page: page.read_text("utf-8") for page in DOCUMENTS}
RULEBOOK = Rulebook(types=load_job_types())
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def found(pattern: str) -> list[object]:
    """Each match in any document, named by its page."""
    return [
        pytest.param(match, id=f"{page.relative_to(ROOT)}-{n}")
        for page, text in sorted(TEXT.items())
        for n, match in enumerate(re.findall(pattern, text, flags=re.DOTALL | re.MULTILINE), start=1)
    ]


@pytest.mark.parametrize("block", [pytest.param(b, id="-".join(b.key)) for b in shown_by(Shown.MANIFEST)])
def test_every_manifest_in_the_documents_is_valid(block: Block) -> None:
    reading = YamlManifests(RULEBOOK, SystemClock()).read(block.text, "README")

    assert [str(problem) for problem in errors(reading.problems)] == []
    assert reading.manifests


@pytest.mark.parametrize("body", found(r"POST \S+/api/jobs \\\n(?:.*?)-d '(\{.*?\})'"))
def test_every_body_that_creates_a_job_is_valid(body: str) -> None:
    checked = RULEBOOK.check({"job_id": "made-up"} | json.loads(body), NOW, by_api=True)

    assert [finding for finding in checked.findings if finding.severity == "error"] == []


@pytest.mark.parametrize("named", found(r"`(GET|POST|PUT|DELETE) (/[^`\s]*)`"))
def test_every_endpoint_in_the_documents_exists(named: tuple[str, str]) -> None:
    method, path = named
    routes = {re.sub(r"\{\w+\}", "{}", route): methods for route, methods in {**ROUTES, **UNDESCRIBED}.items()}
    plain = re.sub(r"\{\w+\}", "{}", path.partition("?")[0])
    general = re.sub(r"/metrics/(usage|performance|errors)$", "/metrics/{}", plain)

    assert method in routes.get(general, {}), f"{method} {path}"


@pytest.mark.parametrize("block", [pytest.param(b.text, id=b.page) for b in shown_by(Shown.JOB_TYPE)])
def test_every_job_type_in_the_documents_works(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "documented_jobs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "custom_job.py").write_text(block)
    monkeypatch.syspath_prepend(str(tmp_path))

    registry = JobRegistry.load(importlib.import_module("documented_jobs"))

    assert registry.problems == ()
    assert execute(registry.job_class("custom_job"), {"required_param": 1}, context()) == {"status": "completed"}


def test_every_key_of_a_manifest_is_explained() -> None:
    explained = TEXT[ROOT / "docs" / "manifest.md"]

    assert [key for key in _keys(JobManifest.model_json_schema()) if not re.search(rf"\b{key}\b", explained)] == []


def test_every_job_type_stands_in_the_readme() -> None:
    assert [name for name in load_job_types() if f"| `{name}` |" not in TEXT[ROOT / "README.md"]] == []


def _keys(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {key for item in schema for key in _keys(item)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {key for value in schema.values() for key in _keys(value)}


def test_the_sample_calendars_are_valid_and_close_what_they_say() -> None:
    sample = str(ROOT / "docs/samples/calendars")
    checked = tasks("validate", sample)
    shown = tasks("preview", sample, "-n", "60")

    assert checked.stdout == "2 valid manifests and 3 calendars in 1 file; no problems\n"
    assert "outside office_hours (only_during)" in shown.stdout
    assert "maintenance: Loading" in shown.stdout
