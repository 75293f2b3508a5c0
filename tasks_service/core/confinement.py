"""Confinement: how far a run is cut off from the machine it works on.

The levels build on each other. What a machine offers is found by trying, never read off a version; see
``tasks_service.sandbox.probe``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Level(StrEnum):
    """How far a run is cut off; a later one is a stronger one."""

    S1 = "S1"
    """A process of its own: session, limits, a clean environment, no new privileges."""
    S2 = "S2"
    """A user of its own besides."""
    S3 = "S3"
    """Files by Landlock, system calls and network by seccomp, no capabilities; a user of its own where possible."""
    S4 = "S4"
    """Namespaces of its own for processes, network and messages besides."""


class Enclosure(BaseModel):
    """What is done to one run. Paths are absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Level = Level.S1
    own_user: bool = False
    """Give the run a user of its own; only root can."""
    network: bool = False
    readable: tuple[str, ...] = ()
    """What it may read besides the system, Python and the job types."""
    writable: tuple[str, ...] = ()
    """What it may read and change besides its own directory."""
    private: tuple[str, ...] = ()
    """What it must not read although it may lie in a directory of modules: the service's own data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What an installation wants for its runs."""

    wanted: Level = Level.S3
    minimum: Level = Level.S1
    """No run begins with less."""
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    """Files of the service that no run may read although they may lie beside its modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a machine can do: for each level why not, empty where it can."""

    refusals: Mapping[Level, str]

    def has(self, level: Level) -> bool:
        """Whether runs can be confined that far."""
        return not self.refusals.get(level, "it was not tried")


def label_of(level: Level, *, grouped: bool) -> str:
    """The level as it is shown, with ``+R`` where a control group limits the run."""
    return level + ("+R" if grouped else "")


class NotConfined(Exception):
    """This machine cannot confine a run as far as is required; the text says why, and what to do."""


def choose_level(confinement: Confinement, offer: Offer, asked: Level | None) -> Level:
    """The strongest level that is wanted and offered, where a job that asks for more than is wanted gets it.

    Raises ``NotConfined`` where that is less than what the installation or the job requires.
    """
    wanted = max(confinement.wanted, confinement.minimum, asked or Level.S1)
    required = max(confinement.minimum, asked or Level.S1)
    chosen = max((level for level in Level if level <= wanted and offer.has(level)), default=Level.S1)
    if chosen >= required:
        return chosen
    who = "policy.isolation of the job" if asked == required else "TASKS_SANDBOX_MIN"
    raise NotConfined(
        f"{who} requires level {required}, and this machine offers {chosen}: {offer.refusals.get(required, '')}."
        " Run it on a machine that offers more (`tasks doctor` tells), or require less."
    )
