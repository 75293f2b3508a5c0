"""Rules about keys and the form of their values."""

from tasks_service.core.rules.rule import Rule

_HEAD = "job_id: tidy\njob_type: command\n"
_TAIL = "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n"

KEYS = (
    Rule(
        id="JM010",
        title="a key is not known",
        why="A mistyped key would have no effect, and its default would be in force without a word.",
        remedy="Write the key that is meant; the hint names the nearest one, or the place where it belongs.",
        wrong=_HEAD + _TAIL + "polcy: {timeout: 5m}\n",
        right=_HEAD + _TAIL + "policy: {timeout: 5m}\n",
        fix="renames it where exactly one known key is near and nothing else becomes wrong by it.",
    ),
    Rule(
        id="JM011",
        title="a required key is missing",
        why="Without it the job cannot be planned: a file must state job_id, job_type, schedule and what the job type "
        "requires.",
        remedy="Add the key.",
        wrong=_HEAD + "schedule: {trigger: interval, hours: 1}\n",
        right=_HEAD + _TAIL,
    ),
    Rule(
        id="JM012",
        title="a value has the wrong type or form",
        why="Values are read strictly: `yes` is text and no boolean, `010` is the number ten, and a duration has a "
        "unit.",
        remedy="Write the value in the form that is named.",
        wrong=_HEAD + _TAIL + "policy: {overlap: skipp}\n",
        right=_HEAD + _TAIL + "policy: {overlap: skip}\n",
        fix="puts numbers in quotes where text is expected, takes quotes off where a number or a boolean is, and "
        "corrects a word where exactly one of the allowed ones is near.",
    ),
    Rule(
        id="JM013",
        title="two keys exclude each other",
        why="Only one of them could be in force, and nobody could tell which.",
        remedy="Keep one.",
        wrong=_HEAD + 'schedule: {trigger: cron, expression: "0 2 * * *", hour: 3}\nparameters: {argv: [date]}\n',
        right=_HEAD + 'schedule: {trigger: cron, expression: "0 2 * * *"}\nparameters: {argv: [date]}\n',
    ),
    Rule(
        id="JM014",
        title="a key is accepted but has no effect",
        severity="warning",
        why="Somebody who wrote it expects something of it.",
        remedy="Remove it, or wait for the version that gives it its effect.",
        wrong=_HEAD + 'schedule: {trigger: cron, expression: "0 2 * * *", day_match: or}\nparameters: {argv: [date]}\n',
        right=_HEAD + 'schedule: {trigger: cron, expression: "0 2 * * *"}\nparameters: {argv: [date]}\n',
    ),
    Rule(
        id="JM015",
        title="a key has no value",
        why="An empty key may mean the default, or a value that got lost.",
        remedy="Give it a value, or leave the key out.",
        wrong=_HEAD + "owner:\n" + _TAIL,
        right=_HEAD + _TAIL,
    ),
)
