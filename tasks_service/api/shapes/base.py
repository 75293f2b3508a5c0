"""What all shapes share: closed models whose docstrings describe them, and lists."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import ConfigDict, PlainSerializer, WithJsonSchema

from tasks_service.core.documented import Documented
from tasks_service.core.stores import Page

T = TypeVar("T")
V = TypeVar("V")


class Shape(Documented):
    """A JSON object that the API answers with."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="null")


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime, PlainSerializer(_utc, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time in UTC, as ISO 8601 with ``Z``."""

Json = dict[str, Any]


class Listing(Shape, Generic[T]):
    """A part of a list. ``next_cursor`` asks for the next part; null at the end."""

    items: list[T]
    total: int
    next_cursor: str | None = None


def listing(page: Page[V], shape: Callable[[V], T]) -> Listing[T]:
    """A page of things as a list of shapes."""
    return Listing(items=[shape(item) for item in page.items], total=page.total, next_cursor=page.next_cursor)


def whole(items: Iterable[T]) -> Listing[T]:
    """A list that is answered at once."""
    shapes = list(items)
    return Listing(items=shapes, total=len(shapes))
