"""A job_id for what had no name: the program that a command is about."""

import re
import shlex
from collections.abc import Iterator

_BEFORE = frozenset({"cd", "test", "[", "[[", "sleep"})
"""What is done first; the program stands behind the next separator."""
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&"})
_AROUND = frozenset(
    {"bash", "chronic", "dash", "env", "exec", "flock", "if", "ionice", "java", "nice", "node", "nohup", "perl", "php"}
    | {"python", "python3", "ruby", "run-one", "run-parts", "setsid", "sh", "su", "sudo", "then", "time", "timeout"}
)
"""Words that say how something is run, not what."""
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PROGRAM = re.compile(r"[A-Za-z][\w.+-]*", re.ASCII)
_ENDING = re.compile(r"\.(?:sh|bash|py|pl|rb|php|js|jar)$")


def derived_id(command: str, line: int) -> str:
    """The name of the program, or of the script that an interpreter is given; ``line_12`` where there is none."""
    for word in _words(command):
        name = word.rstrip(";").rpartition("/")[2]
        if name not in _AROUND and not _ASSIGNMENT.match(word) and _PROGRAM.fullmatch(name):
            return as_job_id(_ENDING.sub("", name))
    return f"line_{line}"


def as_job_id(name: str) -> str:
    """A name with what a job_id may not hold replaced."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")[:100]


def _words(command: str) -> Iterator[str]:
    """The words without those that only prepare the way for the program."""
    try:
        words = iter(shlex.split(command, comments=True))
    except ValueError:
        words = iter(command.split())
    for word in words:
        if word not in _BEFORE:
            yield word
            continue
        for further in words:
            if further in _SEPARATORS or further.endswith(";"):
                break
