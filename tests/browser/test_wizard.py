"""The wizard: from a type to a job, with every mistake named where it was made."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect
from showcase import Showcase


def test_a_job_is_made_in_four_steps(page: Page, stage: Showcase) -> None:
    job_id = f"made_{uuid4().hex[:8]}"
    page.goto("/tasks")
    page.get_by_role("link", name="New task").click()
    page.get_by_role("link", name="metrics_collection").click()

    page.get_by_label("Name").fill(job_id)
    page.get_by_label("Owner").fill("ops")
    page.get_by_label("slack").uncheck()
    page.get_by_label("time_range_hours").fill("6")
    page.get_by_label("aggregate_level").select_option("daily")
    page.get_by_role("button", name="Next: schedule").click()

    fires = page.locator("#fires")
    expect(fires).to_contain_text("At 02:00, every day")
    page.get_by_label("Cron expression").fill("30 6 * * mon")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    expect(fires).to_contain_text("At 06:30")
    expect(fires.get_by_role("row")).to_have_count(6)
    expect(fires).to_contain_text("Mon ")
    page.get_by_role("button", name="Next: review").click()

    yaml = page.get_by_label("The definition, as YAML")
    expect(yaml).to_have_value(
        "# yaml-language-server: $schema=../schemas/job.schema.json\n"
        f"job_id: {job_id}\njob_type: metrics_collection\nowner: ops\nschedule:\n  trigger: cron\n"
        '  expression: "30 6 * * mon"\n  timezone: Europe/Berlin\nparameters:\n'
        "  metric_types:\n    - usage\n    - performance\n    - errors\n  time_range_hours: 6\n"
        "  aggregate_level: daily\n"
    )
    page.get_by_role("button", name="Create the task").click()

    expect(page.get_by_role("status")).to_have_text(f"{job_id} is created.")
    made = stage.service.wait_for_job(job_id, sync="Synced")
    assert made["owner"] == "ops"
    assert made["parameters"]["time_range_hours"] == 6


def test_a_mistake_is_shown_at_its_field(page: Page) -> None:
    page.goto("/tasks/new?type=metrics_collection")
    page.get_by_label("Name").fill("not a name")
    page.get_by_label("time_range_hours").fill("many")
    page.get_by_role("button", name="Next: schedule").click()

    hours = page.get_by_label("time_range_hours")
    expect(hours).to_have_attribute("aria-invalid", "true")
    expect(hours).to_have_accessible_description(re.compile("'many' is not a whole number"))
    expect(hours).to_have_value("many")
    hours.fill("0")
    page.get_by_role("button", name="Next: schedule").click()

    expect(page.get_by_label("time_range_hours")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Owner")).not_to_have_attribute("aria-invalid", "true")


def test_a_schedule_that_cannot_be_is_refused_where_it_is_written(page: Page) -> None:
    page.goto("/tasks/new?type=slack_user_import")
    page.get_by_label("Name").fill("imports")
    page.get_by_role("button", name="Next: schedule").click()
    page.wait_for_load_state()

    page.get_by_label("Cron expression").fill("0 0 31 2 *")
    expect(page.locator("#fires")).to_contain_text("never")
    page.get_by_role("button", name="Next: review").click()

    expression = page.get_by_label("Cron expression")
    expect(expression).to_have_attribute("aria-invalid", "true")
    expect(expression).to_have_accessible_description(re.compile("the schedule never fires"))
    page.get_by_label("Once").check()
    expect(page.get_by_label("Cron expression")).to_be_hidden()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Name")).to_have_value("imports")


def test_the_review_judges_while_one_types(page: Page) -> None:
    page.goto("/tasks/new?type=metrics_collection")
    page.get_by_label("Name").fill("daily_user_sync")
    page.get_by_role("button", name="Next: schedule").click()
    page.get_by_role("button", name="Next: review").click()
    page.wait_for_load_state()
    yaml = page.get_by_label("The definition, as YAML")
    written = yaml.input_value()

    yaml.fill(written.replace("job_type", "job_typ"))
    expect(page.locator("#verdict")).to_contain_text("job_typ")
    yaml.fill(written)
    expect(page.locator("#verdict")).to_contain_text("Valid")
    page.get_by_role("button", name="Create the task").click()

    expect(page.get_by_role("alert")).to_contain_text("daily_user_sync")
    expect(yaml).to_have_value(written)
