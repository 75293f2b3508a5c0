"""Pages by keyset: a cursor names the last row of a page, so rows that are added meanwhile shift nothing."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, select, tuple_

from tasks_service.core.errors import InvalidInput
from tasks_service.core.stores import Page

T = TypeVar("T")

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """The order of a list: columns that together are unique. ``name`` tells its cursors from those of other lists."""

    name: str
    columns: tuple[ColumnElement[Any], ...]
    descending: bool = True

    def page(
        self, connection: Connection, rows: Select[Any], limit: int, cursor: str | None, load: Callable[[Row[Any]], T]
    ) -> Page[T]:
        """The rows after the cursor, and how many there are in all; ``InvalidInput`` for a cursor that is not ours."""
        total = connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
        order = [column.desc() if self.descending else column.asc() for column in self.columns]
        wanted = rows.order_by(*order).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(self._after(cursor))
        found = connection.execute(wanted).all()
        following = self._cursor(found[limit - 1]) if len(found) > limit else None
        return Page(items=tuple(load(row) for row in found[:limit]), total=total, next_cursor=following)

    def _after(self, cursor: str) -> ColumnElement[bool]:
        here = tuple_(*self.columns)
        there = tuple_(*(literal(v, c.type) for v, c in zip(self._values(cursor), self.columns, strict=True)))
        return here < there if self.descending else here > there

    def _cursor(self, row: Row[Any]) -> str:
        values = [row._mapping[column] for column in self.columns]
        plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
        return base64.urlsafe_b64encode(json.dumps([self.name, *plain]).encode()).decode()

    def _values(self, cursor: str) -> list[Any]:
        try:
            name, *plain = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
            values = [_value(p, c.type.python_type) for p, c in zip(plain, self.columns, strict=True)]
        except (ValueError, TypeError, binascii.Error, RecursionError) as error:
            raise _foreign(cursor) from error
        if name != self.name:
            raise _foreign(cursor)
        return values


def _value(plain: Any, kind: type) -> Any:
    """A value of a cursor in the type of its column; ``ValueError`` where it is none."""
    if kind is datetime:
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment
    if type(plain) is not kind or (isinstance(plain, int) and abs(plain) > _LARGEST):
        raise ValueError(f"no {kind.__name__}")
    return plain


def _foreign(cursor: str) -> InvalidInput:
    return InvalidInput(
        f"the cursor {cursor[:40]!r} does not belong to this list",
        hint="take next_cursor from the page before, or leave the cursor out",
    )
