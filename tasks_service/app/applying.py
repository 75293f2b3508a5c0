"""What carries a plan out against the configured database, without serving."""

from collections.abc import Callable
from socket import socket

from tasks_service.app.service import ports, rules
from tasks_service.control.wiring import wire_single_sync
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.settings import Settings


def apply_here(
    settings: Settings, agreed: Callable[[PlanReport], bool], confirming: str = "", actor: str = ""
) -> PlanReport:
    """Plan, and carry it out if it is ``agreed`` to; the report from before. ``Conflict`` beside a service."""
    world = ports(settings, _no_relay)
    try:
        return wire_single_sync(world, rules(settings, world.host.node)).run(agreed, confirming, actor)
    finally:
        world.executor.stop(0)
        world.stores.close()


def _no_relay(run_id: str) -> socket:
    raise AssertionError(f"run {run_id} is started although nothing is served")
