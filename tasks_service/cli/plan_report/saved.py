"""A plan in a file: what was looked at, so that whoever applies it sees whether the world moved."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tasks_service.api.shapes.plan_report import PlanReportShape
from tasks_service.core.errors import InvalidInput
from tasks_service.core.plan_report.report import PlanReport

FORMAT = "tasks-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A report, and the server whose live jobs it was made against; empty for a database."""

    report: PlanReport
    server: str


def save_plan(saved: SavedPlan, file: Path) -> None:
    """Write it as JSON; ``InvalidInput`` where that is impossible."""
    report = PlanReportShape.of(saved.report).model_dump(mode="json")
    document = {"format": FORMAT, "server": saved.server, "report": report}
    try:
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}") from error


def read_plan(file: Path) -> SavedPlan:
    """Read it again; ``InvalidInput`` for anything else."""
    hint = "save one with tasks plan --out FILE"
    try:
        document = json.loads(file.read_text("utf-8"))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise InvalidInput(f"{file} is no plan of this version", hint=hint)
        report = PlanReportShape.model_validate(document.get("report")).report()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}", hint=hint) from error
    except (ValueError, ValidationError) as error:
        raise InvalidInput(f"{file} is no plan", hint=hint) from error
    return SavedPlan(report=report, server=str(document.get("server") or ""))
