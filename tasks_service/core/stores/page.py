"""A part of a long list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, newest first. ``next_cursor`` fetches the following part; None at the end."""

    items: tuple[T, ...]
    total: int
    next_cursor: str | None = None
