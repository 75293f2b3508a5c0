"""An installation in which every state that a page can show is there, for tests that look at the pages."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from running import NIGHTLY, Service, command_job, serving

BERLIN = '{trigger: cron, expression: "0 2 * * mon-fri", timezone: Europe/Berlin}'
EVERY_QUARTER = "{trigger: interval, minutes: 15}"
COUNTING = "import time\nfor n in range(1, 601):\n    print('step', n, flush=True)\n    time.sleep(0.2)"
"""A program that prints a line five times a second, for two minutes."""
REFUSED = "import sys\nprint('asking the vendor')\nsys.exit('401: the token has expired')"
GOOD_PRICES = command_job("price_feed", "true", schedule=EVERY_QUARTER)
HOLIDAYS = """\
kind: calendar
calendar_id: holidays
description: When nobody is there to look.
timezone: Europe/Berlin
windows:
  - {expression: "0 0 * * sat", duration: 48h, label: Weekend}
"""

MANIFESTS = {
    "users.yaml": command_job(
        "daily_user_sync",
        "echo",
        "1200 users are up to date",
        schedule=BERLIN,
        owner="data-platform",
        description="Keeps the user directory current.",
        labels={"team": "data"},
    ),
    "invoices.yaml": command_job("invoice_export", sys.executable, "-c", REFUSED, owner="billing"),
    "vendor.yaml": command_job("vendor_report", "true", schedule=EVERY_QUARTER),
    "archive.yaml": command_job(
        "archive_logs",
        "true",
        schedule="{trigger: interval, hours: 6, skip_during: [holidays]}",
        suspend=True,
        suspend_reason="The archive moves to another machine.",
    ),
    "holidays.yaml": HOLIDAYS,
    "prices.yaml": GOOD_PRICES,
    "import.yaml": command_job("slow_import", sys.executable, "-u", "-c", COUNTING, schedule=NIGHTLY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """The service and the runs in it."""

    service: Service
    failed_run: str
    succeeded_run: str
    running_run: str


@contextmanager
def showcase(folder: Path) -> Iterator[Showcase]:
    """A service with jobs that succeed, fail, run, are paused, suspended, broken, and owned by the API."""
    with serving(folder, MANIFESTS) as service:
        service.post("/api/jobs/vendor_report/pause", {"reason": "vendor outage", "actor": "Bob"})
        service.post(
            "/api/jobs",
            {
                "job_id": "weekly_metrics",
                "job_type": "metrics_collection",
                "schedule": {"trigger": "cron", "expression": "@weekly"},
            },
            expect=201,
        )
        succeeded = [service.run_to_end("daily_user_sync") for _ in range(3)]
        failed = [service.run_to_end("invoice_export") for _ in range(2)]
        service.run_to_end("weekly_metrics")
        running = service.post("/api/jobs/slow_import/run", expect=202)
        service.write("prices.yaml", GOOD_PRICES + "  broken: [\n")
        service.wait_for_job("price_feed", sync="Invalid")
        yield Showcase(
            service=service,
            failed_run=failed[-1]["id"],
            succeeded_run=succeeded[-1]["id"],
            running_run=running["id"],
        )
