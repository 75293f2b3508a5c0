"""What is wrong with a document: where, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from tasks_service.core.mend import Mend

Severity = Literal["error", "warning"]

Loc = tuple[str | int, ...]
"""A place in a document: keys and indices from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a document, before anybody knows its file and lines."""

    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    loc: Loc = ()
    """Where. The last key of a missing value is the missing one."""
    on_key: bool = False
    """The key itself is meant, not its value."""
    mend: Mend | None = None
    """What was certainly meant there, where that is certain."""

    @property
    def field(self) -> str:
        """``loc`` as people write it: ``policy.retry.attempts``, ``previous_ids[0]``."""
        return dotted(self.loc)


def dotted(loc: Loc) -> str:
    """A place in a document as people write it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. ``line`` and ``column`` count from 1; 0 means the whole file."""

    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    path: str = ""
    line: int = 0
    column: int = 0
    field: str = ""

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        parts = [self.path or "<document>"]
        if self.line:
            parts += [str(self.line), str(self.column)]
        return ":".join(parts)

    def __str__(self) -> str:
        hint = f" — {self.hint}" if self.hint else ""
        return f"{self.place}: {self.severity} {self.rule}: {self.message}{hint}"


_Found = TypeVar("_Found", Finding, Diagnostic)


def errors(diagnostics: Iterable[_Found]) -> list[_Found]:
    """Only the findings that forbid the document."""
    return [d for d in diagnostics if d.severity == "error"]


def placed(finding: Finding, *, path: str = "", line: int = 0, column: int = 0) -> Diagnostic:
    """A finding, now that its place is known as far as there is one."""
    return Diagnostic(
        rule=finding.rule,
        message=finding.message,
        hint=finding.hint,
        severity=finding.severity,
        path=path,
        line=line,
        column=column,
        field=finding.field,
    )
