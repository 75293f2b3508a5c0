"""What is wrong with a document: where, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

RULES: dict[str, str] = {
    "JM001": "the file is not readable YAML",
    "JM002": "a key stands twice in one mapping",
    "JM003": "the document is larger, deeper or more aliased than is allowed",
    "JM004": "the document is not a mapping",
    "JM005": "the file cannot be opened",
    "JM006": "a link leads out of the directory of manifests",
    "JM010": "a key is not known",
    "JM011": "a required key is missing",
    "JM012": "a value has the wrong type or form",
    "JM013": "two keys exclude each other",
    "JM014": "a key is accepted but has no effect yet",
    "JM015": "a key has no value",
    "JM020": "the job type is not known",
    "JM021": "two documents have one job_id",
    "JM022": "a suspended job states no reason",
    "JM030": "the cron expression cannot be read",
    "JM031": "day of month and day of week are both restricted",
    "JM032": "the schedule can never fire",
    "JM033": "a weekday is given as a number",
    "JM034": "the time zone is not known",
    "JM035": "the date is already past",
    "JM036": "the interval is shorter than one second",
    "JM050": "the kind of document is not known",
    "JM051": "a job refers to a calendar that is not known",
    "JM052": "an iCalendar file cannot be used",
    "JM053": "two documents have one calendar_id",
    "JM054": "a range ends before it begins",
    "JM055": "a calendar has no entry",
    "JM056": "a calendar is gone while jobs refer to it",
}


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


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
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
