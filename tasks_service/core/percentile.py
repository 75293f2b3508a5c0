"""Percentiles of a sample."""

from collections.abc import Sequence
from math import floor


def percentile(ascending: Sequence[float], share: float) -> float | None:
    """The value that ``share`` (0 to 1) of the values do not exceed, between neighbours by distance; None for none."""
    if not ascending:
        return None
    place = share * (len(ascending) - 1)
    below = floor(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (place - below)
