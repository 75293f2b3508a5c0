"""The database as a whole."""

from typing import Protocol


class Database(Protocol):
    """The database as a whole."""

    def migrate(self) -> None:
        """Bring the schema up to date; refuse an unknown newer one."""
        ...

    def check(self) -> str:
        """Empty where it answers, else the reason."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
