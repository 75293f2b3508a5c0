"""What people see in an editor: the real yaml-language-server with the schemas, the modelines and the settings."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import tasks
from language_server import LanguageServer, language_server

from tasks_service.jobs.job_registry import load_job_types

MODELINE = "# yaml-language-server: $schema=../schemas/job.schema.json\n"
JOB = """\
job_id: ping
job_type: http_request
schedule:
  trigger: cron
  expression: "0 2 * * *"
parameters:
  url: /health
  method: FETCH
"""
CRONTAB = "MAILTO=ops@example.org\n@daily echo 100\\% of%Hello\n30 4 13 * fri other\n"
CRONJOB = """\
kind: CronJob
metadata: {name: report}
spec:
  schedule: "@every 1h"
  jobTemplate: {spec: {template: {spec: {containers: [{image: a, command: [report], args: ["12:30", "no"]}]}}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editor")
    assert tasks("init", cwd=folder).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LanguageServer]:
    with language_server(folder) as running:
        yield running


def place(text: str, word: str) -> tuple[int, int]:
    """Line and character of a word, from 0."""
    before = text[: text.index(word)]
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)


def test_a_wrong_value_gives_exactly_one_error_under_that_value(server: LanguageServer) -> None:
    server.open("manifests/wrong.yaml", MODELINE + JOB)

    [marked] = server.diagnostics("manifests/wrong.yaml")

    assert marked["message"] == (
        'Value is not accepted. Valid values: "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS".'
    )
    line, character = place(MODELINE + JOB, "FETCH")
    assert marked["range"] == {
        "start": {"line": line, "character": character},
        "end": {"line": line, "character": character + len("FETCH")},
    }


def test_the_job_type_is_completed_with_what_each_type_does(server: LanguageServer) -> None:
    text = f"{MODELINE}job_id: ping\njob_type: "
    server.open("manifests/begun.yaml", text)

    offered = server.at("textDocument/completion", "manifests/begun.yaml", 2, len("job_type: "))["items"]

    known = {name: job_type.description for name, job_type in load_job_types().items()}
    assert {item["label"]: item["documentation"] for item in offered} == known


def test_the_keys_of_a_job_are_completed_where_they_belong(server: LanguageServer) -> None:
    text = MODELINE + JOB.replace("  method: FETCH\n", "  ")
    server.open("manifests/keys.yaml", text)

    offered = server.at("textDocument/completion", "manifests/keys.yaml", text.count("\n"), 2)["items"]

    assert {"method", "headers", "expected_status"} <= {item["label"] for item in offered}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("method", "What is done at that address."),
        ("job_id", "Unique over all sources, ignoring case."),
        ("http_request", "Sends an HTTP request, checks the status, and keeps values out of the JSON that comes back."),
    ],
)
def test_a_key_says_what_it_is_for_when_it_is_pointed_at(word: str, sentence: str, server: LanguageServer) -> None:
    server.open("manifests/hovered.yaml", MODELINE + JOB)

    shown = server.at("textDocument/hover", "manifests/hovered.yaml", *place(MODELINE + JOB, word))

    assert sentence in shown["contents"]["value"]


def test_a_file_without_a_modeline_is_checked_by_the_settings_of_the_folder(folder: Path) -> None:
    settings = json.loads((folder / ".vscode/settings.json").read_text())
    with language_server(folder, settings) as server:
        server.open("manifests/team/bare.yml", JOB)

        [marked] = server.diagnostics("manifests/team/bare.yml")

    assert marked["message"].startswith("Value is not accepted. ")


def generated(folder: Path) -> dict[str, str]:
    """The text of every kind of manifest that the program writes, by a name in the folder of manifests."""
    (folder / "crontab").write_text(CRONTAB)
    (folder / "cronjob.yaml").write_text(CRONJOB)
    texts: dict[str, Any] = {f"new_{name}": tasks("new", name, cwd=folder).stdout for name in load_job_types()}
    texts["crontab"] = tasks("import", "crontab", "crontab", cwd=folder).stdout
    texts["cronjob"] = tasks("import", "cronjob", "cronjob.yaml", cwd=folder).stdout
    return texts | {path.stem: path.read_text() for path in (folder / "manifests").iterdir()}


def test_nothing_is_marked_in_what_the_program_writes(folder: Path, server: LanguageServer) -> None:
    for name, text in generated(folder).items():
        server.open(f"manifests/{name}_shown.yaml", text)
        assert server.diagnostics(f"manifests/{name}_shown.yaml") == [], name
        assert text.startswith(MODELINE), name

        broken = text.replace("job_type:", "job_typo:", 1)
        server.open(f"manifests/{name}_broken.yaml", broken)
        assert server.diagnostics(f"manifests/{name}_broken.yaml"), f"{name}: the schema is not found"
