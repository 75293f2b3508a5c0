"""What is written to the databases of this process, statement by statement."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_READS = ("SELECT", "PRAGMA", "BEGIN", "SET", "SHOW")


@contextmanager
def each_write(tell: Callable[[str], None]) -> Iterator[None]:
    """``tell`` hears of every statement that changes something, just before it is sent. What it raises, the caller
    gets, and the transaction is rolled back."""

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(_READS):
            tell(statement)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", look)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The first words of every write, such as ``UPDATE sources``, in their order."""
    found: list[str] = []
    with each_write(lambda statement: found.append(first_words(statement))):
        yield found


def first_words(statement: str) -> str:
    """The verb and the table of a write."""
    words = [word for word in statement.replace('"', "").split() if word.upper() not in ("INTO", "FROM")]
    return f"{words[0]} {words[1]}"
