"""Rules about schedules."""

from tasks_service.core.rules.rule import Rule


def _job(schedule: str, more: str = "") -> str:
    return f"job_id: tidy\njob_type: command\nschedule: {{{schedule}}}\nparameters: {{argv: [date]}}\n{more}"


_NIGHTLY = _job('trigger: cron, expression: "0 2 * * *"')

SCHEDULES = (
    Rule(
        id="JM030",
        title="the cron expression cannot be read",
        why="A schedule that is half understood would fire at times that nobody meant.",
        remedy="Write five fields in crontab's form (minute, hour, day of month, month, day of week), a nickname such "
        "as `@daily`, or APScheduler's fields.",
        wrong=_job('trigger: cron, expression: "0 2 * *"'),
        right=_NIGHTLY,
    ),
    Rule(
        id="JM031",
        title="day of month and day of week are both restricted",
        why="In crontab either will do, in other schedulers both must match: `0 2 13 * fri` is every 13th and every "
        "Friday, or only Friday the 13th.",
        remedy="Add `day_match: or` for crontab's meaning, or `day_match: and` for both at once.",
        wrong=_job('trigger: cron, expression: "0 2 13 * fri"'),
        right=_job('trigger: cron, expression: "0 2 13 * fri", day_match: and'),
    ),
    Rule(
        id="JM032",
        title="the schedule can never fire",
        why="Such a job looks alive and does nothing: no day matches, or start_date and end_date leave no fire "
        "between them.",
        remedy="Look at day and month, as in the 31st of February, and at start_date and end_date.",
        wrong=_job('trigger: cron, expression: "0 2 31 2 *"'),
        right=_job('trigger: cron, expression: "0 2 28 2 *"'),
    ),
    Rule(
        id="JM033",
        title="a weekday is given as a number",
        why="In `day_of_week` APScheduler counts from Monday and crontab from Sunday: 1 is Tuesday or Monday.",
        remedy="Write the names: mon, tue, wed, thu, fri, sat, sun.",
        wrong=_job('trigger: cron, day_of_week: "1", hour: 2'),
        right=_job("trigger: cron, day_of_week: tue, hour: 2"),
        fix="writes the names where both ways of counting mean the same days, as in `0-6`.",
        remarks="Through the API it is a warning.",
    ),
    Rule(
        id="JM034",
        title="the time zone is not known",
        why="A schedule is read in an IANA time zone, so that it follows the changes of its clock.",
        remedy="Write an IANA name such as Europe/Berlin or UTC.",
        wrong=_job('trigger: cron, expression: "0 6 * * *", timezone: Europe/Berln'),
        right=_job('trigger: cron, expression: "0 6 * * *", timezone: Europe/Berlin'),
        fix="corrects the name where exactly one zone is near.",
    ),
    Rule(
        id="JM035",
        title="the date is already past",
        severity="warning",
        why="The job will not run again: its run_date, its end_date or its last year has passed.",
        remedy="Remove the manifest, or give a later time.",
        wrong=_job('trigger: date, run_date: "2020-01-01T06:00:00"'),
        right=_job('trigger: date, run_date: "2090-01-01T06:00:00"'),
    ),
    Rule(
        id="JM036",
        title="the interval is shorter than one second",
        why="A scheduler that fires without a pause does nothing else.",
        remedy="Give weeks, days, hours, minutes or seconds; their sum is at least a second.",
        wrong=_job("trigger: interval, seconds: 0"),
        right=_job("trigger: interval, seconds: 30"),
    ),
    Rule(
        id="JM037",
        title="a change of the clocks meets the schedule's time",
        severity="warning",
        why="On one day of the year the clock leaves this time out, or shows it twice. The next such day is named, and "
        "what the job does on it.",
        remedy="Choose another time, or another time zone such as UTC; or write `dst` to say that what happens is "
        "meant, such as `dst: {gap: after, fold: first}`, which is the default.",
        wrong=_job('trigger: cron, expression: "30 2 * * *", timezone: Europe/Berlin'),
        right=_job('trigger: cron, expression: "30 2 * * *", timezone: Europe/Berlin, dst: {gap: after, fold: first}'),
        remarks="Only fixed times are looked at, for two years ahead; a pace, whose minute or hour begins with a star, "
        "follows the clock as it runs.",
    ),
    Rule(
        id="JM038",
        title="the job is due more often than one run may take",
        severity="warning",
        why="A run that uses its time to the full is still under way when the next ones are due, and `overlap: skip` "
        "skips them.",
        remedy="Give `policy.timeout` less than the time between two fires, or write `policy.overlap` to say what is "
        "meant.",
        wrong=_job("trigger: interval, minutes: 5", "policy: {timeout: 30m}\n"),
        right=_job("trigger: interval, minutes: 5", "policy: {timeout: 4m}\n"),
        remarks="Told only where the manifest states the timeout and does not state the overlap. Of a cron "
        "schedule the times of one day are looked at.",
    ),
    Rule(
        id="JM039",
        title="the step does not divide its field",
        severity="warning",
        why="A step begins anew with each hour, day or week: `*/7` minutes fires at 56 and then at 0, four minutes "
        "later.",
        remedy="Take a step that divides the field (of 60: 2, 3, 4, 5, 6, 10, 12, 15, 20, 30; of 24: 2, 3, 4, 6, 8, "
        "12), or `trigger: interval`, which keeps its pace; or list the values that are meant.",
        wrong=_job('trigger: cron, expression: "*/7 * * * *"'),
        right=_job("trigger: interval, minutes: 7"),
        remarks="Minutes, hours, seconds and months are looked at; days of a month are uneven by nature.",
    ),
)
