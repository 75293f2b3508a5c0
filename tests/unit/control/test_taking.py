"""What is not taken of a source: a rewritten history, an unsigned commit, a revision with a broken file."""

from dataclasses import replace
from datetime import timedelta

from builders import make_snapshot
from fakes import FakeSource
from workbench import INTERVAL, Workbench, at_hour

from tasks_service.control.taking import refusal
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.stores import SourceState

BROKEN = Diagnostic(rule="JM001", message="it ends too early", path="nightly.yaml", line=3, column=7)


def source_of(bench: Workbench) -> SourceState:
    return next(s for s in bench.stores.syncs.sources() if s.name == bench.files.name)


def test_a_revision_that_is_objected_to_changes_nothing_until_it_is_confirmed(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.files.objections = {"b" * 40: "the branch main was rewritten"}
    bench.files.show(make_snapshot(at_hour(hour=14), revision="b" * 40))

    held = bench.sync()
    job = bench.job()
    source = source_of(bench)

    assert held.actions == ()
    assert (job.sync.state, "rewritten" in job.sync.reason) == ("Blocked", True)
    assert (source.held, source.observed, source.attempted) == (True, "b" * 40, source.applied)

    bench.stores.syncs.confirm("b" * 40, "ann", bench.clock.now())
    bench.sync()

    assert bench.job().sync.state == "Synced"
    assert source_of(bench).attempted == "b" * 40


def test_the_next_revision_that_nobody_objects_to_is_taken_by_itself(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.files.objections = {"b": "the commit is not signed"}
    bench.files.show(make_snapshot(at_hour(hour=14), revision="b"))
    bench.sync()

    bench.files.show(make_snapshot(at_hour(hour=15), revision="c"))
    plan = bench.sync()

    assert [action.verb for action in plan.actions] == ["update"]


def test_a_confirmation_counts_for_its_own_revision_alone(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.files.objections = dict.fromkeys("bc", "the branch was rewritten")
    bench.stores.syncs.confirm("b", "ann", bench.clock.now())
    bench.files.show(make_snapshot(at_hour(hour=14), revision="c"))

    assert bench.sync().actions == ()
    assert bench.job().sync.state == "Blocked"


def test_a_strict_policy_refuses_a_revision_with_any_broken_file_and_no_confirmation_helps(bench: Workbench) -> None:
    good = make_snapshot(at_hour(), revision="a")
    bad = make_snapshot(at_hour(), revision="b", problems=(BROKEN,))
    known = SourceState(name="directory", attempted="a")

    assert refusal(bench.files, good, known, "", strict=True) is None
    refused = refusal(bench.files, bad, known, "b", strict=True)
    assert refused is not None
    assert refused.held
    assert refused.reason.startswith("nightly.yaml:3:7: it ends too early; TASKS_SYNC_POLICY is strict")
    assert refusal(bench.files, bad, known, "", strict=False) is None


def test_a_source_that_cannot_tell_whether_a_revision_may_be_taken_is_one_that_cannot_be_read(bench: Workbench) -> None:
    class Mute(FakeSource):
        def objection(self, revision: str, since: str) -> str:
            raise SourceUnavailable("git merge-base took longer than 30 s")

    snapshot = make_snapshot(at_hour(), revision="b")
    failure = refusal(Mute(bench.clock, snapshot), snapshot, None, "", strict=False)

    assert failure is not None
    assert (failure.held, failure.reason) == (False, "git merge-base took longer than 30 s")


def test_a_remote_that_does_not_answer_makes_the_state_unknown_after_two_intervals(bench: Workbench) -> None:
    bench.commit(at_hour())
    read_at = bench.clock.now()
    gone = make_snapshot(at_hour(), revision="r1")

    def look(later: timedelta) -> str:
        bench.clock.set(read_at + later)
        bench.files.show(replace(gone, trouble="the remote cannot be fetched", read_at=read_at))
        bench.sync()
        return bench.job().sync.state

    assert look(INTERVAL) == "Synced"
    assert look(3 * INTERVAL) == "Unknown"
    assert "cannot be fetched" in bench.job().sync.reason
    assert source_of(bench).trouble == "the remote cannot be fetched"
