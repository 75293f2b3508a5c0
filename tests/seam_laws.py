"""Laws of one sync: what must hold between files, live jobs and records, whatever happened before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from seam_files import Doc, Files
from workbench import Workbench

from tasks_service.core.override import Override, OverrideKind, OverrideSet, in_force
from tasks_service.core.plan import Action, Delete, Held, Pause, Plan, Resume, Update
from tasks_service.core.state import LiveJob

Live = Mapping[str, LiveJob]


@dataclass(frozen=True)
class Passage:
    """One sync: what was live before and is after it, and what it was said to do and did."""

    files: Files
    overrides: OverrideSet
    """Those that nobody has ended."""
    now: datetime
    before: Live
    after: Live
    shown: Plan
    done: Plan
    allowed: frozenset[str]
    """The jobs whose deletion a person allowed, by uid."""
    told: Mapping[str, str]
    """The sync status before, of the whole by an empty name, and of each job by its uid."""

    @property
    def failed(self) -> str:
        """Why nothing of the files counts: the status that says so, or nothing."""
        if self.files.away:
            return self.told.get("", "Unknown")
        emptied = not self.files.docs and any(not job.origin.by_api for job in self.before.values())
        return "Blocked" if emptied or self.files.rewritten else ""

    @property
    def good(self) -> dict[str, tuple[str, Doc]]:
        """What is wanted beyond doubt; nothing where the files do not count."""
        return {} if self.failed else self.files.good

    @property
    def disputed(self) -> set[str]:
        """The names that two documents have, and those from which such documents come."""
        names = self.files.disputed
        return names | {doc.former for _, doc in self.files.visible() if doc.name in names and doc.former}

    @property
    def deleted(self) -> list[LiveJob]:
        """The jobs that are gone, perhaps by a sync that was interrupted."""
        return [job for uid, job in self.before.items() if uid not in self.after]

    @property
    def held(self) -> set[str]:
        """The jobs of which something is held, by any name that they have or would have."""
        uids = {h.action.job.job_uid for h in self.done.held}
        live = {job.manifest.job_id for uid, job in self.after.items() if uid in uids}
        return live | {h.action.job_id for h in self.done.held}

    @property
    def held_deletions(self) -> list[str]:
        """The jobs that are no longer wanted, and stay."""
        return [h.action.job_id for h in self.done.held if isinstance(h.action, Delete)]

    def kept_by(self, kind: OverrideKind, job: LiveJob) -> Override | None:
        """The override of that kind that keeps a job."""
        return in_force(self.overrides.of(job.job_uid, job.manifest.labels), kind, self.now)


def by_name(live: Live) -> dict[str, LiveJob]:
    """No name is live twice."""
    found = {job.manifest.job_id: job for job in live.values()}
    assert len(found) == len(live)
    return found


def told(action: Action) -> tuple[str, str, tuple[str, ...]]:
    """An action without the uid of a job that comes to be with it."""
    return action.verb, action.job_id, action.changed if isinstance(action, Update) else ()


def the_plan_that_is_shown_is_the_plan_that_is_applied(passage: Passage) -> None:
    shown, done = passage.shown, passage.done
    assert [told(a) for a in shown.actions] == [told(a) for a in done.actions]
    assert [(told(h.action), h.reason) for h in shown.held] == [(told(h.action), h.reason) for h in done.held]
    assert (shown.summary, shown.plan_id) == (done.summary, done.plan_id)


def a_failed_source_changes_nothing(passage: Passage) -> None:
    """But a pin changes what runs, whatever the files say, and so does its end."""
    if passage.failed:
        assert all(isinstance(a, Pause | Resume | Update) for a in passage.done.actions)
        assert passage.after.keys() == passage.before.keys()


def every_good_document_is_live_as_it_stands(passage: Passage) -> None:
    """Or it is told that it is held."""
    live = by_name(passage.after)
    for name, (path, doc) in passage.good.items():
        if name not in passage.held:
            assert live[name].origin.path == path
            assert doc.says(live[name].manifest)


def a_job_without_a_good_document_is_frozen_or_held(passage: Passage) -> None:
    """And one that is frozen stays exactly as it was, but for what a pin makes of it."""
    for name, job in by_name(passage.after).items():
        if name in passage.good:
            continue
        before = passage.before[job.job_uid]
        assert job.origin.path == before.origin.path
        if not any(isinstance(a, Update) and a.job.job_uid == job.job_uid for a in passage.done.actions):
            assert job.manifest == before.manifest
        if not passage.failed:
            assert name in passage.held or job.origin.path in passage.files.broken or name in passage.disputed


def a_held_job_stays_as_it_was(passage: Passage) -> None:
    for uid, before in passage.before.items():
        if passage.kept_by(OverrideKind.HOLD, before):
            after = passage.after[uid]
            assert (after.manifest, after.origin.path) == (before.manifest, before.origin.path)


def held_and_applied_are_all_deletions(passage: Passage) -> None:
    if passage.failed or passage.files.broken:
        assert not passage.deleted
        return
    if passage.disputed:
        return
    wanted = {uid for uid, job in passage.after.items() if job.manifest.job_id in passage.good}
    wanted |= {h.action.job.job_uid for h in passage.done.held if not isinstance(h.action, Delete)}
    unwanted = [job.manifest.job_id for uid, job in passage.before.items() if uid not in wanted]
    assert sorted([*(job.manifest.job_id for job in passage.deleted), *passage.held_deletions]) == sorted(unwanted)


def nothing_is_deleted_that_needs_a_person(passage: Passage) -> None:
    unasked = [job for job in passage.deleted if job.job_uid not in passage.allowed]
    assert {job.manifest.policy.prune for job in unasked} <= {"auto"}
    assert "never" not in {job.manifest.policy.prune for job in passage.deleted}
    assert len(unasked) <= max(2, len(passage.before.keys() | passage.after.keys()) // 5)


def a_job_that_is_renamed_stays_the_same_job(passage: Passage) -> None:
    before, after = by_name(passage.before), by_name(passage.after)
    claims = [doc.former for _, doc in passage.good.values()]
    for name, (_, doc) in passage.good.items():
        free = doc.former in before and doc.former not in passage.good and claims.count(doc.former) == 1
        if free and name not in before and name not in passage.held:
            assert after[name].job_uid == before[doc.former].job_uid


def a_job_that_keeps_its_name_stays_the_same_job(passage: Passage) -> None:
    before = by_name(passage.before)
    for name, job in by_name(passage.after).items():
        if name in before:
            assert job.job_uid == before[name].job_uid


def the_next_fire_of_an_unchanged_job_is_not_touched(passage: Passage) -> None:
    for uid, job in passage.after.items():
        before = passage.before.get(uid)
        if before and before.halted == job.halted and _pace(before) == _pace(job):
            assert job.next_due == before.next_due


LAWS = (
    the_plan_that_is_shown_is_the_plan_that_is_applied,
    a_failed_source_changes_nothing,
    every_good_document_is_live_as_it_stands,
    a_job_without_a_good_document_is_frozen_or_held,
    a_held_job_stays_as_it_was,
    held_and_applied_are_all_deletions,
    nothing_is_deleted_that_needs_a_person,
    a_job_that_is_renamed_stays_the_same_job,
    a_job_that_keeps_its_name_stays_the_same_job,
    the_next_fire_of_an_unchanged_job_is_not_touched,
)


def the_records_agree_with_the_timer(bench: Workbench) -> None:
    """What SQL knows and what the timer holds."""
    live = bench.timer.live()
    known = {job.job_uid: job for job in bench.stores.inventory.jobs()}
    assert {uid: _definition(job.live) for uid, job in known.items()} == {
        u: _definition(job) for u, job in live.items()
    }
    assert {uid: job.next_due for uid, job in known.items()} == {uid: job.next_due for uid, job in live.items()}
    digests = {job.manifest.digest for job in live.values()}
    for uid, versions in bench.stores.history.versions_of(list(live), digests).items():
        [present] = [version for version in versions if version.ended_at is None]
        assert present.manifest == live[uid].manifest


def overrides_are_kept_with_their_reasons(bench: Workbench, passage: Passage) -> None:
    """And a job is halted exactly where one pauses it, or its manifest does."""
    standing = {o.override_id: o for o in passage.overrides if o.holds_at(passage.now)}
    assert {o.override_id: o for o in bench.stores.overrides.all()} == standing
    for job in passage.after.values():
        paused = passage.kept_by(OverrideKind.PAUSE, job) is not None
        assert job.halted == (paused or job.manifest.suspend)
        assert (job.next_due is None) == job.halted


def the_status_is_true(bench: Workbench, passage: Passage) -> None:
    """That of the whole, and that of each job; and each next fire is told as it will be."""
    verdict = bench.stores.syncs.verdict()
    assert verdict
    status, reason = verdict
    wrong = passage.files.broken or passage.disputed
    orphaned = passage.done.held and all(_stays_for_good(held) for held in passage.done.held)
    rest = "Invalid" if wrong else "Orphaned" if orphaned else "Synced"
    assert status == (passage.failed or ("Blocked" if passage.held and not orphaned else rest))
    assert bool(reason) == (status != "Synced" or passage.files.away)
    views = bench.catalog.jobs()
    assert {view.job_uid: view.next_run_time for view in views} == {
        uid: job.next_due for uid, job in passage.after.items()
    }
    for view in views:
        assert view.sync.state in _states(passage, view.job_uid, view.job_id), (view.job_id, view.sync)
        assert bool(view.sync.reason) == (view.sync.state != "Synced" or passage.files.away)


def _stays_for_good(held: Held) -> bool:
    return isinstance(held.action, Delete) and held.action.job.manifest.policy.prune == "never"


def states_told(bench: Workbench) -> dict[str, str]:
    """What is told of the whole and of each job."""
    verdict = bench.stores.syncs.verdict()
    return {"": verdict[0] if verdict else "Unknown"} | {v.job_uid: v.sync.state for v in bench.catalog.jobs()}


def _states(passage: Passage, uid: str, name: str) -> set[str]:
    if passage.files.away:
        return {passage.told[uid]}
    if passage.failed:
        return {passage.failed}
    held = {"Blocked", "Orphaned"} if name in passage.held else set()
    frozen = {"Invalid"} if name not in passage.good and not (held and name in passage.held_deletions) else set()
    return held | frozen or {"Synced"}


def _definition(job: LiveJob) -> tuple[object, ...]:
    """A job but for the line that it stands at, which is not followed while nothing else changes."""
    return job.manifest, job.origin.source, job.origin.path, job.halted


def _pace(job: LiveJob) -> str:
    return job.manifest.schedule_digest
