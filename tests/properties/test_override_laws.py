"""Laws of holds and pins over any files, inventory and overrides."""

from dataclasses import replace
from datetime import timedelta

from builders import NOW, make_override
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, apply, remember, worlds

from tasks_service.core.custody import Custody, Pinned, custodian, keep, kept_back
from tasks_service.core.history import JobVersion
from tasks_service.core.override import OverrideKind, OverrideSet
from tasks_service.core.plan import diff

LONG_AGO = NOW - timedelta(days=9)
KEEPING = (OverrideKind.HOLD, OverrideKind.PIN)


@st.composite
def overrides(draw: st.DrawFn, world: World) -> tuple[OverrideSet, Pinned]:
    """Holds and pins of single jobs and of all, and what the jobs were when the pins want them."""
    uids = [job.job_uid for job in world.known]
    reaches = draw(st.lists(st.sampled_from(["", *uids]), max_size=4))
    found = tuple(
        make_override(draw(st.sampled_from(KEEPING)), override_id=n, job_uid=uid, as_of=LONG_AGO)
        for n, uid in enumerate(reaches)
    )
    then = {
        job.job_uid: JobVersion(
            job_uid=job.job_uid,
            manifest=job.manifest.with_changes(description=draw(st.sampled_from(["then", job.manifest.description]))),
            origin=job.origin,
            revision="r0",
            author="",
            applied_at=LONG_AGO,
        )
        for job in world.known
        if draw(st.booleans())
    }
    return OverrideSet(found), {o.override_id: then for o in found if o.kind is OverrideKind.PIN}


def kept(world: World, found: tuple[OverrideSet, Pinned]) -> Custody:
    return keep(world.desired(), world.known, *found, NOW)


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_under_any_overrides_one_sync_reaches_what_is_wanted_and_the_next_does_nothing(
    world: World, data: st.DataObject
) -> None:
    found = data.draw(overrides(world))
    plan = diff(kept(world, found).desired, world.live(), frozenset())
    live = apply(plan.actions, world.live())
    assert len({job.manifest.key for job in live.values()}) == len(live), "no two jobs have one name"
    after = remember(world, live)
    assert diff(kept(after, found).desired, live, frozenset()).actions == ()


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_held_job_stays_as_it_was_applied_and_a_deletion_waits(world: World, data: st.DataObject) -> None:
    found = data.draw(overrides(world))
    custody = kept(world, found)
    for job in world.inventory:
        keeping = custodian(found[0].of(job.job_uid, job.manifest.labels), NOW)
        wanted = world.desired().get(job.job_uid)
        by_api = job.origin.by_api and (wanted is None or wanted.origin.by_api)
        if keeping and keeping.kind is OverrideKind.HOLD and not by_api:
            assert custody.desired[job.job_uid].manifest == job.manifest


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_jobs_in_nobodys_custody_are_wanted_as_the_files_want_them(world: World, data: st.DataObject) -> None:
    custody = kept(world, data.draw(overrides(world)))
    files = world.desired()
    for uid in (files.keys() | custody.desired.keys()) - custody.reasons.keys():
        assert custody.desired.get(uid) == files.get(uid)


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_what_the_files_want_is_applied_or_held_with_a_reason(world: World, data: st.DataObject) -> None:
    custody = kept(world, data.draw(overrides(world)))
    files = diff(world.desired(), world.live(), frozenset())
    plan = diff(custody.desired, world.live(), frozenset())
    held = kept_back(world.desired(), custody, frozenset(), frozenset(), ())
    assert all(one.reason for one in held)
    told = {(a.verb, a.job.job_uid) for a in (*plan.actions, *(one.action for one in held))}
    assert told >= {(action.verb, action.job.job_uid) for action in files.actions}


@given(world=worlds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_when_the_overrides_have_ended_the_files_are_wanted_as_ever(world: World, data: st.DataObject) -> None:
    found, pinned = data.draw(overrides(world))
    over = OverrideSet(tuple(replace(o, ended_at=NOW) for o in found))
    assert keep(world.desired(), world.known, over, pinned, NOW) == Custody(desired=world.desired(), reasons={})
