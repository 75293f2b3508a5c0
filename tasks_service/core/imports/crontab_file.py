"""A crontab as cron reads it: settings of the environment in their order, and the entries below them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tasks_service.core.imports.carried import Loss

_SETTING = re.compile(r"""(?P<name>"[^"]*"|'[^']*'|[^\s="']+)\s*=\s*(?P<value>.*)""")
_FIELDS = r"(?P<expression>@\S+|\S+(?:\s+\S+){4})"
_ENTRY = re.compile(rf"{_FIELDS}\s+(?P<command>.+)")
_ENTRY_OF_USER = re.compile(rf"{_FIELDS}\s+(?P<user>\S+)\s+(?P<command>.+)")
_SWITCHED_OFF = re.compile(r"(?:@[a-z]+|[\d*/,-]+(?:\s+[\d*/,-]+){2}(?:\s+[\w*/,-]+){2})\s+\S", re.ASCII)
_DRAWN = re.compile(r"[\s|.'`+=*-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OF_CRON = {
    "MAILTO": "output is kept with each run instead of being mailed; notify says who is told of failures",
    "MAILFROM": "nothing is mailed",
    "CONTENT_TYPE": "nothing is mailed",
    "CONTENT_TRANSFER_ENCODING": "nothing is mailed",
    "RANDOM_DELAY": "write schedule.jitter, in seconds",
}
"""Settings that cron itself obeys and no manifest has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line that runs something."""

    line: int
    expression: str
    command: str
    user: str = ""
    comment: str = ""
    """What stands above it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    """CRON_TZ, where it is set."""
    losses: tuple[Loss, ...] = ()
    """Settings in force that are left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """The entries of a crontab, and the lines that are none."""

    entries: tuple[Entry, ...]
    losses: tuple[Loss, ...]


def read_crontab(text: str, *, user_column: bool) -> Crontab:
    """Read a crontab; never raises. ``user_column``: a user stands before each command, as in /etc/crontab."""
    reader = _Reader(_ENTRY_OF_USER if user_column else _ENTRY)
    for number, line in enumerate(text.split("\n"), start=1):
        reader.take(number, line.strip())
    return Crontab(entries=tuple(reader.entries), losses=tuple(reader.losses))


class _Reader:
    """Takes line after line; each setting holds for the entries below it."""

    def __init__(self, entry: re.Pattern[str]) -> None:
        self.entries: list[Entry] = []
        self.losses: list[Loss] = []
        self._entry = entry
        self._environment: dict[str, str] = {}
        self._left: dict[str, Loss] = {}
        self._zone = ""
        self._comment: list[str] = []

    def take(self, number: int, line: str) -> None:
        if line.startswith("#"):
            self._comment.append(line.lstrip("#").strip())
            return
        if setting := _SETTING.fullmatch(line):
            self._set(number, _unquoted(setting["name"]), _unquoted(setting["value"]))
        elif line:
            self._run(number, line)
        self._comment = []

    def _set(self, number: int, name: str, value: str) -> None:
        if name == "CRON_TZ":
            self._zone = value
        elif name in _OF_CRON:
            self._left.pop(name, None)
            if value:
                self._left[name] = Loss(line=number, what=name, why=_OF_CRON[name])
        elif _VARIABLE.fullmatch(name):
            self._environment[name] = value
        else:
            self.losses.append(Loss(line=number, what=name, why="this is no name of an environment variable"))

    def _run(self, number: int, line: str) -> None:
        found = self._entry.fullmatch(line)
        if not found:
            missing = "a user and a command" if self._entry is _ENTRY_OF_USER else "a command"
            why = f"five fields or @daily and the like, and then {missing}, are expected"
            self.losses.append(Loss(line=number, what="the line", why=why))
            return
        parts = found.groupdict()
        if parts["expression"].lower() == "@reboot":
            why = "a schedule knows times, not the start of a machine; a unit of the service manager does"
            self.losses.append(Loss(line=number, what="@reboot", why=why))
            return
        self.entries.append(
            Entry(
                line=number,
                expression=" ".join(parts["expression"].split()),
                command=parts["command"],
                user=parts.get("user", ""),
                comment=" ".join(_prose(self._comment)),
                environment=dict(self._environment),
                zone=self._zone,
                losses=tuple(self._left.values()),
            )
        )


def _prose(comment: list[str]) -> Iterator[str]:
    """What a comment says of the entry below it: not the entries that are switched off, nor drawings of the fields."""
    off = [n for n, text in enumerate(comment) if _SWITCHED_OFF.match(text)]
    for text in comment[off[-1] + 1 if off else 0 :]:
        if not _DRAWN.fullmatch(text):
            yield text


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
