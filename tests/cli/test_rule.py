"""``tasks rule``: a page for each rule."""

import json

from command_line import tasks

from tasks_service.core.rules.catalogue import CATALOGUE


def test_a_rule_is_explained_with_both_examples() -> None:
    done = tasks("rule", "jm031")

    assert done.exit_code == 0
    assert done.stdout.startswith("# JM031: day of month and day of week are both restricted\n")
    assert "## Wrong" in done.stdout
    assert "day_match: and" in done.stdout.partition("## Right")[2]


def test_all_rules_are_listed() -> None:
    lines = tasks("rule").stdout.splitlines()

    assert [line[:5] for line in lines] == list(CATALOGUE)


def test_programs_read_json() -> None:
    [one, *_] = json.loads(tasks("rule", "-o", "json").stdout)

    assert one == json.loads(tasks("rule", "JM001", "-o", "json").stdout)
    assert (one["id"], one["severity"]) == ("JM001", "error")


def test_an_unknown_rule_ends_with_2_and_names_the_nearest() -> None:
    done = tasks("rule", "JM0033")

    assert done.exit_code == 2
    assert "JM033" in done.stderr
