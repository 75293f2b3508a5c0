"""The panel: all that API and pages are given. They reach the world only through it."""

from dataclasses import dataclass

from tasks_service.control.adoption import Adoptions
from tasks_service.control.alarm_desk import AlarmDesk
from tasks_service.control.backfills import Backfills
from tasks_service.control.botdesk import BotDesk
from tasks_service.control.calendar_desk import CalendarDesk
from tasks_service.control.catalog import Catalog
from tasks_service.control.definitions import Definitions
from tasks_service.control.explainer import Explainer
from tasks_service.control.forecast import Forecast
from tasks_service.control.metrics import Metrics
from tasks_service.control.override_desk import OverrideDesk
from tasks_service.control.overrides import Overrides
from tasks_service.control.plan_desk import PlanDesk
from tasks_service.control.preflight_desk import PreflightDesk
from tasks_service.control.previews import Previews
from tasks_service.control.rundesk import RunDesk
from tasks_service.control.status import Status
from tasks_service.core.ports import Clock
from tasks_service.core.stores import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One desk per concern."""

    clock: Clock
    catalog: Catalog
    previews: Previews
    plans: PlanDesk
    calendars: CalendarDesk
    definitions: Definitions
    overrides: Overrides
    override_desk: OverrideDesk
    adoptions: Adoptions
    explainer: Explainer
    runs: RunDesk
    backfills: Backfills
    status: Status
    metrics: Metrics
    forecast: Forecast
    bot: BotDesk
    preflights: PreflightDesk
    alarms: AlarmDesk
    journal: Journal
