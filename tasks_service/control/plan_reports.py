"""The report of what a planner sees."""

from collections.abc import Mapping

from tasks_service.control.planner import Outlook
from tasks_service.core.calendar import by_key
from tasks_service.core.commit import Commit
from tasks_service.core.plan_report.drafting import Circumstances, draft
from tasks_service.core.plan_report.reasons import Causes
from tasks_service.core.plan_report.report import PlanReport


def report_of(
    outlook: Outlook,
    *,
    compared_with: str = "the live jobs",
    touched: Mapping[tuple[str, str], Commit] | None = None,
) -> PlanReport:
    """What a plan means. ``touched`` are the commits behind files."""
    seen = Circumstances(
        at=outlook.at,
        live=outlook.live,
        calendars_before=by_key([applied.calendar for applied in outlook.applied]),
        calendars_after=by_key([item.calendar for item in outlook.calendars.wanted.values()]),
        causes=Causes(
            overrides=outlook.overrides,
            commits={s.source: s.commit for s in outlook.reading.snapshots if s.commit},
            touched=touched or {},
        ),
        compared_with=compared_with,
        revision=outlook.reading.revision,
        problems=outlook.settled.problems,
        failures=tuple(f"{f.source}: {f.reason}" for f in outlook.reading.failures),
    )
    return draft(outlook.plan, seen)
