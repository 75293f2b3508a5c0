"""Broken files, failed sources, mass deletions, and jobs that both a file and the API define."""

from builders import at
from workbench import INTERVAL, Workbench, at_hour

from tasks_service.core.diagnostics import Diagnostic

BROKEN = Diagnostic(rule="JM001", message="it ends too early", path="nightly.yaml", line=3, column=7)


def test_a_broken_file_keeps_its_job_running_and_says_where(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))

    bench.commit(problems=(BROKEN,))
    bench.pass_time("2026-11-23 13:30")
    bench.finish_all()
    bench.sync()

    job = bench.job()
    assert job.sync.state == "Invalid"
    assert [(p.diagnostic.line, p.diagnostic.column) for p in job.problems] == [(3, 7)]
    assert job.problems[0].since == at("2026-11-23 12:00")
    assert bench.outcomes() == [("23 13:00", "succeeded", 1)]


def test_a_failed_source_changes_nothing_and_is_named(bench: Workbench) -> None:
    bench.commit(at_hour())

    bench.files.show("the directory manifests does not exist")
    plan = bench.sync()

    assert plan.actions == ()
    assert (bench.job().sync.state, "does not exist" in bench.job().sync.reason) == ("Synced", True)
    bench.clock.advance(2 * INTERVAL.total_seconds() + 16)
    bench.sync()
    assert (bench.job().sync.state, "does not exist" in bench.job().sync.reason) == ("Unknown", True)


def test_an_empty_source_that_held_jobs_deletes_nothing(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"))

    plan = bench.commit()

    assert plan.actions == ()
    assert plan.held == ()
    assert len(bench.catalog.jobs()) == 2


def test_the_next_look_counts_jobs_that_come_while_others_go_as_this_one_does(bench: Workbench) -> None:
    jobs = [at_hour(f"job{n}") for n in range(14)]
    bench.commit(*jobs)

    first = bench.commit(*jobs[3:], at_hour("new"))

    assert len(first.held) == 0
    assert len(bench.catalog.jobs()) == 12, "20 % of the 15 that there would be"


def test_what_is_told_to_be_confirmed_is_what_is_left_when_the_rest_is_applied(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"prune": "confirm"}), at_hour("gone"), at_hour("stays"))
    assert [action.job_id for action in bench.commit(at_hour("stays")).actions] == ["gone"]

    told = bench.stores.syncs.history(limit=1).items[0].plan_id
    bench.stores.syncs.confirm(told, "ann", bench.clock.now())

    assert [action.job_id for action in bench.sync().actions] == ["nightly"]


def test_a_mass_deletion_is_held_until_its_own_plan_is_confirmed(bench: Workbench) -> None:
    jobs = [at_hour(f"job{n}") for n in range(10)]
    bench.commit(*jobs)

    held = bench.commit(*jobs[:5])
    assert len(held.held) == 5
    assert bench.job("job7").sync.state == "Blocked"
    bench.stores.syncs.confirm("another-plan", "ann", bench.clock.now())
    assert len(bench.sync().held) == 5

    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    bench.sync()

    assert len(bench.catalog.jobs()) == 5


def test_a_job_that_is_never_pruned_is_orphaned(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"prune": "never"}), at_hour("other"))

    bench.commit(at_hour("other"))

    assert bench.job().sync.state == "Orphaned"


def test_a_file_takes_over_the_job_that_the_api_made(bench: Workbench) -> None:
    bench.commit(at_hour("other"))
    made = {"job_id": "nightly", "job_type": "command", "parameters": {"argv": ["true"]}}
    bench.definitions.create({**made, "schedule": {"trigger": "cron", "expression": "0 13 * * *"}}, "ann", trusted=True)
    bench.sync()
    bench.pass_time("2026-11-23 13:30")
    bench.finish_all()

    bench.commit(at_hour("other"), at_hour(hour=16))
    bench.sync()

    job = bench.job()
    assert str(job.origin) == "nightly.yaml:1"
    assert job.sync.state == "Synced"
    assert [run.state.value for run in bench.all_runs()] == ["succeeded"]
    assert bench.stores.manifests.all() == []


def test_a_job_deleted_by_name_is_no_prune_and_shows_gone_at_once(bench: Workbench) -> None:
    bench.commit(at_hour("other"))
    for n in range(5):
        document = {
            "job_id": f"made{n}",
            "job_type": "command",
            "parameters": {"argv": ["true"]},
            "schedule": {"trigger": "interval", "hours": 1},
        }
        bench.definitions.create(document, "ann", trusted=True)
    bench.sync()

    for n in range(5):
        bench.definitions.delete(f"made{n}", "ann")
    assert [job.job_id for job in bench.catalog.jobs()] == ["other"]
    plan = bench.sync()

    assert plan.held == ()
    assert [job.manifest.job_id for job in bench.stores.inventory.jobs()] == ["other"]
