"""Laws of the guards: windows open when they say so and no sooner, and confirmations name exactly what is asked."""

from datetime import UTC, datetime, timedelta

from builders import make_live, make_manifest, make_origin
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_service.core.guards.load import LoadLimit, Rates, excessive
from tasks_service.core.guards.question import changes_of_files
from tasks_service.core.guards.windows import SyncWindow, judge, opening
from tasks_service.core.plan import Held, Plan, Update
from tasks_service.core.schedule import Cron
from tasks_service.core.state import DesiredJob, LiveJob

BEGIN = datetime(2026, 3, 27, tzinfo=UTC)
"""Two days before the clocks change in Berlin."""
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
PERIODS = st.sampled_from([1, 5, 15, 60, 360, 1440])


@st.composite
def windows(draw: st.DrawFn) -> SyncWindow:
    expression = f"{draw(st.sampled_from([0, 15, 30]))} {draw(st.sampled_from(['*', '*/6', '2', '9', '22']))} * * *"
    return SyncWindow(
        kind=draw(st.sampled_from(["allow", "deny"])),
        begins=Cron(trigger="cron", expression=expression, timezone=draw(ZONES)),
        duration=timedelta(minutes=draw(st.integers(1, 40) | st.integers(40, 1500))),
        manual=draw(st.booleans()),
    )


@given(found=st.lists(windows(), max_size=4), minutes=st.integers(0, 4 * 1440))
@settings(max_examples=60, deadline=None)
def test_changes_are_let_through_first_when_a_window_is_said_to_open(found: list[SyncWindow], minutes: int) -> None:
    now = BEGIN + timedelta(minutes=minutes)

    opens = opening(found, now)

    until = opens or now + timedelta(days=3)
    moment = now
    while moment < until:
        assert not judge(found, moment).allowed, moment
        moment += timedelta(minutes=17)
    if opens:
        assert judge(found, opens).allowed
        assert opens == now or not judge(found, opens - timedelta(seconds=1)).allowed


@given(found=st.lists(windows(), max_size=4), minutes=st.integers(0, 4 * 1440))
@settings(max_examples=60, deadline=None)
def test_the_order_of_windows_does_not_count_and_deny_wins(found: list[SyncWindow], minutes: int) -> None:
    now = BEGIN + timedelta(minutes=minutes)

    verdict = judge(found, now)

    assert judge(found[::-1], now) == verdict
    if any(w.kind == "deny" and w.active(now) for w in found):
        assert not verdict.allowed


def jobs_with(periods: list[int]) -> list[LiveJob]:
    def manifest(n: int, period: int) -> LiveJob:
        made = make_manifest(f"job{n}", schedule={"trigger": "interval", "minutes": period})
        return make_live(f"job{n}", manifest=made, origin=make_origin(f"job{n}.yaml"))

    return [manifest(n, period) for n, period in enumerate(periods)]


@given(pairs=st.lists(st.tuples(PERIODS, PERIODS), min_size=1, max_size=8), factor=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_only_what_grows_is_asked_about_and_only_beyond_both_limits(pairs: list[tuple[int, int]], factor: int) -> None:
    live = {job.job_uid: job for job in jobs_with([before for before, _ in pairs])}
    wanted = {
        job.job_uid: DesiredJob(
            job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, revision="r2", halted=False
        )
        for job in jobs_with([after for _, after in pairs])
    }
    limit = LoadLimit(factor=factor, runs=1000)

    asked = excessive(changes_of_files(wanted, live), live, limit, Rates(), BEGIN)

    before, after = (sum(1440 / pair[side] for pair in pairs) for side in (0, 1))
    growing = {f"job{n}" for n, (old, new) in enumerate(pairs) if new < old}
    assert {live[uid].manifest.job_id for uid in asked} <= growing
    assert bool(asked) == (after - before > 1000 and after > before * factor)


@given(periods=st.lists(PERIODS, min_size=1, max_size=5, unique=True), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_plan_has_the_id_of_what_it_asks_whatever_is_beside_it(periods: list[int], data: st.DataObject) -> None:
    def held(job: LiveJob, *, asks: bool) -> Held:
        wanted = DesiredJob(job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, revision="r", halted=False)
        return Held(action=Update(job=wanted, before=job, changed=("schedule",)), reason="load", asks=asks)

    asked = tuple(held(job, asks=True) for job in jobs_with(periods))
    beside = tuple(held(job, asks=False) for job in jobs_with([7, 8]))
    mixed = tuple(data.draw(st.permutations([*asked, *beside])))

    assert Plan(held=mixed).plan_id == Plan(held=asked).plan_id != ""
    assert Plan(held=asked[1:]).plan_id != Plan(held=asked).plan_id
    assert Plan(held=beside).plan_id == ""
