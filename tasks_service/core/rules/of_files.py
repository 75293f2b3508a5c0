"""Rules about files: whether they can be read at all."""

from tasks_service.core.rules.rule import Rule

_GOOD = """\
job_id: tidy
job_type: command
schedule: {trigger: interval, hours: 1}
parameters: {argv: [date]}
"""

FILES = (
    Rule(
        id="JM001",
        title="the file is not readable YAML",
        why="A file that cannot be read to its end may have been cut off, so none of its jobs is trusted: what was "
        "applied last stays in force. Tags, merge keys (`<<`) and texts that are not UTF-8 are refused as well.",
        remedy="Mend the place that is named. Most often text holds `: ` and needs quotes, or a line is indented with "
        "a tab.",
        wrong="job_id: tidy\njob_type: command\ndescription: Empties: the scratch folder\n"
        "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n",
        right='job_id: tidy\njob_type: command\ndescription: "Empties: the scratch folder"\n'
        "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n",
    ),
    Rule(
        id="JM002",
        title="a key stands twice in one mapping",
        why="Most readers of YAML silently take the last one, and the first is lost without a word.",
        remedy="Keep one of them.",
        wrong="job_id: tidy\njob_type: command\nowner: data\nowner: platform\n"
        "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n",
        right="job_id: tidy\njob_type: command\nowner: platform\n"
        "schedule: {trigger: interval, hours: 1}\nparameters: {argv: [date]}\n",
    ),
    Rule(
        id="JM003",
        title="the document is larger, deeper or more aliased than is allowed",
        why="A few hundred bytes of nested aliases can unfold to gigabytes; what exceeds the limits is not read on.",
        remedy="Split the file, or write the values out.",
        wrong=_GOOD + "labels: " + "[" * 41 + "]" * 41 + "\n",
        right=_GOOD + "labels: {team: data}\n",
    ),
    Rule(
        id="JM004",
        title="the document is not a mapping",
        why="A manifest is a mapping of keys to values; a list of jobs in one document is not read.",
        remedy="Write one document for each job, separated by `---`.",
        wrong="- job_id: tidy\n  job_type: command\n",
        right=_GOOD,
    ),
    Rule(
        id="JM005",
        title="the file cannot be opened",
        why="What cannot be opened may hold jobs, so it is told instead of passed over, and while it lasts no job is "
        "deleted.",
        remedy="Look at its permissions, and at where links lead. Names that begin with `_` or `.` are not read.",
        wrong="ln -s nowhere.yaml manifests/tidy.yaml\n",
        right=_GOOD,
        language="bash",
    ),
    Rule(
        id="JM006",
        title="a link leads out of the directory of manifests",
        why="A link in a repository must not make the service read other files of the machine.",
        remedy="Put the file itself here, or begin the link's name with `_` or `.`.",
        wrong="ln -s /etc/hostname manifests/tidy.yaml\n",
        right=_GOOD,
        language="bash",
    ),
)
