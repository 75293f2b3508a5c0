"""``tasks schema --check --manifests``: a change of a job type names the manifests that it breaks."""

import json
from pathlib import Path

import pytest
from command_line import tasks
from running import command_job

REQUEST = """\
job_id: ping
job_type: http_request
schedule: {trigger: interval, hours: 1}
parameters:
  url: https://example.com/
  verify: strict
"""


@pytest.fixture
def earlier(folder: Path) -> Path:
    """A folder whose committed schema is that of an earlier version, which knew one parameter more."""
    tasks("schema", cwd=folder)
    path = folder / "schemas" / "http_request.schema.json"
    schema = json.loads(path.read_text())
    schema["$defs"]["http_request_parameters"]["properties"]["verify"] = {"type": "string"}
    path.write_text(json.dumps(schema))
    return folder


def test_a_manifest_that_a_change_breaks_is_named_with_line_and_change(earlier: Path) -> None:
    (earlier / "manifests" / "ping.yaml").write_text(f"{command_job('first', 'true')}---\n{REQUEST}")

    done = tasks("schema", "--check", "--manifests", "manifests", cwd=earlier)

    change = "http_request.schema.json: parameters.verify is no known key any more"
    assert done.exit_code == 1
    assert f"stricter now: {change}\n" in done.stdout
    assert "manifests/ping.yaml:11:3: error JM010: parameters.verify is no known key" in done.stdout
    assert f"(since {change})" in done.stdout


def test_the_same_key_of_another_type_is_no_fault_of_the_change(earlier: Path) -> None:
    (earlier / "manifests" / "other.yaml").write_text(
        command_job("other", "true").replace("parameters: {", "parameters: {verify: x, ")
    )

    done = tasks("schema", "--check", "--manifests", "manifests", cwd=earlier)

    assert "JM010: parameters.verify" in done.stdout
    assert "(since" not in done.stdout


def test_a_type_that_is_gone_is_named_at_its_jobs(folder: Path) -> None:
    tasks("schema", cwd=folder)
    (folder / "schemas" / "report.schema.json").write_text("{}")
    (folder / "manifests" / "report.yaml").write_text(REQUEST.replace("http_request", "report"))

    done = tasks("schema", "--check", "--manifests", "manifests", cwd=folder)

    assert "(since report.schema.json: job_type is no known type any more)" in done.stdout


def test_fresh_schemas_and_good_manifests_end_with_0(folder: Path) -> None:
    tasks("schema", cwd=folder)

    done = tasks("schema", "--check", "--manifests", "manifests", cwd=folder)

    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "1 valid manifest in 1 file; no problems")


def test_a_schema_that_is_no_json_ends_with_2(folder: Path) -> None:
    tasks("schema", cwd=folder)
    (folder / "schemas" / "command.schema.json").write_text("{")

    done = tasks("schema", "--check", "--manifests", "manifests", cwd=folder)

    assert done.exit_code == 2
    assert "command.schema.json is no JSON" in done.stderr


def test_manifests_without_check_is_a_mistake(folder: Path) -> None:
    assert tasks("schema", "--manifests", "manifests", cwd=folder).exit_code == 2
