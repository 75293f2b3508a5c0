"""Progress: how far a run has come, as its job tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from tasks_service.core.run import Message

LONGEST_TEXT = 200
"""Characters of its text; a longer one is cut."""

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ProgressReport(Message):
    """What a job process says. Anything else that it writes instead is no report and is dropped."""

    done: Amount
    total: Amount | None = None
    text: str = Field(default="", max_length=LONGEST_TEXT)

    def seen(self, text: str, at: datetime) -> "Progress":
        """As it is kept and shown, with this text; characters that could disturb what stands around it are replaced."""
        readable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
        return Progress(done=self.done, total=self.total, text=readable, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The newest report of a run, and when it came. Without ``total`` nobody knows how much there is to do."""

    done: float
    total: float | None = None
    text: str = ""
    at: datetime

    @property
    def share(self) -> float | None:
        """From 0 to 1: how much of the total is done; a job that does more than it announced is at 1."""
        if self.total is None:
            return None
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def words(self) -> str:
        """In a few words, such as ``3 of 10 (30%): sending``."""
        share = self.share
        amount = f"{self.done:g}" if share is None else f"{self.done:g} of {self.total:g} ({share:.0%})"
        return f"{amount}: {self.text}" if self.text else amount


def amount(value: object, name: str) -> float:
    """A number as a job gives it; ``TypeError`` or ``ValueError`` with a sentence for what measures no work."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} must be a finite number from 0 on")
    return number
