"""Column types that mean the same on SQLite and PostgreSQL, and the database's own clock."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Enum, Integer, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A generated key: SQLite counts only plain integers by itself."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, always given back in UTC, to the microsecond.

    ``timestamptz`` on PostgreSQL; on SQLite text of one length, so that it sorts as time does and people can read it.
    """

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is in Python."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in the database."""
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database; a time without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        if dialect.name == "postgresql":
            return moment
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


def clean(text: str) -> str:
    """Text that every database accepts, and UTF-8, too: NUL and half of a surrogate pair become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


class CleanText(TypeDecorator[str]):
    """Text that both databases accept, see ``clean``."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What a value is in Python."""
        return str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compared by code point everywhere, as SQLite and Python do."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text, in ASCII, so that any string survives; the order of keys is kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database; None is SQL's NULL."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From the database."""
        return None if value is None else json.loads(value)


def word(kind: type[StrEnum]) -> Enum:
    """A column of the words of an enumeration."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda e: [member.value for member in e])


class database_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's own clock at this very moment, not at the start of the transaction."""

    type = UtcTime()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(element: database_now, compiler: SQLCompiler, **_: Any) -> str:
    return "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"


@compiles(database_now, "postgresql")
def _postgres_now(element: database_now, compiler: SQLCompiler, **_: Any) -> str:
    return "clock_timestamp()"
