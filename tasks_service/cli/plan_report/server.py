"""A server that plans: it sees its live jobs, overrides and guards; the files are sent along."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tasks_service.api.shapes.plan_report import PlanReportShape
from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.core.errors import InvalidInput
from tasks_service.core.plan_report.report import PlanReport


def plan_of_server(connection: Connection, files: Mapping[str, bytes] | None = None, source: str = "") -> PlanReport:
    """What its next sync would do; with ``files``, if its source held these. Raises ``ServerProblem``."""
    body: dict[str, Any] = {"source": source}
    if files is not None:
        body["files"] = {path: _text(path, data) for path, data in files.items()}
    answer = connection.post("/api/plan", body)
    try:
        return PlanReportShape.model_validate(answer).report()
    except ValidationError as error:
        raise ServerProblem(
            f"{connection.url} answered with a plan of another version", hint="use the same version on both sides"
        ) from error


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8", hint="save it as UTF-8") from error
