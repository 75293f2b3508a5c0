"""Laws of one sync: what must hold between files, live jobs and records, whatever happened before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seam_files import Doc, Files
from workbench import Workbench

from tasks_service.core.override import Override
from tasks_service.core.plan import Action, Delete, Held, Pause, Plan, Resume, Update
from tasks_service.core.state import LiveJob

Live = Mapping[str, LiveJob]


@dataclass(frozen=True)
class Passage:
    """One sync: what was live before and is after it, and what it was said to do and did."""

    files: Files
    before: Live
    after: Live
    shown: Plan
    done: Plan
    allowed: frozenset[str]
    """The jobs whose deletion a person allowed, by uid."""
    told: Mapping[str, str]
    """The sync status before, of the whole by an empty name, and of each job by its uid."""

    @property
    def held_source(self) -> str:
        """Why nothing of the files counts: the status that says so, or nothing."""
        if self.files.away:
            return self.told.get("", "Unknown")
        if not self.files.docs and any(not job.origin.by_api for job in self.before.values()):
            return "Blocked"
        return ""

    @property
    def good(self) -> dict[str, tuple[str, Doc]]:
        """What is wanted beyond doubt; nothing where the files do not count."""
        return {} if self.held_source else self.files.good

    @property
    def broken(self) -> set[str]:
        """The files that are not to be trusted."""
        return self.files.torn | self.files.flawed

    @property
    def deletions(self) -> list[Delete]:
        """Those that were applied."""
        return [a for a in self.done.actions if isinstance(a, Delete)]

    @property
    def held(self) -> dict[str, str]:
        """The reasons of what is held, by the name of the job."""
        return {h.action.job_id: h.reason for h in self.done.held}


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
    if passage.held_source:
        assert all(isinstance(a, Pause | Resume) for a in passage.done.actions)
        assert _definitions(passage.after) == _definitions(passage.before)


def every_good_document_is_live_as_it_stands(passage: Passage) -> None:
    live = by_name(passage.after)
    for name, (path, doc) in passage.good.items():
        job = live[name]
        assert job.origin.path == path
        assert (job.manifest.description, job.manifest.suspend) == (doc.description, doc.suspend)
        assert job.manifest.previous_ids == ([doc.former] if doc.former else [])
        assert job.manifest.policy.prune == doc.prune


def a_job_without_a_good_document_is_frozen_or_held(passage: Passage) -> None:
    """And one that is frozen stays exactly as it was."""
    if passage.held_source:
        return
    disputed = passage.files.disputed
    disputed |= {doc.former for _, doc in passage.files.visible() if doc.name in disputed and doc.former}
    for name, job in by_name(passage.after).items():
        if name not in passage.good:
            before = passage.before[job.job_uid]
            assert (before.manifest, before.origin) == (job.manifest, job.origin)
            assert name in passage.held or job.origin.path in passage.broken or name in disputed


def held_and_applied_are_all_deletions(passage: Passage) -> None:
    if passage.held_source or passage.broken or passage.files.disputed:
        assert not passage.deletions or not (passage.held_source or passage.broken)
        return
    continued = {uid for uid, job in passage.after.items() if job.manifest.job_id in passage.good}
    unwanted = [job.manifest.job_id for uid, job in passage.before.items() if uid not in continued]
    applied = [a.job_id for a in passage.deletions]
    assert sorted([*applied, *passage.held]) == sorted(unwanted)


def nothing_is_deleted_that_needs_a_person(passage: Passage) -> None:
    unasked = [a for a in passage.deletions if a.job.job_uid not in passage.allowed]
    assert {a.job.manifest.policy.prune for a in unasked} <= {"auto"}
    assert "never" not in {a.job.manifest.policy.prune for a in passage.deletions}
    assert len(unasked) <= max(2, len(passage.before.keys() | passage.after.keys()) // 5)


def a_job_that_is_renamed_stays_the_same_job(passage: Passage) -> None:
    before, after = by_name(passage.before), by_name(passage.after)
    claims = [doc.former for _, doc in passage.good.values()]
    for name, (_, doc) in passage.good.items():
        free = doc.former in before and doc.former not in passage.good and claims.count(doc.former) == 1
        if free and name not in before:
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
    assert {uid: job.live for uid, job in known.items()} == {uid: replace(j, next_due=None) for uid, j in live.items()}
    assert {uid: job.next_due for uid, job in known.items()} == {uid: job.next_due for uid, job in live.items()}
    digests = {job.manifest.digest for job in live.values()}
    for uid, versions in bench.stores.history.versions_of(list(live), digests).items():
        [present] = [version for version in versions if version.ended_at is None]
        assert present.manifest == live[uid].manifest


def overrides_are_kept_with_their_reasons(bench: Workbench, expected: Mapping[str, Override]) -> None:
    """And a job is halted exactly where one holds it, or its manifest does."""
    now = bench.clock.now()
    standing = {uid: override for uid, override in expected.items() if override.holds_at(now)}
    assert {override.job_uid: override for override in bench.stores.overrides.all()} == standing
    for uid, job in bench.timer.live().items():
        assert job.halted == (uid in standing or job.manifest.suspend)
        assert (job.next_due is None) == job.halted


def the_status_is_true(bench: Workbench, passage: Passage) -> None:
    """That of the whole, and that of each job; and each next fire is told as it will be."""
    verdict = bench.stores.syncs.verdict()
    assert verdict
    status, reason = verdict
    wrong = passage.broken or passage.files.disputed
    orphaned = passage.done.held and all(_stays_for_good(held) for held in passage.done.held)
    rest = "Invalid" if wrong else "Orphaned" if orphaned else "Synced"
    assert status == (passage.held_source or ("Blocked" if passage.held and not orphaned else rest))
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
    if passage.held_source:
        return {passage.held_source}
    if name in passage.good:
        return {"Synced"}
    return {"Blocked", "Orphaned"} if name in passage.held else {"Invalid"}


def _definitions(live: Live) -> dict[str, tuple[object, ...]]:
    return {uid: (job.manifest, job.origin) for uid, job in live.items()}


def _pace(job: LiveJob) -> str:
    return job.manifest.schedule_digest
