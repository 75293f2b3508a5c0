"""Worlds for laws of the reconciler: any files, inventory, tombstones and pauses, and what a plan makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from builders import NOW, make_inventory_job, make_manifest, make_origin, make_override, make_snapshot
from hypothesis import strategies as st

from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.plan import Action, Create, Delete, Pause, Resume, Update
from tasks_service.core.state import (
    DesiredJob,
    InventoryJob,
    LiveJob,
    Settled,
    Snapshot,
    Sourced,
    SourceFailure,
    effective,
    identities,
    settle,
)

NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"]
PATHS = ["one.yaml", "two.yaml", "three.yaml"]
names = st.sampled_from(NAMES)
sources = st.sampled_from(["directory", "api"])


@st.composite
def manifests(draw: st.DrawFn, name: str | None = None) -> JobManifest:
    keys: dict[str, Any] = {"description": draw(st.sampled_from(["", "x"]))}
    if draw(st.booleans()):
        keys |= {"suspend": True, "suspend_reason": "not yet"}
    if draw(st.integers(0, 3)) == 0:
        keys["previous_ids"] = draw(st.lists(names, max_size=2))
    keys["policy"] = {"prune": draw(st.sampled_from(["auto", "auto", "confirm", "never"]))}
    keys["schedule"] = {"trigger": "interval", "minutes": draw(st.sampled_from([5, 10]))}
    chosen = name or draw(names)
    return make_manifest(draw(st.sampled_from([chosen, chosen.upper()])), **keys)


@st.composite
def sourced(draw: st.DrawFn) -> Sourced:
    source = draw(sources)
    path = draw(st.sampled_from(PATHS)) if source == "directory" else ""
    origin = make_origin(path, source=source, line=draw(st.integers(1, 9)))
    return Sourced(manifest=draw(manifests()), origin=origin)


@dataclass(frozen=True)
class World:
    """All that a sync looks at."""

    snapshots: tuple[Snapshot, ...]
    failures: tuple[SourceFailure, ...]
    inventory: tuple[InventoryJob, ...]
    tombstones: tuple[InventoryJob, ...]
    overrides: Mapping[str, tuple[Override, ...]]

    @property
    def known(self) -> tuple[InventoryJob, ...]:
        return self.inventory + self.tombstones

    def settled(self) -> Settled:
        return settle(self.snapshots, self.failures, self.inventory)

    def desired(self) -> dict[str, DesiredJob]:
        settled = self.settled()
        new = {m.manifest.key: f"new-{m.manifest.key}" for m in settled.manifests}
        uids = new | identities(settled.manifests, self.known)
        return effective(settled, self.known, self.overrides, {"directory": "r2"}, NOW, uids)

    def live(self) -> dict[str, LiveJob]:
        return {j.job_uid: live_of(j) for j in self.inventory}


def live_of(job: InventoryJob) -> LiveJob:
    return LiveJob(job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, halted=job.halted)


@st.composite
def worlds(draw: st.DrawFn, failing: bool | None = None) -> World:
    found = draw(st.lists(sourced(), max_size=8))
    unique_api: dict[str, Sourced] = {m.manifest.key: m for m in found if m.origin.by_api}
    files = [m for m in found if not m.origin.by_api]
    broken = draw(st.lists(st.sampled_from(PATHS), max_size=1))
    directory = make_snapshot(
        *(m for m in files if m.origin.path not in broken), unreadable=dict.fromkeys(broken, "no YAML")
    )
    fails = draw(st.integers(0, 4)) == 0 if failing is None else failing
    snapshots = [make_snapshot(*unique_api.values(), source="api")] + ([] if fails else [directory])
    inventory, tombstones = [], []
    for name in draw(st.lists(names, unique=True, max_size=8)):
        item = draw(sourced())
        job = make_inventory_job(name, manifest=draw(manifests(name)), origin=item.origin, halted=draw(st.booleans()))
        inventory.append(job)
    for number, name in enumerate(draw(st.lists(names, max_size=3))):
        deleted_at = NOW - timedelta(days=draw(st.integers(1, 29)))
        tombstones.append(make_inventory_job(name, job_uid=f"old-{number}-{name}", deleted_at=deleted_at))
    paused = (
        draw(st.lists(st.sampled_from([j.job_uid for j in inventory + tombstones]), max_size=3)) if inventory else []
    )
    return World(
        snapshots=tuple(draw(st.permutations(snapshots))),
        failures=(SourceFailure(source="directory", reason="gone"),) if fails else (),
        inventory=tuple(inventory),
        tombstones=tuple(tombstones),
        overrides={uid: (make_override(OverrideKind.PAUSE, job_uid=uid),) for uid in paused},
    )


def apply(actions: tuple[Action, ...], live: Mapping[str, LiveJob]) -> dict[str, LiveJob]:
    """What a scheduler holds after it carried the actions out, in their order."""
    after = dict(live)
    for action in actions:
        uid = action.job.job_uid
        match action:
            case Create(job=job):
                assert uid not in after
                after[uid] = LiveJob(job_uid=uid, manifest=job.manifest, origin=job.origin, halted=job.halted)
            case Update(job=job):
                after[uid] = replace(after[uid], manifest=job.manifest, origin=job.origin)
            case Pause() | Resume():
                after[uid] = replace(after[uid], halted=isinstance(action, Pause))
            case Delete():
                del after[uid]
    return after


def remember(world: World, live: Mapping[str, LiveJob]) -> World:
    """The world after a sync: the inventory holds what is live."""
    kept = {j.job_uid: j for j in world.known}
    inventory = tuple(
        replace(
            kept.get(uid) or make_inventory_job(job_uid=uid),
            manifest=job.manifest,
            origin=job.origin,
            halted=job.halted,
            deleted_at=None,
        )
        for uid, job in live.items()
    )
    gone = tuple(replace(j, deleted_at=NOW) for j in world.inventory if j.job_uid not in live)
    still = tuple(j for j in world.tombstones if j.job_uid not in live)
    return replace(world, inventory=inventory, tombstones=still + gone)
