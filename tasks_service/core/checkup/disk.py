"""The disk: room and rights in the folders that the service writes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks_service.core.checkup.finding import Finding, combined, failure, ok, warning

LOW_BYTES = 512 * 2**20
EMPTY_BYTES = 32 * 2**20
LOW_INODES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """One folder. ``trouble`` is why nothing can be written there; ``free_inodes`` is None where nobody counts."""

    purpose: str
    """The setting that names it."""
    path: str
    trouble: str = ""
    free_bytes: int = 0
    free_inodes: int | None = None


def judge_disk(folders: Sequence[FolderFacts]) -> Finding:
    """The finding about all of them."""
    first, *further = map(_judge, folders)
    return combined(first, *further)


def _judge(folder: FolderFacts) -> Finding:
    place = f"{folder.path} ({folder.purpose})"
    if folder.trouble:
        return failure(f"{place} cannot be written: {folder.trouble}.", f"Give this user a folder in {folder.purpose}.")
    free = f"{folder.free_bytes / 2**30:.1f} GiB" if folder.free_bytes >= 2**30 else f"{folder.free_bytes >> 20} MiB"
    if folder.free_bytes < EMPTY_BYTES:
        return failure(f"{place} has only {free} left.", "Make room: runs and the ledger cannot be written.")
    if folder.free_bytes < LOW_BYTES:
        return warning(f"{place} has only {free} left.", "Make room before it is full.")
    if folder.free_inodes is not None and folder.free_inodes < LOW_INODES:
        return warning(
            f"{place} has room for only {folder.free_inodes} more files.", "Remove files that nobody needs there."
        )
    return ok(f"{place} can be written and has {free} left.")
