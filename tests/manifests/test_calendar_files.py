"""Calendars on disk: iCalendar files with all their ways of saying when, broken ones, and edits that are noticed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import at
from calendar_builders import ics
from command_line import tasks
from fakes import FakeClock
from manifest_files import job, reader, watching

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.ical_events import MAX_EVENTS, IcalEvents
from tasks_service.core.ports import UnreadableEvents
from tasks_service.core.state import Snapshot

BERLIN = ZoneInfo("Europe/Berlin")
YEARS = range(2026, 2028)
CALENDAR = "kind: calendar\ncalendar_id: holidays\ntimezone: Europe/Berlin\nical: [lists/de.ics]\n"
CHRISTMAS = {"DTSTART;VALUE=DATE": "20201225", "SUMMARY": "Christmas Day", "RRULE": "FREQ=YEARLY"}


def read(*events: dict[str, str] | str, years: range = YEARS) -> list[tuple[str, str, str]]:
    """Begin and end in UTC, and the label."""
    found = IcalEvents().read(ics(*events), BERLIN, years)
    return [(f"{e.begin:%Y-%m-%d %H:%M}", f"{e.end:%Y-%m-%d %H:%M}", e.label) for e in found]


def test_a_whole_day_lasts_from_midnight_to_midnight_in_the_calendars_zone() -> None:
    assert read(CHRISTMAS) == [
        ("2026-12-24 23:00", "2026-12-25 23:00", "Christmas Day"),
        ("2027-12-24 23:00", "2027-12-25 23:00", "Christmas Day"),
    ]


def test_a_time_is_read_in_its_own_zone_and_without_one_in_the_calendars() -> None:
    own = {"DTSTART;TZID=America/New_York": "20261201T100000", "DURATION": "PT90M", "SUMMARY": "Change"}
    floating = {"DTSTART": "20261202T100000", "DTEND": "20261202T110000", "SUMMARY": "Floating"}
    in_utc = {"DTSTART": "20261203T100000Z", "DTEND": "20261203T110000Z", "SUMMARY": "UTC"}

    assert read(own, floating, in_utc) == [
        ("2026-12-01 15:00", "2026-12-01 16:30", "Change"),
        ("2026-12-02 09:00", "2026-12-02 10:00", "Floating"),
        ("2026-12-03 10:00", "2026-12-03 11:00", "UTC"),
    ]


def test_a_weekly_event_keeps_its_wall_time_over_the_change_of_clocks_and_leaves_its_exceptions_out() -> None:
    weekly = {
        "DTSTART;TZID=Europe/Berlin": "20261012T090000",
        "DURATION": "PT1H",
        "RRULE": "FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/Berlin": "20261019T090000",
        "SUMMARY": "Week",
    }

    assert [begin for begin, _, _ in read(weekly)] == ["2026-10-12 07:00", "2026-10-26 08:00", "2026-11-02 08:00"]


def test_a_moved_occurrence_and_a_cancelled_event_are_taken_as_they_are_meant() -> None:
    moved = "\r\n".join(
        [
            "BEGIN:VEVENT", "UID:a", "DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2",
            "SUMMARY:Daily", "END:VEVENT",
            "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261202T100000Z", "DTSTART:20261202T150000Z", "DURATION:PT1H",
            "SUMMARY:Later", "END:VEVENT",
        ]
    )  # fmt: skip
    off = {"DTSTART;VALUE=DATE": "20261205", "STATUS": "CANCELLED", "SUMMARY": "Off"}

    assert [(begin, label) for begin, _, label in read(moved, off)] == [
        ("2026-12-01 10:00", "Daily"),
        ("2026-12-02 15:00", "Later"),
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is no iCalendar file"),
        (b"hello", "it is no iCalendar file"),
        (b"\xff\xfe\x00", "it is no iCalendar file"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "it begins with VEVENT"),
        (ics(CHRISTMAS)[:90], "it is no iCalendar file"),
        (ics({"SUMMARY": "X"}), "event 'X' has no DTSTART"),
        (ics({"DTSTART": "2026-12-25", "SUMMARY": "X"}), "event 'X': DTSTART cannot be read"),
        (ics({"DTSTART": "20261225T100000Z", "RRULE": "FREQ=SOMETIMES"}), "RRULE cannot be read"),
        (ics({"DTSTART": "20261225T100000Z", "DTEND": "20261224T100000Z"}), "ends before it begins"),
        (ics({"DTSTART;TZID=Nowhere/Land": "20261225T100000", "DURATION": "PT1H"}), "time zone 'Nowhere/Land'"),
        (ics({"DTSTART": "20261225T100000Z", "DURATION": "PT1S", "RRULE": "FREQ=SECONDLY"}), "more often than once"),
        (
            ics({"DTSTART": "20261225T100000Z", "DURATION": "PT1S", "RRULE": "FREQ=DAILY;BYHOUR=1,2"}),
            "more often than once",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, told: str) -> None:
    with pytest.raises(UnreadableEvents, match=told):
        IcalEvents().read(data, BERLIN, YEARS)


def test_more_occurrences_than_a_list_of_holidays_holds_are_refused() -> None:
    daily = [
        {"DTSTART": f"20260101T{n:02}0000Z", "DURATION": "PT1H", "RRULE": "FREQ=DAILY", "SUMMARY": f"{n}"}
        for n in range(24)
    ]

    with pytest.raises(UnreadableEvents, match=f"more than {MAX_EVENTS} occurrences"):
        IcalEvents().read(ics(*daily), BERLIN, range(2026, 2030))


class Folder:
    """A directory of manifests with a calendar and its list, and a source that reads it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = FakeClock(at("2026-11-23 12:00"))
        (root / "lists").mkdir()
        (root / "holidays.yaml").write_text(CALENDAR)
        self.list = root / "lists" / "de.ics"
        self.list.write_bytes(ics(CHRISTMAS))
        self.source = DirectorySource(root, reader(self.clock), IcalEvents(), self.clock)

    def look(self) -> Snapshot:
        return self.source.snapshot()

    def told(self) -> list[str]:
        return [str(problem) for problem in self.look().problems]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_calendar_is_read_with_the_list_it_names(folder: Folder) -> None:
    (found,) = folder.look().calendars

    assert (found.calendar.calendar_id, str(found.origin)) == ("holidays", "holidays.yaml:1")
    assert [e.begin.year for e in found.calendar.events] == list(range(2024, 2037))


def test_an_edited_list_gives_another_revision_and_calendar_and_an_unchanged_one_none(folder: Folder) -> None:
    first, again = folder.look(), folder.look()
    folder.list.write_bytes(ics(CHRISTMAS, CHRISTMAS | {"SUMMARY": "Second"}))
    edited = folder.look()

    assert (first.revision, first.calendars) == (again.revision, again.calendars)
    assert edited.revision != first.revision
    assert edited.calendars[0].calendar != first.calendars[0].calendar


def test_a_list_that_no_calendar_names_changes_nothing(folder: Folder) -> None:
    before = folder.look()
    (folder.root / "lists" / "other.ics").write_text("whatever")

    assert folder.look().revision == before.revision
    assert folder.told() == []


def test_repeating_events_reach_ten_years_ahead_and_the_horizon_moves_with_the_year(folder: Folder) -> None:
    before = folder.look()
    folder.clock.set(at("2027-01-01 00:00"))
    after = folder.look()

    assert after.revision != before.revision
    assert {e.begin.year for c in after.calendars for e in c.calendar.events} == set(range(2025, 2038))


@pytest.mark.parametrize(
    ("ical", "told"),
    [
        ("lists/dee.ics", "lists/dee.ics: there is no such file — did you mean 'lists/de.ics'?"),
        ("../de.ics", "../de.ics: the path leads out of the directory of manifests"),
        ("/etc/de.ics", "/etc/de.ics: the path leads out of the directory of manifests"),
        ("lists/../../de.ics", "leads out of the directory of manifests"),
        ("holidays.yaml", "the name of an iCalendar file ends in .ics"),
    ],
)
def test_a_path_that_cannot_be_used_is_a_finding_at_its_place(folder: Folder, ical: str, told: str) -> None:
    (folder.root / "holidays.yaml").write_text(CALENDAR.replace("lists/de.ics", ical))

    (problem,) = folder.told()
    assert problem.startswith("holidays.yaml:4:8: error JM052: ")
    assert told in problem
    assert folder.look().calendars == ()
    assert folder.look().broken_paths == {"holidays.yaml"}


def test_a_broken_list_and_a_link_that_leads_out_are_findings_too(folder: Folder) -> None:
    folder.list.write_text("BEGIN:VCALENDAR\nhello")
    assert "lists/de.ics: it is no iCalendar file" in folder.told()[0]

    folder.list.unlink()
    folder.list.symlink_to("/etc/hosts")
    assert "the link leads out of the directory of manifests" in folder.told()[0]


def test_an_edit_of_a_list_wakes_whoever_watches(folder: Folder) -> None:
    (folder.root / "alpha.yaml").write_text(job("alpha"))
    with watching(folder.source) as seen:
        seen.until("alpha")
        folder.list.write_bytes(ics())
        seen.until("alpha")

    assert folder.look().calendars[0].calendar.events == ()


BAD = """\
kind: calendar
calendar_id: holidays
dates:
  - {date: "2026-12-25T10:00", label: Noon}
  - {date: 2026-12-26}
ranges:
  - {from: 2026-12-27, to: , label: Open}
windows:
  - {expression: "0 22 * * *", duration: long, label: Night, colour: red}
ical: 5
"""


def test_what_is_wrong_with_a_calendar_is_told_in_one_pass_with_places() -> None:
    found = [str(p).partition(" — ")[0] for p in reader(FakeClock()).read(BAD, "c.yaml").problems]

    assert found == [
        "c.yaml:4:12: error JM012: dates[0].date: a date is a whole day, such as 2026-12-25; a part of a day is a range",  # noqa: E501 - as it is told
        "c.yaml:5:5: error JM011: dates[1].label is missing",
        "c.yaml:7:24: error JM015: ranges[0].to has no value",
        "c.yaml:9:42: error JM012: windows[0].duration: 'long' is no duration: write 90s, 15m, 24h, 7d or ISO 8601 (PT15M)",  # noqa: E501
        "c.yaml:9:62: error JM010: windows[0].colour is no known key",
        "c.yaml:10:7: error JM012: ical must be a list, not a whole number",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: calender\n", "c.yaml:1:7: error JM050: kind 'calender' is not known — did you mean 'calendar'?"),
        ("calendar_id: x\ndates: []\n", "c.yaml:1:1: error JM011: kind is missing"),
        ("kind: calendar\ncalendar_id: x\n", "c.yaml:2:14: warning JM055: calendar 'x' has no entry"),
        (
            "kind: calendar\ncalendar_id: x\nranges: [{from: 2026-12-27, to: 2026-12-26, label: x}]\n",
            "c.yaml:3:33: error JM054: ranges[0] ends before it begins",
        ),
        (
            'kind: calendar\ncalendar_id: x\nwindows: [{expression: "0 22 * *", duration: 1h, label: x}]\n',
            "c.yaml:3:24: error JM030: '0 22 * *' has 4 fields",
        ),
        ("kind: calendar\ncalendar_id: x\ntimezone: Berlin\ndates: []\n", "did you mean 'Europe/Berlin'?"),
    ],
)
def test_a_calendar_that_is_wrong_as_a_whole_says_how(text: str, told: str) -> None:
    assert any(told in str(p) for p in reader(FakeClock()).read(text, "c.yaml").problems)


def test_validate_and_preview_know_the_calendars_of_the_configured_directory(folder: Folder, tmp_path: Path) -> None:
    text = job("alpha").replace("schedule: {", "schedule: {skip_during: holidays, ")
    (tmp_path / "alpha.yaml").write_text(text)
    (tmp_path / "beta.yaml").write_text(text.replace("holidays", "holydays").replace("alpha", "beta"))
    here = {"TASKS_MANIFESTS": str(tmp_path)}

    one = tasks("validate", str(tmp_path / "alpha.yaml"), **here)
    both = tasks("validate", **here)
    shown = tasks("preview", "alpha", "-n", "400", "-o", "json", **here)

    assert (one.exit_code, one.stdout) == (0, "1 valid manifest in 1 file; no problems\n")
    assert both.exit_code == 1
    assert (
        f"{tmp_path}/beta.yaml:3:12: error JM051: calendar 'holydays' is not known — did you mean 'holidays'?"
        in both.stdout
    )
    (preview,) = json.loads(shown.stdout)
    assert [s["reason"] for s in preview["skipped"]] == [
        f"holidays: Christmas Day, {datetime.now(UTC).year + n}-12-25" for n in range(len(preview["skipped"]))
    ]
    assert preview["skipped"]
