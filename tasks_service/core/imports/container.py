"""The program of a container: its words and its environment, without what only a cluster knows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks_service.core.imports.original import Fields, Gap, Misfit
from tasks_service.core.secret import references

_REFERENCE = re.compile(r"\$\$|\$\((?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a container runs."""

    parameters: Mapping[str, Any]
    gaps: tuple[Gap, ...]


def program(container: Fields) -> Program:
    """The parameters of a ``command`` job; raises ``Misfit`` where the image alone knows the program."""
    container.ignore("name", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy")
    environment = _Environment(container)
    command, args = container.words("command"), container.words("args")
    if not command:
        raise Misfit((*container.loc, "command"), "given: without it only the image knows which program it runs")
    parameters: dict[str, Any] = {"argv": [_expanded(word, environment.plain) for word in [*command, *args]]}
    if directory := container.text("workingDir"):
        parameters["working_directory"] = directory
    if environment.values:
        parameters["env"] = environment.values
    gaps = [*environment.gaps, *_secrets_of(command, "command", container, environment)]
    return Program(parameters=parameters, gaps=(*gaps, *_secrets_of(args, "args", container, environment)))


class _Environment:
    """The variables of a container: ``values`` as a manifest has them, ``plain`` those of them that are no secrets."""

    def __init__(self, container: Fields) -> None:
        self.plain: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.gaps: list[Gap] = []
        for variable in container.mappings("env"):
            self._take(variable)

    def _take(self, variable: Fields) -> None:
        name, value = variable.text("name"), variable.text("value")
        source = variable.mapping("valueFrom")
        secret = source.mapping("secretKeyRef")
        holder, key = secret.text("name"), secret.text("key")
        secret.ignore("optional")
        if holder and key:
            reference = "TASKS_SECRET_" + re.sub(r"[^A-Z0-9]+", "_", f"{holder}_{key}".upper()).strip("_")
            self.values[name] = f"${{{reference}}}"
            self.gaps.append(Gap(loc=secret.loc, advice=f"give the service {reference}: {key} of the Secret {holder}"))
        elif not any(source.unread()):
            self.values[name] = _expanded(value, self.values)
            if not references(self.values[name]):
                self.plain[name] = self.values[name]


def _secrets_of(words: list[str], key: str, container: Fields, environment: _Environment) -> Iterator[Gap]:
    """The words that hold a secret: others on the machine could read it there."""
    for number, word in enumerate(words):
        names = {found["name"] for found in _REFERENCE.finditer(word)} & (environment.values.keys() - environment.plain)
        if names:
            told = ", ".join(sorted(names))
            advice = f"{told} holds a secret, which a command line would show: let the program read its environment"
            yield Gap(loc=(*container.loc, key, number), advice=advice)


def _expanded(text: str, known: Mapping[str, str]) -> str:
    """``$(NAME)`` with the variable's value, as Kubernetes does before the program starts; ``$$`` is one dollar."""
    return _REFERENCE.sub(lambda found: "$" if found[0] == "$$" else known.get(found["name"], found[0]), text)
