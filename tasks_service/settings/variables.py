"""The variables: what the environment, ``.env`` and files of secrets hold, and where each value comes from."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from tasks_service.core.suggestion import closest
from tasks_service.settings.problems import SettingsError

SECRET_PREFIX: Final = "TASKS_SECRET_"  # noqa: S105 - a prefix of names
"""Variables of this prefix can be named in manifests as ``${TASKS_SECRET_…}``."""
FILE_SUFFIX: Final = "_FILE"
"""``NAME_FILE`` holds the path of a file that holds the secret ``NAME``."""
LARGEST_SECRET: Final = 64 * 1024
"""Bytes of such a file."""

_INJECTED = re.compile(r"TASKS_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")
"""What Kubernetes sets in each pod for a Service called tasks or tasks-…: nobody's mistake."""


class Origin(StrEnum):
    """Where the value of a setting comes from."""

    ENVIRONMENT = "environment"
    ENV_FILE = ".env"
    SECRET_FILE = "file"  # noqa: S105 - a word for a place
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable that is set, and to more than nothing."""

    text: str = field(repr=False)
    origin: Origin
    path: str = ""
    """Of the file that it was read from."""


Variables = Mapping[str, Variable]


def gather(
    environment: Mapping[str, str], env_file: Path | None, secrets: Collection[str]
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """All variables by name, and warnings of lines that could not be read.

    The environment goes before ``env_file``. The names in ``secrets`` and those of ``SECRET_PREFIX`` may be given by
    files. ``SettingsError`` with a sentence for each file that cannot serve.
    """
    given, warnings = _of_file(env_file) if env_file else ({}, ())
    layers = (
        {n: Variable(text=t, origin=Origin.ENV_FILE, path=str(env_file)) for n, t in given.items() if t},
        {n: Variable(text=t, origin=Origin.ENVIRONMENT) for n, t in environment.items() if t},
    )
    found: dict[str, Variable] = {}
    problems: list[str] = []
    for layer in layers:
        found |= layer
        for name, path in _named_files(layer, secrets):
            if name in layer:
                problems.append(f"{name} and {name}{FILE_SUFFIX} are both set. Remove one of them.")
                continue
            try:
                found[name] = Variable(text=_secret_of(path), origin=Origin.SECRET_FILE, path=path)
            except _Unusable as reason:
                problems.append(f"{name}{FILE_SUFFIX}: {path} {reason}.")
    if problems:
        raise SettingsError(problems)
    return found, warnings


def unknown_names(variables: Variables, known: Collection[str], secrets: Iterable[str]) -> Iterator[str]:
    """A sentence for each name that looks like a setting and is none."""
    all_known = {*known, *(f"{name}{FILE_SUFFIX}" for name in secrets)}
    for name in sorted(variables):
        mine = name.upper().startswith("TASKS_") and not name.startswith(SECRET_PREFIX)
        if mine and name not in all_known and not _INJECTED.fullmatch(name):
            near = closest(name, all_known)
            yield f"{name} is no setting" + (f"; did you mean {near}?" if near else " and has no effect.")


def _of_file(path: Path) -> tuple[dict[str, str | None], tuple[str, ...]]:
    try:
        lines = list(parse_stream(StringIO(path.read_text("utf-8-sig"))))
    except (FileNotFoundError, IsADirectoryError):
        return {}, ()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError([f"{path}: it cannot be read ({reason}). Make it a readable UTF-8 file."]) from None
    text = "".join(line.original.string for line in lines if not line.error)
    warnings = (
        f"{path}, line {line.original.line}: it is no NAME=value, and is left out." for line in lines if line.error
    )
    return dotenv_values(stream=StringIO(text)), tuple(warnings)


def _named_files(layer: Variables, secrets: Collection[str]) -> Iterator[tuple[str, str]]:
    for key, variable in layer.items():
        name = key.removesuffix(FILE_SUFFIX)
        if name != key and (name in secrets or (name.startswith(SECRET_PREFIX) and name != SECRET_PREFIX)):
            yield name, variable.text


class _Unusable(Exception):
    """The reason, as the end of a sentence."""


def _secret_of(path: str) -> str:
    """What a file holds without the last line's end: an empty one is refused, as it would count as unset."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_SECRET + 1)
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _Unusable("cannot be read: it is not UTF-8. Make it a text") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise _Unusable(f"cannot be read: {reason}. Make it a file that this user may read") from None
    if not text:
        raise _Unusable("is empty. Write the secret into it")
    if len(content) > LARGEST_SECRET:
        raise _Unusable(f"is larger than {LARGEST_SECRET // 1024} KiB. Name the file of the secret itself")
    return text
