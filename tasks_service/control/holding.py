"""Why a job is held: the pause or the manifest that keeps it from firing, in words. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind, in_force
from tasks_service.core.state import Activity, activity


def held_by(manifest: JobManifest, overrides: Sequence[Override], now: datetime) -> str:
    """What keeps a job from firing; empty where nothing does."""
    state = activity(manifest, overrides, now)
    if state is Activity.SUSPENDED:
        return f"suspended by the manifest: {manifest.suspend_reason}"
    pause = in_force(overrides, OverrideKind.PAUSE, now)
    return f"paused {pause.told}" if pause and state is Activity.PAUSED else ""
