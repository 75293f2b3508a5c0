"""Problems as the OpenAPI document shows them."""

from pydantic import Field

from tasks_service.api.shapes.base import Shape
from tasks_service.api.shapes.findings import FindingShape


class ExceptionShape(Shape):
    """An error that nobody expected, with the lines of its stack; secrets are masked."""

    type: str
    message: str
    stack: list[str]


class ProblemShape(Shape):
    """What went wrong, why, and what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    """One sentence."""
    hint: str
    """What to do."""
    diagnostics: list[FindingShape] = Field(default_factory=list)
    """The findings, where the input is invalid."""
    request_id: str = ""
    """The name of the request in the log, as in the header X-Request-ID."""
    exception: ExceptionShape | None = None
    """In development only: what broke, where an error was not expected."""
    file: str = ""
    """The file that owns the job."""
    line: int = 0
