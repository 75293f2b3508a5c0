"""A Dockerfile as data: its stages with their instructions, and what the last one says about the image."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

BASE_ENV = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""What the official Python images set."""
_BUILDING = frozenset({"RUN", "COPY", "ENV", "WORKDIR", "USER"})
_DESCRIBING = frozenset({"VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"})


@dataclass(frozen=True)
class Instruction:
    """One instruction; ``text`` has no flags and no line ends."""

    verb: str
    flags: Mapping[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """The list of its JSON form, else what stands between blanks."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass
class Stage:
    """One ``FROM`` and what follows."""

    base: str
    name: str
    steps: list[Instruction] = field(default_factory=list)
    told: dict[str, Instruction] = field(default_factory=dict)
    """What describes the image, by verb."""

    def entry(self, arguments: list[str] | None = None) -> list[str]:
        """The command of ``docker run``; arguments stand in for ``CMD``."""
        return [*self.told["ENTRYPOINT"].words, *(self.told["CMD"].words if arguments is None else arguments)]


def parse(text: str) -> list[Stage]:
    """The stages; ``NotImplementedError`` for what is not known here, since it could not be carried out either."""
    stages: list[Stage] = []
    for step in _instructions(text):
        if step.verb == "FROM":
            base, _, name = step.text.partition(" AS ")
            stages.append(Stage(base.strip(), name.strip() or str(len(stages))))
        elif step.verb in _BUILDING:
            stages[-1].steps.append(step)
        elif step.verb in _DESCRIBING:
            stages[-1].told[step.verb] = step
        else:
            raise NotImplementedError(f"{step.verb} {step.text}")
    return stages


def expand(text: str, env: Mapping[str, str]) -> str:
    """``$NAME`` and ``${NAME}`` replaced as ENV, COPY and WORKDIR do it."""
    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda found: env.get(found[1] or found[2], ""), text)


def env_file(text: str, host: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``--env-file``: a line is NAME=value as it stands, quotes and all; a bare NAME is the host's."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.lstrip().partition("=")
        if not name or name.startswith("#"):
            continue
        if equals:
            found[name] = value
        elif name in host:
            found[name] = host[name]
    return found


def context(root: Path, rules: str) -> list[Path]:
    """The files that ``.dockerignore`` lets into the build, relative to the root: the last rule that fits decides."""
    patterns = [
        (rule.startswith("!"), re.compile(_pattern(rule.lstrip("!").strip("/"))))
        for rule in map(str.strip, rules.splitlines())
        if rule and not rule.startswith("#")
    ]
    files = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if relative.parts[0] == ".git" or path.is_dir():
            continue
        parents = [str(p) for p in reversed([relative, *relative.parents][:-1])]
        kept = True
        for admits, pattern in patterns:
            if any(pattern.match(parent) for parent in parents):
                kept = admits
        if kept:
            files.append(relative)
    return files


def _pattern(rule: str) -> str:
    """A star stops at a slash; two of them are any number of folders."""
    anywhere, _, rest = rule.rpartition("**/")
    one = translate(rest).replace(".*", "[^/]*")
    return f"(?:.*/)?{one}" if anywhere or rule.startswith("**/") else one


def _instructions(text: str) -> Iterator[Instruction]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n", " ", lines).splitlines():
        if not line.strip():
            continue
        verb, _, rest = line.strip().partition(" ")
        flags: dict[str, str] = {}
        while found := re.match(r"\s*--([a-z-]+)=(\S+)\s*", rest):
            flags[found[1]] = found[2]
            rest = rest[found.end() :]
        yield Instruction(verb.upper(), flags, rest.strip())
