"""``tasks validate -o sarif|junit``: read by their own standards."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
from command_line import tasks
from running import ROOT, command_job

SARIF = json.loads((ROOT / "tests/formats/sarif-2.1.0.json").read_text())


@pytest.fixture
def troubled(folder: Path) -> Path:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")
    (folder / "manifests" / "odd name.yaml").write_text(command_job("odd", "true") + "notify: {on_failure: true}\n")
    (folder / "manifests" / "gone.yaml").symlink_to("nowhere")
    return folder


def test_sarif_keeps_to_the_official_schema_and_describes_each_rule(troubled: Path) -> None:
    done = tasks("validate", "-o", "sarif", cwd=troubled)

    log = json.loads(done.stdout)
    jsonschema.Draft4Validator(SARIF).validate(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert done.exit_code == 1
    assert [rule["id"] for rule in rules] == ["JM005", "JM010", "JM014"]
    assert all(rule["help"]["markdown"].startswith(f"# {rule['id']}: ") for rule in rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_sarif_places_a_finding_at_its_line_and_a_broken_link_at_its_file(troubled: Path) -> None:
    [run] = json.loads(tasks("validate", "-o", "sarif", cwd=troubled).stdout)["runs"]

    places = {r["ruleId"]: r["locations"][0]["physicalLocation"] for r in run["results"]}
    assert places["JM010"]["artifactLocation"] == {"uri": "manifests/bad.yaml", "uriBaseId": "%SRCROOT%"}
    assert places["JM010"]["region"] == {"startLine": 5, "startColumn": 1}
    assert places["JM014"]["artifactLocation"]["uri"] == "manifests/odd%20name.yaml"
    assert "region" not in places["JM005"]


def test_sarif_of_good_manifests_is_an_empty_run(folder: Path) -> None:
    done = tasks("validate", "-o", "sarif", cwd=folder)

    log = json.loads(done.stdout)
    jsonschema.Draft4Validator(SARIF).validate(log)
    assert (done.exit_code, log["runs"][0]["results"]) == (0, [])


def test_junit_has_a_case_for_each_file_and_fails_those_with_errors(troubled: Path) -> None:
    suites = Xml.fromstring(tasks("validate", "-o", "junit", cwd=troubled).stdout)

    [suite] = suites
    cases = {case.get("name"): [part.tag for part in case] for case in suite}
    assert cases == {
        "manifests/bad.yaml": ["failure"],
        "manifests/gone.yaml": ["failure"],
        "manifests/good.yaml": [],
        "manifests/odd name.yaml": ["system-out"],
    }
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "JM010: polcy is no known key"


def test_junit_survives_what_xml_cannot_say(folder: Path) -> None:
    (folder / "manifests" / "a\x01<&.yaml").write_text("job_type: '\x7f]]>'\n")

    done = tasks("validate", "-o", "junit", cwd=folder)

    assert any("a\ufffd<&" in (case.get("name") or "") for case in Xml.fromstring(done.stdout).iter("testcase"))
