"""The forms of a plan's report, above all the comment on a pull request."""

import re
from dataclasses import replace

import pytest
from builders import NOW, make_desired, make_live, make_manifest, make_override

from tasks_service.api.shapes.plan_report import PlanReportShape
from tasks_service.cli.plan_report.escaping import escaped
from tasks_service.cli.plan_report.form import PlanForm, plan_json, printed
from tasks_service.cli.plan_report.markdown import LIMIT, plan_markdown
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.guards.deletions import guard_deletions
from tasks_service.core.override import OverrideSet
from tasks_service.core.plan import diff
from tasks_service.core.plan_report.drafting import Circumstances, draft
from tasks_service.core.plan_report.reasons import Causes
from tasks_service.core.plan_report.report import PlanReport

EVIL = (
    "</details> @everyone #1 **bold** [x](https://evil.example) `code` | cell\n\n# heading <img src=x> $a$ :tada: a@b.c"
)


def report_of(number: int, description: str = "moved") -> PlanReport:
    """So many jobs move from two to three o'clock, one is new, one is paused for an evil reason."""
    live = {f"uid-j{n}": make_live(f"j{n}") for n in range(number)} | {"uid-p": make_live("p")}
    schedule = {"trigger": "cron", "expression": "0 3 * * *"}
    wanted = {
        f"uid-j{n}": make_desired(f"j{n}", manifest=make_manifest(f"j{n}", schedule=schedule, description=description))
        for n in range(number)
    }
    wanted |= {"uid-new": make_desired("new"), "uid-p": make_desired("p", halted=True)}
    causes = Causes(overrides=OverrideSet((make_override(job_uid="uid-p", created_at=NOW, reason=description),)))
    plan = guard_deletions(diff(wanted, live, frozenset()), len(live))
    return draft(plan, Circumstances(at=NOW, live=live, causes=causes, revision="r2"))


def test_the_comment_has_the_summary_first_then_a_table_then_the_details_folded() -> None:
    text = plan_markdown(report_of(3))
    lines = text.splitlines()

    assert lines[0] == "### Plan: 1 to add, 4 to change, 0 to delete, 0 held."
    [row] = [line for line in lines if line.startswith("| `~` | <code>j1</code>")]
    assert '<code>schedule.expression</code>: <code>"0 2 \\* \\* \\*"</code> → <code>"0 3 \\* \\* \\*"</code>' in row
    assert "| 1 → 1 |" in row
    assert text.index("|---|") < text.index("<details>") < text.index("**<code>j1</code>**") < text.index("</details>")


def test_nothing_that_people_wrote_formats_links_or_mentions() -> None:
    text = plan_markdown(report_of(1, EVIL))

    assert text.count("</details>") == text.count("<details>") == 1
    for harm in ("@everyone", "#1", "**bold", "<img", "https://", "[x](", "`code`", ":tada:", "a@b", "\n# "):
        assert harm not in text, harm
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


@pytest.mark.parametrize("text", ["@a", "#1", "www.evil.example", "GH-1", "a_b_c", "~~x~~", "a\u202eb", "a\x00b"])
def test_what_github_would_link_or_format_is_taken_apart(text: str) -> None:
    assert text not in escaped(text)


@pytest.mark.parametrize("number", [320, 3200])
def test_a_comment_that_would_be_too_long_says_how_much_is_left_out(number: int) -> None:
    report = report_of(14, EVIL * 3)
    text = plan_markdown(replace(report, jobs=report.jobs * (number // len(report.jobs))))

    assert len(text) < LIMIT < 65_536
    assert "more jobs, see `tasks plan`" in text
    assert text.count("<details>") == text.count("</details>") == 1
    shown = text.count("| `~` |") + text.count("| `+` |")
    [rest] = [line for line in text.splitlines() if line.startswith("|   | … and ")]
    assert shown + int(rest.split("… and ")[1].split()[0]) == number


def test_many_findings_leave_room_for_the_changes() -> None:
    findings = tuple(Diagnostic(rule="JM010", message=f"key {n} is not known " * 9, path="a.yaml") for n in range(900))
    text = plan_markdown(replace(report_of(3), problems=findings))

    assert len(text) < LIMIT
    assert "more findings" in text


def test_the_json_of_a_report_is_the_report_again() -> None:
    report = replace(report_of(3), problems=(Diagnostic(rule="JM010", message="no", path="a.yaml", line=2, column=1),))

    assert PlanReportShape.model_validate_json(plan_json(report)).report() == report


@pytest.mark.parametrize("form", PlanForm)
def test_every_form_tells_summary_jobs_and_fires(form: PlanForm) -> None:
    text = printed(report_of(2), form)

    for part in ("Plan: 1 to add, 3 to change, 0 to delete, 0 held.", "j0", "j1", "new", "gains 7 fires"):
        assert part in text
