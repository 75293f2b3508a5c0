"""Mending: what is certain is mended, everything else stays byte for byte."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.adapters.yaml_manifests import YamlManifests
from tasks_service.core.mend import Mend, mend_of_word
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types

TEXT = YamlManifests(Rulebook(types=load_job_types()), SystemClock())
BAD = sorted((Path(__file__).resolve().parents[1] / "manifests_bad").glob("*.yaml"))
JOB = "job_id: a\njob_type: command\nschedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n"
MODELINE = "# yaml-language-server: $schema=../schemas/job.schema.json"


def mended(text: str) -> str:
    return TEXT.mended(text.encode(), "a.yaml")[0].decode()


def errors(text: bytes) -> int:
    return sum(p.severity == "error" for p in TEXT.read(text, "a.yaml").problems)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("polcy: {timeout: 5m}   # short\n", "policy: {timeout: 5m}   # short\n"),
        ("polcy:\n    overlap: 'skipp'\n", "policy:\n    overlap: 'skip'\n"),
        ("labels: {tier: 010}\n", 'labels: {tier: "010"}\n'),
        ("suspend: no\n", "suspend: false\n"),
        ('policy: {retry: {attempts: "2"}}\n', "policy: {retry: {attempts: 2}}\n"),
        ("previous_ids: old, 'older'\n".replace("'", ""), "previous_ids: [old, older]\n"),
        ("notify: {channels: 'ops, 5'}\n", 'notify: {channels: [ops, "5"]}\n'),
    ],
)
def test_only_what_is_wrong_is_exchanged(wrong: str, right: str) -> None:
    assert mended(f"# on top\n{JOB}{wrong}# at the end") == f"# on top\n{JOB}{right}# at the end"


@pytest.mark.parametrize(
    "doubtful",
    [
        "polcy: {timeout: 5m}\npolicy: {timeout: 6m}\n",  # the key that is meant is there already
        "description: a, b\n",  # a comma in prose
        "xy: 1\n",
        "suspend: nope\n",
        "owner:\n",
        "labels: {tier: &one 1}\n",  # whoever refers to the anchor would change too
        "job_id: b\n",
    ],
)
def test_what_is_not_certain_is_left_to_people(doubtful: str) -> None:
    text = (JOB + doubtful).encode()

    after, fixes = TEXT.mended(text, "a.yaml")

    assert (after, fixes) == (text, ())


def test_a_word_one_slip_from_two_known_ones_is_left_alone() -> None:
    assert mend_of_word("channal", ["channel"]) == Mend("channel")
    assert mend_of_word("houra", ["hour", "hours"]) is None
    assert mend_of_word("huor", ["hour", "weeks"]) == Mend("hour")
    assert mend_of_word("day", ["days"]) is None, "too short to be sure"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_mending_only_takes_errors_away_and_a_second_time_changes_nothing(path: Path) -> None:
    before = path.read_bytes()

    once, fixes = TEXT.mended(before, path.name, MODELINE)
    twice, again = TEXT.mended(once, path.name, MODELINE)

    assert errors(once) <= errors(before)
    assert (twice, again) == (once, ())
    assert (once == before) is not bool(fixes)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["ownr: x", "polcy: {timeot: 5m}", "suspend: off", "labels: {a: 1, b: 2.50}", "previous_ids: b, c"]
        ),
        unique=True,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
    st.integers(1, 3),
)
def test_line_ends_byte_order_mark_and_comments_are_kept(lines: list[str], end: str, mark: str, copies: int) -> None:
    body = end.join([*JOB.splitlines(), *(f"{line} # {number}" for number, line in enumerate(lines))])
    text = mark + f"{end}---{end}".join([body] * copies) + end

    after = mended(text)

    assert [line.partition(" # ")[2] for line in after.split(end)] == [
        line.partition(" # ")[2] for line in text.split(end)
    ]
    assert after.startswith(mark)
    assert after.count(end) == text.count(end)
    assert errors(after.encode()) == 0
    assert mended(after) == after


def test_a_line_for_editors_is_added_once_and_only_above_manifests() -> None:
    assert TEXT.mended(JOB.encode(), "a.yaml", MODELINE)[0].decode() == f"{MODELINE}\n{JOB}"
    assert TEXT.mended(f"{MODELINE}\n{JOB}".encode(), "a.yaml", MODELINE)[1] == ()
    assert TEXT.mended(b"# nothing here\n", "a.yaml", MODELINE)[1] == ()
