"""Reading: from the variables to settings, or to a sentence for each that cannot be used."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tasks_service.settings.problems import SettingsError
from tasks_service.settings.table import KNOWN_VARIABLES, SECRET_VARIABLES, Settings, is_secret, variable_names
from tasks_service.settings.values import PLACEHOLDER_KEYS
from tasks_service.settings.variables import Origin, Variable, gather, unknown_names


def read_settings(env_file: Path | None = Path(".env"), environment: Mapping[str, str] | None = None) -> Settings:
    """Read ``environment`` (by default the process's own) and ``env_file``; raise ``SettingsError`` with a sentence for
    each wrong variable."""
    variables, warnings = gather(os.environ if environment is None else environment, env_file, SECRET_VARIABLES)
    given = {name: variable.text for name, variable in variables.items() if name in KNOWN_VARIABLES}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
        own = [problem for problem in found if problem["type"] != "default_factory_not_called"]  # follows from another
        raise SettingsError(_sentence(problem, variables) for problem in own) from None
    return settings.remember(variables, [*warnings, *_doubts(variables)])


def _sentence(problem: ErrorDetails, variables: Mapping[str, Variable]) -> str:
    """Name, what is wrong and what to do; the value only where it can hold no secret."""
    if not problem["loc"]:  # of the settings together
        return problem["msg"]
    first = str(problem["loc"][0])
    field = next(f for f in Settings.model_fields if first in (f, *variable_names(f)))
    name = next((n for n in variable_names(field) if n in variables), first)
    variable = variables[name]
    value = "its value" if is_secret(field) or "@" in variable.text else repr(variable.text)
    return f"{name}: {value} cannot be used: {_reason(problem)}. Correct or remove it {_place(variable)}."


def _place(variable: Variable) -> str:
    return "in the environment" if variable.origin is Origin.ENVIRONMENT else f"in {variable.path}"


def _reason(problem: ErrorDetails) -> str:
    context = problem.get("ctx", {})
    match problem["type"]:
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "it must be a whole number"
        case "bool_parsing" | "bool_type":
            return "it must be true or false"
        case "greater_than_equal":
            return f"it must be at least {context['ge']}"
        case "less_than_equal":
            return f"it must be at most {context['le']}"
        case "literal_error":
            return f"it must be {context['expected']}"
        case _:
            return problem["msg"]


def _doubts(variables: Mapping[str, Variable]) -> Iterator[str]:
    yield from unknown_names(variables, KNOWN_VARIABLES, SECRET_VARIABLES)
    if "SECRET_KEY" in variables and variables["SECRET_KEY"].text in PLACEHOLDER_KEYS:
        yield "SECRET_KEY is the example's text, which everybody knows: it counts as unset. Set one of your own."
    for field in Settings.model_fields:
        names = [name for name in variable_names(field) if name in variables]
        for old in names[1:]:
            if variables[old].text != variables[names[0]].text:
                yield f"{old} has no effect: it is the old name of {names[0]}, which is set to something else."
