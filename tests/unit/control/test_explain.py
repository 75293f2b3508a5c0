"""Why a job did or did not run: the real rows of every outcome, and the sentences that are made of them."""

from builders import at, make_sourced
from databases import engine_of
from sqlalchemy import insert
from workbench import Workbench, at_hour

from tasks_service.adapters.sql.engine import write
from tasks_service.adapters.sql.tables import leaderships, members
from tasks_service.core.explain import Explanation, Verdict
from tasks_service.core.history import LeadEnding
from tasks_service.core.run import Outcome, RunState


def why(bench: Workbench, moment: str, job_id: str = "nightly") -> Explanation:
    return bench.explainer.explain(job_id, moment)


def text(bench: Workbench, moment: str, job_id: str = "nightly") -> str:
    return "\n".join(why(bench, moment, job_id).sentences)


def end(bench: Workbench, state: RunState = RunState.SUCCEEDED) -> None:
    bench.clock.advance(5)
    bench.finish_all(state)


def test_a_success_tells_when_it_started_how_long_it_took_and_with_which_manifest(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "cron", "expression": "0 16 * * *", "spread": "60s"}))
    bench.pass_time("2026-11-23 16:02")
    end(bench)

    found = why(bench, "2026-11-23T16:00")

    assert (found.verdict, found.facts.row and found.facts.row.outcome) == (Verdict.OUTCOME, Outcome.SUCCEEDED)
    assert found.sentences[0] == "It ran and succeeded after 5s."
    assert "by jitter and spread" in found.sentences[1]
    assert f"In force is revision r{at('2026-11-23 12:00').timestamp()} (nightly.yaml:1)" in found.sentences[2]


def test_a_failure_tells_every_attempt_and_why_there_was_no_other(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"retry": {"attempts": 1, "delay": "30s", "jitter": 0}}))
    bench.pass_time("2026-11-23 16:00")
    end(bench, RunState.FAILED)
    assert "It waits, and may start at 2026-11-23 16:00:35 UTC." in text(bench, "2026-11-23T16:00")
    bench.clock.advance(30)
    bench.step()
    assert "It is running since" in text(bench, "2026-11-23T16:00")
    end(bench, RunState.FAILED)

    told = text(bench, "2026-11-23T16:00")

    assert told.startswith("It ran and failed")
    assert "Attempt 1 ended as failed" in told
    assert "policy.retry had the next one start at 2026-11-23 16:00:35 UTC." in told
    assert "It was not tried again: policy.retry.attempts is 1." in told


def test_a_run_that_took_too_long_names_the_limit(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"timeout": "90s"}))
    bench.pass_time("2026-11-23 16:00")
    end(bench, RunState.TIMED_OUT)

    assert text(bench, "2026-11-23T16:00").startswith("It ran longer than policy.timeout allows, 1m30s, and was ended")


def test_a_lost_run_tells_who_found_it_so(bench: Workbench) -> None:
    bench.commit(at_hour())
    bench.pass_time("2026-11-23 16:00")
    bench.clock.set(at("2026-11-23 16:05"))
    led(bench, "node-2", "16:04", None)
    bench = bench.restart()

    told = text(bench, "2026-11-23T16:00")

    assert "It was started at 2026-11-23 16:00 UTC on bench, and nobody knows how it ended: Lost: the service" in told
    assert "It was found so at 2026-11-23 16:05 UTC by the leader, process 7 on node-2" in told
    assert "policy.retry.on_lost is false" in told


def test_a_cancelled_run_tells_by_whom_and_why(bench: Workbench) -> None:
    bench.commit(at_hour())
    bench.pass_time("2026-11-23 16:00")
    [run] = bench.all_runs()
    bench.runs.cancel(run.run_id, "ann", "the wrong day")
    end(bench, RunState.CANCELLED)

    assert "It was cancelled while it ran by ann at 2026-11-23 16:00:05 UTC: the wrong day." in text(
        bench, "2026-11-23T16:00"
    )


def test_an_overlap_names_the_run_that_was_in_the_way_and_for_how_long(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "cron", "expression": "0 * * * *"}))
    bench.pass_time("2026-11-23 14:00")
    [first, *_] = bench.all_runs()
    bench.clock.set(at("2026-11-23 14:30"))
    bench.finish_all()

    told = text(bench, "2026-11-23T14:00")

    assert told.startswith("It did not start: an earlier run was still under way, and policy.overlap is skip.")
    assert (
        f"In the way was run {first.run_id}, due 2026-11-23 13:00 UTC, from 2026-11-23 13:00 UTC until 2026-11-23 14:30"
        in told
    )


def test_a_pause_names_who_why_since_when_and_who_ended_it(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "cron", "expression": "0 * * * *"}))
    bench.clock.set(at("2026-11-23 12:30"))
    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    bench.sync()
    bench.pass_time("2026-11-23 15:30")
    bench.sync()
    bench.overrides.resume("nightly", "bob")
    bench.sync()

    found = why(bench, "2026-11-23T14:00")

    assert found.sentences[0] == "It was skipped, because ann had paused the job."
    assert "The row stands for 3 fires alike, from 2026-11-23 13:00 UTC to 2026-11-23 15:00 UTC." in found.sentences
    assert (
        "ann paused the job at 2026-11-23 12:30 UTC, “vendor outage”; bob ended it at 2026-11-23 15:30 UTC."
        in found.sentences
    )


def test_a_suspension_names_its_reason_and_its_place(bench: Workbench) -> None:
    bench.commit(at_hour(suspend=True, suspend_reason="the bot moves"))
    bench.pass_time("2026-11-23 17:00")
    bench.sync()

    assert text(bench, "2026-11-23T16:00").startswith(
        "It was skipped, because the manifest suspended the job (nightly.yaml:1): “the bot moves”."
    )


def test_downtime_tells_what_became_of_each_fire_and_who_led(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "cron", "expression": "0 * * * *"}))
    led(bench, "node-1", "11:00", "12:30", LeadEnding.DIED)
    led(bench, "node-2", "15:30", None)
    bench.clock.set(at("2026-11-23 15:30"))
    bench = bench.restart()
    bench.step()
    end(bench)

    coalesced, caught_up = text(bench, "2026-11-23T13:00"), text(bench, "2026-11-23T15:00")

    assert coalesced.startswith("It was folded into a later fire, as policy.catch_up says: coalesced into a later")
    assert "The fire of 2026-11-23 15:00 UTC stood for it: succeeded." in coalesced
    assert (
        "No process led from 2026-11-23 12:30 UTC until 2026-11-23 15:30 UTC, when process 7 on node-2 took over. "
        "Process 7 on node-1 was gone.\nNo replica of the service gave a sign of life in that time."
    ) in coalesced
    assert "It was caught up: missed while the service was down, caught up." in caught_up
    assert "30m after it was due" in caught_up


def test_downtime_without_catch_up_says_so(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"catch_up": {"policy": "none"}}))
    bench.clock.set(at("2026-11-23 18:00"))
    bench = bench.restart()

    assert text(bench, "2026-11-23T16:00").startswith(
        "It was not run: no process of the service watched the clock, and policy.catch_up is none"
    )


def test_a_fire_older_than_the_deadline_says_so(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"catch_up": {"deadline": "1h"}}))
    bench.clock.set(at("2026-11-23 18:00"))
    bench = bench.restart()

    assert (
        "when the service could have run it, at 2026-11-23 18:00 UTC, it was older than policy.catch_up.deadline (1h)."
        in text(bench, "2026-11-23T16:00")
    )


def test_a_superseded_fire_names_the_edit_and_what_it_changed(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16), revision="old")
    bench.clock.set(at("2026-11-23 15:00"))
    bench.commit(at_hour(hour=14), revision="new")

    told = text(bench, "2026-11-23T16:00")

    assert told.startswith("It was dropped: the schedule was changed before it was due, at 2026-11-23 15:00 UTC.")
    assert 'What changed: schedule.expression: "0 16 * * *" → "0 14 * * *".' in told
    assert "In force is revision new (nightly.yaml:1), applied at 2026-11-23 15:00 UTC." in told


def test_a_replaced_manifest_is_named_with_what_replaced_it(bench: Workbench) -> None:
    bench.commit(at_hour(), revision="old")
    bench.pass_time("2026-11-23 16:00")
    end(bench)
    bench.commit(at_hour(description="edited"), revision="new")

    found = why(bench, "2026-11-23T16:00")

    assert "In force was revision old (nightly.yaml:1), applied at 2026-11-23 12:00 UTC." in found.sentences
    assert (
        'It was replaced at 2026-11-23 16:00:05 UTC by revision new (nightly.yaml:1): description: "" → "edited".'
        in found.sentences
    )
    assert [change.field for change in found.replaced] == ["description"]


def test_a_moment_without_a_fire_names_its_neighbours_and_their_fate(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16))
    bench.pass_time("2026-11-23 16:00")
    end(bench)

    found = why(bench, "2026-11-23T18:00")

    assert (found.verdict, found.slot) == (Verdict.NO_FIRE, None)
    assert (found.previous_fire, found.next_fire) == (at("2026-11-23 16:00"), at("2026-11-24 16:00"))
    assert "The fire before was at 2026-11-23 16:00 UTC (succeeded)." in found.sentences
    assert "The next one is at 2026-11-24 16:00 UTC." in found.sentences


def test_a_run_by_hand_is_found_by_its_minute(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16))
    bench.clock.set(at("2026-11-23 13:00:20"))
    bench.runs.run_now("nightly", "ann", reason="a test")
    bench.step()
    end(bench)

    assert "ann asked for a run at 2026-11-23 13:00:20 UTC: “a test”. It is succeeded." in text(
        bench, "2026-11-23T13:00"
    )


def test_a_fire_to_come_is_told_as_things_stand(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16))
    assert text(bench, "2026-11-23T16:00").startswith("It is still to come. As things stand, it will start then.")

    bench.overrides.pause("nightly", "ann", until=at("2026-11-24 00:00"))
    bench.sync()

    assert text(bench, "2026-11-23T16:00").startswith(
        "It is still to come. As things stand, it will not start: paused by an override."
    )
    assert "it will start then" in text(bench, "2026-11-24T16:00"), "the pause is over by then"


def test_a_fire_that_nobody_has_claimed_says_so_and_since_when_nobody_leads(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16))
    led(bench, "node-1", "11:00", "15:00", LeadEnding.EXPIRED)
    seen(bench, "node-3", "15:10", "16:30")
    bench.clock.set(at("2026-11-23 16:30"))

    told = text(bench, "2026-11-23T16:00")

    assert told.startswith("It is due, and no leader has claimed it yet.")
    assert "No process led from 2026-11-23 15:00 UTC and nobody has led since. Process 7 on node-1 did not" in told
    assert "Signs of life came from process 8 on node-3, which did not lead." in told


def test_before_it_was_created_and_after_it_was_deleted_a_job_was_not_there(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"), at_hour("third"))
    bench.clock.set(at("2026-11-23 15:00"))
    bench.commit(at_hour("other"), at_hour("third"))

    assert text(bench, "2026-11-23T11:00") == (
        "The job was not there yet: it was first applied at 2026-11-23 12:00 UTC, from nightly.yaml:1."
    )
    assert text(bench, "2026-11-23T16:00") == "The job was not there: it was deleted at 2026-11-23 15:00 UTC."
    assert "The job was deleted at 2026-11-23 15:00 UTC." in text(bench, "2026-11-23T14:00")


def test_a_renamed_job_is_found_under_both_names(bench: Workbench) -> None:
    bench.commit(at_hour("old_name"))
    bench.pass_time("2026-11-23 16:00")
    end(bench)
    bench.commit(at_hour("new_name", previous_ids=["old_name"]))

    assert (
        why(bench, "2026-11-23T16:00", "old_name").facts.row
        == why(bench, "2026-11-23T16:00", "new_name").facts.row
        is not None
    )


def test_a_row_that_is_gone_by_retention_says_so(bench: Workbench) -> None:
    bench.commit(at_hour(hour=16))
    bench.pass_time("2026-11-23 16:00")
    end(bench)
    bench.clock.set(at("2027-05-01 00:00"))
    bench = bench.restart()
    bench.step()
    end(bench)
    bench.stores.ledger.forget(at("2027-04-30 00:00"), 0, 1000)

    found = why(bench, "2026-11-23T16:00")

    assert found.verdict is Verdict.UNKNOWN
    assert found.sentences[0] == (
        "Nothing is known of it any more: rows from before 2027-01-31 00:00:05 UTC need not be kept."
    )


def test_a_time_that_the_clocks_leave_out_is_explained_by_the_rule(bench: Workbench) -> None:
    zone = {"trigger": "cron", "expression": "30 2 * * *", "timezone": "America/New_York"}
    bench.clock.set(at("2026-03-07 12:00"))
    bench.commit(make_sourced(schedule=zone))
    bench.pass_time("2026-03-08 07:00")
    end(bench)

    told = text(bench, "2026-03-08T02:30")

    assert told == text(bench, "2026-03-08T02:30[America/New_York]")
    assert told.startswith("It ran and succeeded")
    assert (
        "On 2026-03-08 the clocks of America/New_York are put forward from 02:00 to 03:00: no time in between exists.\n"
        "dst.gap is after: a fixed time that the clocks leave out fires right after the jump, at 2026-03-08 03:00 EDT "
        "(07:00 UTC)."
    ) in told
    assert why(bench, "2026-03-08T07:00Z").facts.row == why(bench, "2026-03-08T02:30").facts.row


def test_the_first_failure_of_a_new_manifest_is_blamed_on_it(bench: Workbench) -> None:
    bench.commit(at_hour(parameters={"argv": ["true"]}), revision="good")
    bench.pass_time("2026-11-23 16:00")
    end(bench)
    bench.commit(at_hour(parameters={"argv": ["false"]}), revision="bad")
    bench.pass_time("2026-11-24 16:00")
    end(bench, RunState.FAILED)
    bench.commit(at_hour(parameters={"argv": ["false", "again"]}), revision="worse")
    bench.pass_time("2026-11-25 16:00")
    end(bench, RunState.FAILED)

    told = 'It fails since revision bad (nightly.yaml:1), which changed parameters.argv: ["true"] → ["false"].'
    assert told in why(bench, "2026-11-24T16:00").sentences
    assert told in why(bench, "2026-11-25T16:00").sentences
    assert "It fails since" not in text(bench, "2026-11-23T16:00")


def led(bench: Workbench, node: str, since: str, until: str | None, ending: LeadEnding | None = None) -> None:
    """Somebody led that day; on the bench nobody asks for the lease, whose clock is the database's."""
    values = {"term": 1, "owner": node, "node": node, "pid": 7, "since": at(f"2026-11-23 {since}"), "ending": ending}
    with engine_of(bench.database) as engine, write(engine) as connection:
        connection.execute(insert(leaderships).values(values | {"until": at(f"2026-11-23 {until}") if until else None}))


def seen(bench: Workbench, node: str, since: str, until: str) -> None:
    """A replica gave signs of life that day."""
    begin, last = (at(f"2026-11-23 {moment}") for moment in (since, until))
    values = {"owner": node, "node": node, "pid": 8, "pid_started": 0.5, "role": "replica", "facts": {}, "beats": 1}
    with engine_of(bench.database) as engine, write(engine) as connection:
        connection.execute(insert(members).values(values | {"joined_at": begin, "seen_at": last}))
