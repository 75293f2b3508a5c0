"""Metrics as plain data: what is measured, in which shape, and the samples of one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    """Only ever grows; rates follow from it."""
    GAUGE = "gauge"
    """A value that comes and goes."""
    HISTOGRAM = "histogram"
    """Counts of observations by size; never goes down either."""
    INFO = "info"
    """Always 1: what is told stands in the labels."""


class Scope(StrEnum):
    """Whose figure it is."""

    INSTALLATION = "installation"
    """Read from the database, so every replica tells the same: take one of them, never their sum."""
    PROCESS = "process"
    """Of the process that answers: adding up replicas makes sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a figure means; ``name`` is the one that is scraped."""

    name: str
    kind: Kind
    scope: Scope
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, ascending; one more bucket holds what lies above."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Observations of a histogram: how many fell into each bucket, and their sum."""

    counts: tuple[int, ...]
    """One for each bound and one for what lies above; not cumulative."""
    sum: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One value, with the values of the metric's labels in their order."""

    labels: tuple[str, ...]
    value: float | Distribution


@dataclass(frozen=True, slots=True)
class Family:
    """A metric and its samples at one moment."""

    metric: Metric
    samples: Sequence[Sample]
