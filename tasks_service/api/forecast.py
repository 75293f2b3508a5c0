"""What is to come: the timeline, and the days ahead simulated."""

from typing import Annotated, Literal

from pydantic import Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Query
from tasks_service.api.shapes.simulation import SimulationShape
from tasks_service.api.shapes.timeline import TimelineShape


class TimelineQuery(Query):
    """How far to look ahead."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24
    """The hours to come; a quarter as many of the past stand before them."""


class SimulationQuery(Query):
    """What to simulate."""

    days: Annotated[int, Field(ge=1, le=31)] = 7
    slots: Annotated[int | None, Field(ge=1, le=1000)] = None
    """How many runs there may be at once; as configured by default."""
    measure: Literal["p50", "p95"] = "p50"
    """Which of the recorded durations of a job its runs will take."""
    patience: Annotated[float, Field(ge=0, le=86400)] = 60.0
    """Seconds that a run may wait for a slot before there are too few of them."""


@endpoint()
def timeline(ask: Ask, query: TimelineQuery) -> Answer[TimelineShape]:
    """Read what became of the last hours and what the next ones bring, a row per job."""
    return Answer(TimelineShape.of(ask.panel.forecast.timeline(query.hours)))


@endpoint()
def simulation(ask: Ask, query: SimulationQuery) -> Answer[SimulationShape]:
    """Simulate the days ahead: the live jobs and their overrides on a virtual clock, with recorded durations."""
    outlook = ask.panel.forecast.simulation(query.days, query.measure, query.patience, query.slots)
    return Answer(SimulationShape.of(outlook))
