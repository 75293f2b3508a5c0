"""Rules about calendars, and about what jobs refer to."""

from tasks_service.core.rules.rule import Rule

_HOLIDAYS = "kind: calendar\ncalendar_id: holidays\ndates: [{date: 2026-12-25, label: Christmas}]\n"


def _job(calendar: str) -> str:
    schedule = f"{{trigger: interval, hours: 1, skip_during: [{calendar}]}}"
    return f"job_id: tidy\njob_type: command\nschedule: {schedule}\nparameters: {{argv: [date]}}\n"


CALENDARS = (
    Rule(
        id="JM050",
        title="the kind of document is not known",
        why="Without `kind` a document is a job; the only other kind is `calendar`.",
        remedy="Write `kind: calendar`, or leave the key out.",
        wrong=_HOLIDAYS.replace("kind: calendar", "kind: calender"),
        right=_HOLIDAYS,
        fix="corrects the word where it is near to `calendar` and the document is one.",
    ),
    Rule(
        id="JM051",
        title="a job refers to a calendar that is not known",
        why="A job that was to rest on holidays would run on them.",
        remedy="Define the calendar, or mend the name.",
        wrong=f"{_HOLIDAYS}---\n{_job('holydays')}",
        right=f"{_HOLIDAYS}---\n{_job('holidays')}",
    ),
    Rule(
        id="JM052",
        title="an iCalendar file cannot be used",
        why="Without its entries the calendar would be another one; the last good version stays in force.",
        remedy="Mend the path or the file: it is looked for in the directory of manifests, beside the document.",
        wrong="kind: calendar\ncalendar_id: holidays\nical: [missing.ics]\n",
        right=_HOLIDAYS,
    ),
    Rule(
        id="JM053",
        title="two documents have one calendar_id",
        why="Jobs refer to a calendar by its name, and nobody could tell which one is meant.",
        remedy="Rename one of them, or join their entries.",
        wrong=f"{_HOLIDAYS}---\n{_HOLIDAYS}",
        right=_HOLIDAYS,
    ),
    Rule(
        id="JM054",
        title="a range ends before it begins",
        why="It would hold no moment at all.",
        remedy="Exchange its ends. A day as its end belongs to the range; a time does not.",
        wrong="kind: calendar\ncalendar_id: leave\nranges: [{from: 2026-12-31, to: 2026-12-27, label: Leave}]\n",
        right="kind: calendar\ncalendar_id: leave\nranges: [{from: 2026-12-27, to: 2026-12-31, label: Leave}]\n",
    ),
    Rule(
        id="JM055",
        title="a calendar has no entry",
        severity="warning",
        why="A job that runs only during it never runs, and one that skips it skips nothing.",
        remedy="Give it dates, ranges, windows or ical.",
        wrong="kind: calendar\ncalendar_id: holidays\n",
        right=_HOLIDAYS,
    ),
    Rule(
        id="JM056",
        title="a calendar is gone while jobs refer to it",
        why="The calendar was in force and its document has been removed. The jobs that refer to it keep its last "
        "version, so that none of them runs on a day on which it should rest.",
        remedy="Put the document back, or take the reference out of the jobs. Only a running service can tell this: "
        "offline the same mistake is JM051.",
    ),
)
