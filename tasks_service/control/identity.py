"""Who this process is to the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """``owner`` is drawn anew at each start, so that a restarted process never takes its predecessor's runs for its
    own; ``node`` is the host's name."""

    owner: str
    node: str
