"""Bells: how a process that does not lead wakes the loops of the one that does, through SQL."""

import logging
from collections.abc import Callable, Mapping

from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.stores import BellStore

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.5


def ring(bells: BellStore, name: str) -> None:
    """Wake the leader. A hint: without it, the leader looks a little later by itself."""
    try:
        bells.ring(name)
    except StoreUnavailable as error:
        log.warning("The leader is not woken: %s", error, extra={"event": "bell.silent"})


class Listener:
    """The leader's ear: calls what belongs to a bell whenever its count has changed."""

    def __init__(self, bells: BellStore, wakes: Mapping[str, Callable[[], None]]) -> None:
        self._bells = bells
        self._wakes = wakes
        self._heard: Mapping[str, int] | None = None

    def step(self) -> float:
        """Listen once; in how many seconds to listen again."""
        rung = self._bells.rung()
        if self._heard is not None:
            for name in rung.keys() & self._wakes.keys():
                if rung[name] != self._heard.get(name):
                    self._wakes[name]()
        self._heard = rung
        return LISTEN_SECONDS
