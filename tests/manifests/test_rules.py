"""The catalogue of rules: whole, and every example does what it says."""

import re
import subprocess
from pathlib import Path

import pytest
from command_line import tasks
from running import ROOT

from tasks_service.cli.reading import Found, read_manifests
from tasks_service.core.rules.catalogue import CATALOGUE
from tasks_service.core.rules.rule import Rule
from tasks_service.settings import Settings

WITHOUT_EXAMPLE = {"JM056"}
"""Only a running service can tell these."""


def found_in(folder: Path, text: str) -> Found:
    (folder / "manifests").mkdir(exist_ok=True)
    (folder / "manifests" / "tidy.yaml").write_text(text)
    return read_manifests(Settings(manifests=folder / "manifests"), None)


def shown() -> list[object]:
    return [pytest.param(rule, id=rule.id) for rule in CATALOGUE.values() if rule.id not in WITHOUT_EXAMPLE]


def test_the_catalogue_holds_exactly_the_rules_that_the_code_tells() -> None:
    told = {
        rule
        for path in (ROOT / "tasks_service").rglob("*.py")
        if "core/rules" not in path.as_posix()
        for rule in re.findall(r'"(JM\d{3})"', path.read_text())
    }

    assert told == CATALOGUE.keys()
    assert [rule.id for rule in CATALOGUE.values()] == sorted(CATALOGUE)


@pytest.mark.parametrize("rule", shown())
def test_the_wrong_example_breaks_this_rule_alone(rule: Rule, tmp_path: Path) -> None:
    if rule.language == "bash":
        (tmp_path / "manifests").mkdir()
        subprocess.run(["bash", "-euc", rule.wrong], cwd=tmp_path, check=True)
        found = read_manifests(Settings(manifests=tmp_path / "manifests"), None)
    else:
        found = found_in(tmp_path, rule.wrong)

    assert {(p.rule, p.severity) for p in found.problems} == {(rule.id, rule.severity)}, found.problems


@pytest.mark.parametrize("rule", shown())
def test_the_right_example_breaks_none(rule: Rule, tmp_path: Path) -> None:
    found = found_in(tmp_path, rule.right)

    assert found.problems == ()
    assert found.manifests or found.calendars


@pytest.mark.parametrize("rule", [rule for rule in CATALOGUE.values() if rule.fix], ids=lambda rule: rule.id)
def test_what_can_be_fixed_is_fixed(rule: Rule, tmp_path: Path) -> None:
    wrong = rule.wrong.replace('day_of_week: "1"', 'day_of_week: "0-6"')  # where the fix has a condition of its own
    found_in(tmp_path, wrong)

    done = tasks("validate", "--fix", cwd=tmp_path)

    assert f"fixed {rule.id}" in done.stdout
    assert done.exit_code == 0


def test_no_sample_manifest_is_doubted() -> None:
    assert read_manifests(Settings(manifests=ROOT / "manifests"), None).problems == ()
