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
    ("name", "hint"),
    [
        ("unknown_key", "did you mean 'schedule'?"),
        ("unknown_nested_key", "did you mean 'attempts'?"),
        ("unknown_job_type", "did you mean 'slack_user_import'?"),
        ("unknown_zone", "did you mean 'Europe/Berlin'?"),
        ("bad_overlap", "did you mean 'skip'?"),
        ("key_at_the_wrong_place", "it belongs to schedule.timezone"),
        ("cron_both_days", "day_match: or"),
        ("numeric_weekday", "write tue"),
        ("yes_is_text", "write true, without quotes"),
        ("number_as_id", "put it in quotes"),
        ("duplicate_key", "first on line 5"),
        ("tab_indent", "indent with spaces, not tabs"),
    ],
)
def test_a_hint_says_what_to_do(name: str, hint: str) -> None:
    reading = TEXT.read((FOLDER / f"{name}.yaml").read_bytes(), name)

    assert hint in " ".join(problem.hint for problem in reading.problems)


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistakes() -> None:
    text = "job_id: a\njob_type: command\nschedule: {trigger: interval, hours: 1}\nparameters: {argv: [a]}\nx: 1\n"
    windows = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    [problem] = TEXT.read(windows, "a.yaml").problems

    assert (problem.rule, problem.line, problem.column) == ("JM010", 5, 1)


@pytest.mark.parametrize(
    ("bomb", "rule", "line", "column"),
    [
        ("a: " + "[" * 100_000, "JM003", 1, 44),
        ("a: " + "{b: " * 10_000, "JM003", 1, 164),
        ("- &a [" + "x, " * 9 + "x]\n" + "".join(f"- &b{n} [{'*a, ' * 9}*a]\n" for n in range(9)), "JM003", 4, 8),
        ("x" * 300_000, "JM003", 1, 1),
        ("a: 1" + "\nb: 1" * 20_000, "JM003", 10_000, 4),
        ("- &a " + "x" * 200_000 + "\n" + "- *a\n" * 20, "JM003", 6, 3),
        ("a: " + "9" * 5000, "JM012", 1, 4),
    ],
)
def test_a_bomb_is_read_no_further_than_its_limit(bomb: str, rule: str, line: int, column: int) -> None:
    """The place tells how far it was read: the first event beyond the limit ends the reading."""
    reading = TEXT.read(bomb, "bomb.yaml")

    assert reading.manifests == ()
    assert (rule, line, column) in [(p.rule, p.line, p.column) for p in reading.problems]
