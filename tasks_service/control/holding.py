"""Why a job is held: the pause or the manifest that keeps it from firing, in words. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind, in_force
from tasks_service.core.state import Activity, activity
from tasks_service.core.wording import in_utc


def pause_words(pause: Override) -> str:
    """By whom, until when and why."""
    until = f" until {in_utc(pause.until)}" if pause.until else ""
    return f"by {pause.actor}{until}" + (f": {pause.reason}" if pause.reason else "")


def held_by(manifest: JobManifest, overrides: Sequence[Override], now: datetime) -> str:
    """What keeps a job from firing; empty where nothing does."""
    state = activity(manifest, overrides, now)
    if state is Activity.SUSPENDED:
        return f"suspended by the manifest: {manifest.suspend_reason}"
    pause = in_force(overrides, OverrideKind.PAUSE, now)
    return f"paused {pause_words(pause)}" if pause and state is Activity.PAUSED else ""
