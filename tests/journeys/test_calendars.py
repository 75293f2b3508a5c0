"""A calendar's life in a real service: a list that is missing, comes, closes a job, and opens it again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calendar_builders import ics
from running import Service, command_job, serving, wait_for

TODAY = datetime.now(UTC).date()
HOLIDAYS = "kind: calendar\ncalendar_id: holidays\nical: [lists/off.ics]\n"
EVERY_SECOND = "{trigger: interval, seconds: 1, skip_during: [holidays]}"
OFF = ics(
    {
        "DTSTART;VALUE=DATE": f"{TODAY:%Y%m%d}",
        "DTEND;VALUE=DATE": f"{TODAY + timedelta(days=2):%Y%m%d}",
        "SUMMARY": "Day off",
    }
)
REASON = f"holidays: Day off, {TODAY} to {TODAY + timedelta(days=1)}"


def rows(service: Service, outcome: str) -> list[dict[str, Any]]:
    found = service.get("/api/jobs/ticker/occurrences")["items"]
    return [row for row in found if row["outcome"] == outcome]


def test_a_job_follows_the_list_of_its_calendar(tmp_path: Path) -> None:
    job = command_job("ticker", "true", schedule=EVERY_SECOND)
    with serving(tmp_path, {"holidays.yaml": HOLIDAYS, "ticker.yaml": job}) as service:
        rules = {p["rule"] for p in service.get("/api/sync")["problems"]}
        assert rules == {"JM051", "JM052"}, "the list is missing, and so is the calendar"

        (service.manifests / "lists").mkdir()
        (service.manifests / "lists" / "off.ics").write_bytes(OFF)
        service.wait_for_job("ticker", sync="Synced", next_run_time=f"{TODAY + timedelta(days=2)}T00:00:00Z")
        skipped = wait_for(
            "a row of several skipped fires", lambda: [r for r in rows(service, "skipped_calendar") if r["count"] > 1]
        )
        assert [row["reason"] for row in skipped] == [REASON]
        page = service.ask("GET", "/tasks/ticker", headers={"accept": "text/html"}).text
        assert REASON in page and 'href="/calendars/holidays"' in page
        assert "Day off" in service.ask("GET", "/calendars/holidays", headers={"accept": "text/html"}).text
        assert service.tasks("preview", "ticker", "-n", "1").stdout.count(REASON) == 1
        assert service.run_to_end("ticker")["state"] == "succeeded", "a manual run passes"

        (service.manifests / "lists" / "off.ics").write_bytes(ics())
        wait_for("a run by the schedule", lambda: [r for r in rows(service, "succeeded") if r["trigger"] == "schedule"])
        assert service.get("/api/calendars/holidays")["entries"] == []

        service.write("holidays.yaml", "kind: calendar\ncalendar_id: [\n")
        kept = wait_for("the last good version", lambda: service.get("/api/calendars/holidays")["kept"])
        assert kept == "holidays.yaml is broken"
