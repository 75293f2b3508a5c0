"""A commit, as far as people are told of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Which change it was, whose, and why. ``at`` is the committer's time in UTC."""

    sha: str
    """The full object id."""
    author: str
    message: str
    at: datetime

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]
