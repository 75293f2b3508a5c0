"""A folder of wrong manifests: each says what is wrong, where, and by which rule; none gives a traceback.

``findings.txt`` holds a line for each finding: ``file:line:column: severity rule: message``.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

FOLDER = Path(__file__).resolve().parents[1] / "manifests_bad"
TEXT = YamlManifests(Rulebook(types=load_job_types()), SystemClock())
ACROSS_DOCUMENTS = "JM021"
"""Duplicate ids are found by whoever reads all files, not by the reader of one text."""


def expected() -> dict[str, list[str]]:
    by_file: dict[str, list[str]] = defaultdict(list)
    for line in (FOLDER / "findings.txt").read_text().splitlines():
        by_file[line.partition(":")[0]].append(line)
    return by_file


EXPECTED = expected()


def test_there_are_many_and_each_is_expected_to_be_wrong() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")}

    assert len(files) >= 45
    assert files == EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_wrong_manifest_says_what_is_wrong_and_where(name: str) -> None:
    reading = TEXT.read((FOLDER / name).read_bytes(), name)

    found = [str(problem).partition(" — ")[0] for problem in reading.problems]
    assert found == [line for line in EXPECTED[name] if ACROSS_DOCUMENTS not in line]


def test_validate_names_every_file_in_one_pass_without_a_traceback() -> None:
    command = [sys.executable, "-m", "tasks_service", "validate", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER.parents[1], timeout=60)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    told = {re.sub(r" — .*", "", line) for line in done.stdout.replace(f"{FOLDER}/", "").splitlines()}
    assert {line for lines in EXPECTED.values() for line in lines} <= told


@pytest.mark.parametrize(
    ("bomb", "rule"),
    [
        ("a: " + "[" * 100_000, "JM003"),
        ("a: " + "{b: " * 10_000, "JM003"),
        ("- &a [" + "x, " * 9 + "x]\n" + "".join(f"- &b{n} [{'*a, ' * 9}*a]\n" for n in range(9)), "JM003"),
        ("x" * 300_000, "JM003"),
        ("a: 1" + "\nb: 1" * 20_000, "JM003"),
        ("a: !!int " + "9" * 5000, "JM001"),
    ],
)
def test_a_bomb_is_refused_by_its_size_and_not_by_its_explosion(bomb: str, rule: str) -> None:
    reading = TEXT.read(bomb, "bomb.yaml")

    assert reading.manifests == ()
    assert rule in {problem.rule for problem in reading.problems}
