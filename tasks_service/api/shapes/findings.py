"""Findings of validation as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.stores import Problem


class FindingShape(Shape):
    """What is wrong with a document, where, and what to do. Line and column count from 1; 0 where there is none."""

    rule: str
    severity: str
    message: str
    hint: str
    field: str
    file: str
    line: int
    column: int

    @classmethod
    def of(cls, finding: Diagnostic) -> Self:
        """A finding of a draft or of a request."""
        return cls(
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message,
            hint=finding.hint,
            field=finding.field,
            file=finding.path,
            line=finding.line,
            column=finding.column,
        )


class StandingFindingShape(FindingShape):
    """A finding in a source, and since when it stands."""

    since: Moment
    source: str

    @classmethod
    def standing(cls, problem: Problem) -> Self:
        """A finding that the sync recorded."""
        found = FindingShape.of(problem.diagnostic)
        return cls(**found.model_dump(), since=problem.since, source=problem.source)
