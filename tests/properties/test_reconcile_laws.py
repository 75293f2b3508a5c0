"""Laws of reconciling: what sources, overrides and history make of the live jobs."""

from copy import deepcopy
from dataclasses import replace

from builders import (
    make_inventory_job,
    make_live,
    make_manifest,
    make_origin,
    make_snapshot,
    make_sourced,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, apply, manifests, names, remember, worlds

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.guards.deletions import guard_deletions as guard
from tasks_service.core.manifest import JobManifest
from tasks_service.core.plan import Create, Delete, Pause, Plan, Resume, Update, diff
from tasks_service.core.state import (
    DesiredJob,
    SourceFailure,
    identities,
    settle,
)


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_applying_a_plan_reaches_in_sync_and_the_next_sync_does_nothing(world: World) -> None:
    plan = diff(world.desired(), world.live(), frozenset())
    live = apply(plan.actions, world.live())
    assert diff(world.desired(), live, frozenset()).actions == ()
    after = remember(world, live)
    assert diff(after.desired(), live, frozenset()).actions == ()


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_diff_changes_neither_side_and_updates_a_job_at_most_once(world: World) -> None:
    desired, live = world.desired(), world.live()
    before = deepcopy((desired, live))
    plan = diff(desired, live, frozenset())
    assert (desired, live) == before
    for kind in (Create, Update, Delete, (Pause, Resume)):
        touched = [a.job.job_uid for a in plan.actions if isinstance(a, kind)]
        assert len(touched) == len(set(touched))
    verbs = [a.verb for a in plan.actions]
    first_delete = verbs.index("delete") if "delete" in verbs else len(verbs)
    assert set(verbs[first_delete:]) <= {"delete"}


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_every_good_manifest_is_one_job_and_no_job_is_two(world: World) -> None:
    settled, desired = world.settled(), world.desired()
    wanted = [m.manifest.key for m in settled.manifests]
    assert len(wanted) == len(set(wanted))
    assert len(desired) == len(wanted) + len(settled.kept)
    assert sorted(d.manifest.key for d in desired.values() if d.job_uid not in settled.kept) == sorted(wanted)


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_settling_does_not_depend_on_the_order_of_what_it_is_told(world: World, data: st.DataObject) -> None:
    shuffled = settle(
        data.draw(st.permutations([replace(s, manifests=s.manifests[::-1]) for s in world.snapshots])),
        world.failures,
        data.draw(st.permutations(world.inventory)),
    )
    assert shuffled == world.settled()


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_a_broken_file_keeps_its_jobs_and_lets_nothing_be_deleted(world: World) -> None:
    broken = {(s.source, path) for s in world.snapshots for path in s.broken_paths}
    settled, desired = world.settled(), world.desired()
    for job in world.inventory:
        if (job.origin.source, job.origin.path) in broken:
            assert job.job_uid in desired
            if job.job_uid in settled.kept:
                assert desired[job.job_uid].manifest == job.manifest
    plan = guard(diff(desired, world.live(), frozenset()), len(world.inventory), deletions_wait=settled.deletions_wait)
    if broken or world.failures:
        assert not any(isinstance(a, Delete) for a in plan.actions)


@given(world=worlds(failing=True))
@settings(max_examples=100, deadline=None)
def test_a_failed_source_changes_none_of_its_jobs(world: World) -> None:
    desired = world.desired()
    moved = set()
    for job in world.inventory:
        if not job.origin.by_api and job.job_uid in world.settled().kept:
            assert (desired[job.job_uid].manifest, desired[job.job_uid].origin) == (job.manifest, job.origin)
            moved.add(job.job_uid)
    taken_over = {job.job_uid for job in world.inventory if not job.origin.by_api and job.job_uid not in moved}
    for uid in taken_over:  # only by a job that names it among its earlier names
        name = next(j.manifest.key for j in world.inventory if j.job_uid == uid)
        assert name in [old.lower() for old in desired[uid].manifest.previous_ids]


@given(world=worlds(), allowed=st.booleans(), by_name=st.frozensets(names.map("uid-{}".format)))
@settings(max_examples=100, deadline=None)
def test_held_and_applied_are_always_the_whole_plan(world: World, allowed: bool, by_name: frozenset[str]) -> None:
    plan = diff(world.desired(), world.live(), by_name)
    guarded = guard(plan, len(world.inventory), allowed=allowed)
    held = [h.action for h in guarded.held]
    assert sorted(map(repr, [*guarded.actions, *held])) == sorted(map(repr, plan.actions))
    assert all(isinstance(a, Delete) and not a.by_name for a in held)
    assert all(h.reason for h in guarded.held)
    applied = [a for a in guarded.actions if isinstance(a, Delete) and not a.by_name]
    assert allowed or len(applied) <= max(2, len(world.inventory) * 0.2)
    assert {a.job.manifest.policy.prune for a in applied} <= ({"auto", "confirm"} if allowed else {"auto"})
    assert guarded.plan_id == "" or not allowed, "nothing is asked twice"


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_a_confirmation_outlives_that_the_rest_is_applied(world: World) -> None:
    plan = diff(world.desired(), world.live(), frozenset())
    guarded = guard(plan, len(world.inventory))
    rest = diff(world.desired(), apply(guarded.actions, world.live()), frozenset())
    again = guard(rest, len(world.inventory))
    still = {h.reason for h in guarded.held} <= {h.reason for h in again.held}
    assert again.plan_id == guarded.plan_id or not still
    confirmed = guard(rest, len(world.inventory), allowed=True)
    assert {h.reason for h in confirmed.held} <= {"policy.prune is never"}


@given(world=worlds())
@settings(max_examples=100, deadline=None)
def test_two_files_with_one_id_leave_the_live_job_as_it_was(world: World) -> None:
    counts: dict[str, int] = {}
    for item in (m for s in world.snapshots for m in s.manifests if not m.origin.by_api):
        counts[item.manifest.key] = counts.get(item.manifest.key, 0) + 1
    settled = world.settled()
    disputed = {key for key, count in counts.items() if count > 1}
    assert not disputed & {m.manifest.key for m in settled.manifests}
    told = [d for d in settled.problems if d.rule == "JM021"]
    assert len(told) == sum(counts[key] for key in disputed)
    desired = world.desired()
    for job in world.inventory:
        if job.manifest.key in disputed and job.job_uid in settled.kept:
            assert desired[job.job_uid].manifest == job.manifest


@given(name=names, data=st.data())
def test_the_digest_ignores_the_order_of_keys_and_spelled_out_defaults(name: str, data: st.DataObject) -> None:
    manifest = data.draw(manifests(name))
    document = manifest.given()
    shuffled = dict(data.draw(st.permutations(sorted(document.items()))))
    assert JobManifest.model_validate(shuffled).digest == manifest.digest
    assert make_manifest(name).digest == make_manifest(name, suspend=False, policy={"retry": {"delay": "30s"}}).digest
    assert make_manifest(name).digest != make_manifest(name, description="other").digest


def test_the_empty_plan_is_empty() -> None:
    job = make_live()
    desired = DesiredJob(
        job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, revision="r9", halted=job.halted
    )
    assert diff({job.job_uid: desired}, {job.job_uid: job}, frozenset()) == Plan()


def test_an_error_in_a_file_makes_it_broken_and_a_warning_does_not() -> None:
    error = Diagnostic(rule="JM010", message="", path="one.yaml")
    warning = Diagnostic(rule="JM014", message="", path="two.yaml", severity="warning")
    snapshot = make_snapshot(make_sourced("a"), problems=(error, warning), unreadable={"three.yaml": "no YAML"})
    assert snapshot.broken_paths == {"one.yaml", "three.yaml"}


def test_a_job_of_the_api_takes_over_no_job_whose_file_cannot_be_read() -> None:
    known = [make_inventory_job("a")]
    own = [make_sourced(name, origin=make_origin("", source="api"), **keys) for name, keys in _INTRUDERS]
    wanted = settle([make_snapshot(*own, source="api")], [SourceFailure(source="directory", reason="gone")], known)
    assert [m.manifest.job_id for m in wanted.manifests] == []
    assert set(wanted.kept) == {"uid-a"}


_INTRUDERS: tuple[tuple[str, dict[str, list[str]]], ...] = (("a", {}), ("b", {"previous_ids": ["a"]}))


def test_a_name_that_a_file_gives_up_is_free_for_the_api_at_once() -> None:
    known = [make_inventory_job("e")]
    renamed = make_sourced("a", previous_ids=["e"])
    other = make_sourced("e", origin=make_origin("", source="api"))
    for order in ([renamed, other], [other, renamed]):
        assert identities(order, known) == {"a": "uid-e"}
