"""The warden: it decides how far each run is confined, from what is wanted and what the machine offers."""

from pathlib import Path

from tasks_service.core.child_protocol import Ready
from tasks_service.core.confinement import Confinement, Enclosure, Level, Offer, choose_level, label_of
from tasks_service.core.ports import SandboxInfo
from tasks_service.core.run import RunRequest


class Warden:
    """Belongs to one zygote: the next one may find another machine, so to speak."""

    def __init__(self, confinement: Confinement, ready: Ready, data_dir: Path) -> None:
        self._confinement = confinement
        self._ready = ready
        self._offer = Offer(refusals=ready.refusals)
        self._data_dir = data_dir

    def enclosure(self, request: RunRequest) -> Enclosure:
        """What is done to a run; raises ``NotConfined`` where that would be less than is required."""
        return self._enclosure(choose_level(self._confinement, self._offer, request.isolation), network=request.network)

    @property
    def info(self) -> SandboxInfo:
        """The level of runs that ask for nothing, and what was found."""
        level = choose_level(Confinement(wanted=self._confinement.wanted), self._offer, None)
        return SandboxInfo(level=label_of(level, grouped=self._ready.grouped), facts=self._ready.facts)

    def _enclosure(self, level: Level, *, network: bool) -> Enclosure:
        return Enclosure(
            level=level,
            own_user=self._ready.own_user and level >= Level.S2,
            network=network,
            readable=self._confinement.readable,
            writable=self._confinement.writable,
            private=(str(self._data_dir), *self._confinement.private),
        )
