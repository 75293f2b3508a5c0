"""A document changed in place: comments, order, quotes and all other documents stay."""

from difflib import ndiff

import pytest
from builders import make_manifest
from fakes import FakeClock
from manifest_files import reader

from tasks_service.adapters.yaml_manifests.editing import NotEditable, edited
from tasks_service.core.manifest import JobManifest

FILE = """\
# yaml-language-server: $schema=../schemas/job.schema.json
# The nightly export; ask Ann before you touch it.
job_id: nightly
job_type: command
description: 'the export'  # quotes as somebody liked them

# Not before the vendor's backup.
schedule:
    trigger: cron
    expression: "0 3 * * *"  # local time
    timezone: Europe/Berlin

parameters:
    argv:
        - export
        - "--all"   # everything
policy:
    timeout: 90s
---
job_id: other
job_type:   command
schedule: {trigger: interval, hours: 1}
parameters: {argv: [ "true" ]}
"""


def read(text: str) -> dict[str, JobManifest]:
    reading = reader(FakeClock()).read(text, "jobs.yaml")
    assert not [p for p in reading.problems if p.severity == "error"]
    return {sourced.manifest.job_id: sourced.manifest for sourced in reading.manifests}


def change(text: str, job_id: str = "nightly", **fields: object) -> tuple[str, list[str]]:
    """The text after a change of one job, and the lines that differ."""
    old = read(text)[job_id]
    given = {key: value for key, value in (old.given() | fields).items() if value is not None}
    new = JobManifest.model_validate_json(make_manifest(**given).model_dump_json(exclude_none=True))
    after = edited(text, old, new)
    assert read(after)[job_id].digest == new.digest
    assert {n: m.digest for n, m in read(after).items() if n != job_id} == {
        n: m.digest for n, m in read(text).items() if n != job_id
    }
    return after, [line.rstrip("\n") for line in ndiff(text.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_suspending_adds_two_lines_and_moves_no_comment() -> None:
    after, lines = change(FILE, suspend=True, suspend_reason="vendor outage: until Monday")
    assert lines == ["+ suspend: true", "+ suspend_reason: 'vendor outage: until Monday'"]
    assert "# Not before the vendor's backup.\nschedule:" in after


def test_resuming_takes_them_away_again() -> None:
    suspended, _ = change(FILE, suspend=True, suspend_reason="vendor outage")
    assert change(suspended, suspend=False, suspend_reason="")[0] == FILE


def test_a_field_within_a_mapping_changes_alone_and_keeps_its_comment() -> None:
    old = read(FILE)["nightly"].given()
    schedule = old["schedule"] | {"expression": "0 5 * * *"}
    _, lines = change(FILE, schedule=schedule, policy=old["policy"] | {"timeout": "2m"})
    assert [line for line in lines if line[0] == "+"] == [
        '+     expression: "0 5 * * *"  # local time',
        "+     timeout: 2m",
    ]


def test_a_key_taken_from_within_leaves_the_comment_that_follows_it() -> None:
    text = FILE.replace(
        "policy:\n    timeout: 90s\n", "policy:\n    timeout: 90s\n    prune: never\n# Who asks.\nowner: ann\n"
    )
    _, lines = change(text, policy=read(text)["nightly"].given()["policy"] | {"prune": "auto"})
    assert lines == ["-     prune: never"]
    assert change(text, policy={})[1] == ["- policy:", "-     timeout: 90s", "-     prune: never"]


def test_an_inline_mapping_is_written_anew() -> None:
    _, lines = change(FILE, "other", schedule={"trigger": "interval", "hours": 2, "timezone": "UTC"})
    assert lines[0] == "- schedule: {trigger: interval, hours: 1}"


def test_a_schedule_of_another_kind_is_written_anew() -> None:
    after, _ = change(FILE, schedule={"trigger": "interval", "hours": 2, "timezone": "UTC"})
    assert "trigger: interval" in after and "expression" not in after
    assert "# Not before the vendor's backup.\nschedule:" in after


def test_a_default_is_left_out_and_line_ends_stay() -> None:
    after, lines = change(FILE.replace("\n", "\r\n"), description="")
    assert len(lines) == 1 and lines[0].startswith("- description")
    assert after.count("\n") == after.count("\r\n")


def test_the_second_document_changes_without_the_first() -> None:
    after, _ = change(FILE, "other", suspend=True, suspend_reason="no")
    assert after.split("---")[0] == FILE.split("---")[0]


def test_a_document_that_is_not_there_is_told() -> None:
    with pytest.raises(NotEditable, match="stranger"):
        edited(FILE, make_manifest("stranger"), make_manifest("stranger"))
