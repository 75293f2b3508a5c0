"""When to look at the directory again: a hint, never a fact.

What an event says is not believed. Symlink swaps, as git-sync and Kubernetes make them, reach no watcher of the linked
folder: where the root really lies is looked up twice a second instead, and the watch begins anew when that changed.
"""

import logging
from collections.abc import Callable
from threading import Event

from watchfiles import watch

from tasks_service.adapters.directory_source.layout import Layout

_log = logging.getLogger(__name__)

_POLL_MS = 500
_QUIET_MS = 100
"""Changes are reported when nothing happened for so long: a checkout wakes once."""
_LONGEST_MS = 500
_RETRY_SECONDS = 5.0


def watch_directory(layout: Callable[[], Layout | None], wake: Callable[[], None], stop: Event) -> None:
    """Call ``wake`` after changes below the root until ``stop`` is set. ``layout`` says where the root lies now."""
    seen = layout()
    while not stop.is_set():
        current = layout()
        if current != seen:
            seen = current
            wake()
        if current is None:
            stop.wait(_POLL_MS / 1000)
            continue
        try:
            _watch_here(current, layout, wake, stop)
        except Exception as error:  # noqa: BLE001 - no hint is no harm: the source is read on a timer as well
            told = "cannot watch the manifests, they are read on a timer only: %s"
            _log.warning(told, error, extra={"event": "source.watch_failed"})
            stop.wait(_RETRY_SECONDS)


def _watch_here(here: Layout, layout: Callable[[], Layout | None], wake: Callable[[], None], stop: Event) -> None:
    """Watch until ``stop`` is set or the root lies elsewhere."""
    begun = False
    for changes in watch(
        here.root,
        watch_filter=None,
        debounce=_LONGEST_MS,
        step=_QUIET_MS,
        stop_event=stop,
        rust_timeout=_POLL_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        if changes or not begun:
            wake()  # once at the beginning: something may have changed before the watch was in place
        begun = True
        replaced = any(path == here.root for _, path in changes)  # a new folder may even have the old one's inode
        if replaced or layout() != here:
            return
