"""Metrics by the hour or by the day: pure arithmetic on the points that a source gave."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Level = Literal["hourly", "daily"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measured value."""

    at: datetime
    name: str
    value: float
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def series(self) -> str:
        """What points of one series have in common: name, unit and labels."""
        return json.dumps([self.name, self.unit, sorted(self.labels.items())])

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        labels = dict(sorted(self.labels.items()))
        return {
            "name": self.name, "labels": labels, "unit": self.unit, "value": self.value, "timestamp": _iso(self.at)
        }  # fmt: skip


def read_points(items: Iterable[Any]) -> tuple[list[Point], int]:
    """The points among what a source gave, and how many of its items are none."""
    points: list[Point] = []
    unreadable = 0
    for item in items:
        point = _point(item)
        if point is None:
            unreadable += 1
        else:
            points.append(point)
    return points, unreadable


def buckets(points: Iterable[Point], level: Level) -> list[dict[str, Any]]:
    """Count, least, greatest, mean and last value of each series in each hour or day of UTC."""
    groups: dict[tuple[datetime, str], list[Point]] = {}
    for point in sorted(points, key=lambda point: point.at):
        groups.setdefault((_start(point.at, level), point.series), []).append(point)
    return [_bucket(start, group) for (start, _), group in sorted(groups.items())]


def latest(points: Iterable[Point]) -> list[Point]:
    """The newest point of each series, by name."""
    newest: dict[str, Point] = {}
    for point in sorted(points, key=lambda point: point.at):
        newest[point.series] = point
    return [newest[series] for series in sorted(newest)]


def _bucket(start: datetime, group: list[Point]) -> dict[str, Any]:
    values = [point.value for point in group]
    last = group[-1]
    return {
        "start": _iso(start),
        "name": last.name,
        "labels": dict(sorted(last.labels.items())),
        "unit": last.unit,
        "count": len(values),
        "min": min(values),
        "max": max(values),
        "avg": math.fsum(values) / len(values),
        "last": last.value,
    }


def _start(at: datetime, level: Level) -> datetime:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour if level == "hourly" else hour.replace(hour=0)


def _point(item: Any) -> Point | None:
    if not isinstance(item, dict):
        return None
    name, value, labels = item.get("name"), item.get("value"), item.get("labels") or {}
    at = _moment(item.get("timestamp"))
    if at is None or not isinstance(name, str) or not name or not isinstance(labels, dict):
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    texts = {str(key): str(text) for key, text in labels.items()}
    return Point(at=at, name=name, value=value, unit=str(item.get("unit") or ""), labels=texts)


def _moment(value: Any) -> datetime | None:
    """A point in time from ISO 8601; one without an offset is UTC."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
