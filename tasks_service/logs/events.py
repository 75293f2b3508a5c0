"""The events: every name that a line of the log can carry, and what it means. Names are stable: alerts rely on them.

``docs/logging.md`` is made of this table, and a test holds it to the code.
"""

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "alarm.cleared": "Something is as expected again. With `job`, `kind`.",
    "alarm.raised": "A job is late, missed a fire, overruns, never ran, fails or was lost. With `job`, `kind`.",
    "api.audit_failed": "A request was denied, and the audit could not be written.",
    "api.relay_failed": "A run's way to the embedded bot API broke. With `run`.",
    "api.store_unavailable": "A request was answered 503, as the database did not answer.",
    "bell.silent": "The leader could not be woken at once; it looks again by itself.",
    "clock.stepped": "The wall clock was set, or the machine slept. With `node` and `by_seconds`, negative for back.",
    "engine.unrecorded": "At the stop the last results could not be recorded; they wait in the spool.",
    "http.failed": "A request was answered 500, with the stack of what broke.",
    "http.request": "A request was served. With `method`, `path`, `status`, `seconds` and `client`.",
    "leader.elected": "This process leads from now on. With `term`.",
    "leader.resigned": "This process no longer leads.",
    "leader.stopping": "This process gives the lead back, as it stops.",
    "leader.unreleased": "The lead could not be given back; it runs out.",
    "loop.step_failed": "A step of a loop failed, with its stack; it is tried again.",
    "member.dead": "Another process gave no sign of life for too long. With `owner`.",
    "memory.readable": "The memory of the service cannot be hidden from jobs on this machine.",
    "page.failed": "A page was answered 500, with the stack of what broke. With `path`.",
    "preflight.finished": "Whether a run of a job would be able to work was looked at. With `job`, `state`, `seconds`.",
    "process.failed": "The process ends with an error that nobody caught.",
    "run.end_lost": "The end of a run could not be handed on, with the stack. With `run`.",
    "run.finished": "A run ended. With `job`, `run`, `attempt`, `type`, `state`, `seconds`, `late_seconds`, and "
    "where they are known `cpu_seconds`, `peak_memory_bytes`, `exit_code`, `signal`.",
    "run.late_result": "A run ended that had been given up before. With `job`, `run`, `state`.",
    "run.lost": "A run's process is gone, and nobody knows how it ended. With `job`, `run`, `attempt`, `type`, `node`.",
    "run.output_lost": "Lines of a run's output could not be handed on. With `run`.",
    "run.progress_lost": "What a run told of its progress could not be handed on. With `run`.",
    "run.spooled": "The database is away: a run's end waits on disk. With `run`.",
    "run.started": "A run begins. With `job`, `run`, `attempt`, `type`, `trigger`, `late_seconds`.",
    "run.unable": "A run could not begin, with the stack. With `job`, `run`.",
    "service.started": "The service listens.",
    "service.warning": "Something about the settings or the surroundings should worry somebody.",
    "source.no_authors": "The history of a git repository is too long or damaged to tell who touched which file.",
    "source.unreachable": "A git repository does not answer; what was fetched last stays in force. With `source`.",
    "source.watch_failed": "A directory cannot be watched; it is read again at every interval.",
    "spool.unreadable": "A result that waited on disk cannot be read. With `file`.",
    "store.away": "Redis does not answer: jobs with `store: redis` wait, all others go on.",
    "store.back": "Redis answers again.",
    "store.forgot": "Redis lost runs that it had confirmed; they are recorded as lost.",
    "store.given_up": "Jobs were moved to the database while Redis kept open runs of theirs.",
    "store.unsafe": "Redis may forget what it confirmed if it crashes; the sentence says which setting to change.",
    "sync.applied": "Changes of the manifests were applied.",
    "systemd.unreachable": "The service manager asked to be told of the state, and cannot be.",
    "thread.failed": "A thread ended with an error that nobody caught.",
    "worker.later": "A worker left a run in the queue, as it could not win it now. With `run`.",
    "worker.repeated": "A worker was told of a run that had begun or was over; it began nothing. With `run`.",
    "worker.started": "A worker takes runs from now on.",
    "worker.unrecorded": "At the stop of a worker the last results could not be recorded; they wait in the spool.",
    "zygote.complaint": "What the process that all runs are forked from said on its stderr.",
    "zygote.gone": "The process that all runs are forked from died; a new one is started.",
    "zygote.outdated": "The code of a job type has changed: a new process to fork runs from takes over.",
    "zygote.unchanged": "The new process did not start: runs go on with the code that was loaded before.",
}
"""Of the service itself. Lines of libraries carry the name of their logger instead, such as ``uvicorn.error``."""

JOB_EVENTS: Mapping[str, str] = {
    "bot_api.transient_failure": "A call to the bot API failed and is tried again.",
    "metrics.source_failed": "One source of metrics did not answer; the others are collected.",
    "slack.rate_limited": "Slack asks to wait.",
    "slack.transient_failure": "A call to Slack failed and is tried again.",
    "slack_import.selected": "How many members the filters let through.",
}
"""Of the job types of this package; they stand in the output of their runs."""
