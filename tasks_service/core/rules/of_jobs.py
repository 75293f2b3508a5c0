"""Rules about a job as a whole."""

from tasks_service.core.rules.rule import Rule

_TAIL = "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n"

JOBS = (
    Rule(
        id="JM020",
        title="the job type is not known",
        why="Without its type a job has no code to run, and its parameters cannot be checked.",
        remedy="Write the name of a registered type; `tasks schema` lists them, and a type of your own is one file.",
        wrong="job_id: tidy\njob_type: comand\n" + _TAIL,
        right="job_id: tidy\njob_type: command\n" + _TAIL,
        fix="corrects it where exactly one known type is near and the parameters fit it.",
    ),
    Rule(
        id="JM021",
        title="two documents have one job_id",
        why="A job_id is a job's identity over all sources, ignoring case. Both documents are reported, and the job "
        "that was live stays as it was.",
        remedy="Rename one of them, or remove it.",
        wrong=f"job_id: tidy\njob_type: command\n{_TAIL}---\njob_id: Tidy\njob_type: command\n{_TAIL}",
        right=f"job_id: tidy\njob_type: command\n{_TAIL}---\njob_id: tidy_again\njob_type: command\n{_TAIL}",
    ),
    Rule(
        id="JM022",
        title="a suspended job states no reason",
        why="A job that was suspended and forgotten is an incident in waiting: whoever finds it must learn why.",
        remedy="Say in suspend_reason for whom or for what the job waits.",
        wrong="job_id: tidy\njob_type: command\n" + _TAIL + "suspend: true\n",
        right="job_id: tidy\njob_type: command\n" + _TAIL + "suspend: true\nsuspend_reason: The disk is being moved.\n",
    ),
)
