"""Findings where they belong: at the field of the form that they speak of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.pages import paramform, scheduleform


@dataclass(frozen=True, slots=True)
class Faults:
    """The findings of one form: ``at`` a field's name, and ``elsewhere`` those that no field shows."""

    at: dict[str, list[Diagnostic]] = field(default_factory=dict)
    elsewhere: list[Diagnostic] = field(default_factory=list)


def placed_at(problems: Sequence[Diagnostic], names: Collection[str], trigger: str) -> Faults:
    """Sort findings to the fields of the form called ``names``; ``trigger`` tells which kind of schedule is shown."""
    faults = Faults()
    for problem in problems:
        name = _name(problem.field, trigger)
        if name in names:
            faults.at.setdefault(name, []).append(problem)
        else:
            faults.elsewhere.append(problem)
    return faults


def _name(place: str, trigger: str) -> str:
    """``parameters.metric_types[0]`` becomes ``p.metric_types``."""
    room, _, rest = place.partition(".")
    key = rest.partition(".")[0].partition("[")[0]
    if room == "parameters":
        return paramform.PREFIX + key
    if room == "schedule":
        return scheduleform.name_of(key, trigger)
    return room
