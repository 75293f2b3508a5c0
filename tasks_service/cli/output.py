"""The forms in which commands print: for people, for programs, and for GitHub's annotations."""

from enum import StrEnum

from tasks_service.core.diagnostics import Diagnostic


class Form(StrEnum):
    """The value of ``-o``."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class ReportForm(StrEnum):
    """The value of ``-o`` where findings may go to a code scanner or to a server that shows test results."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


class PlainForm(StrEnum):
    """The value of ``-o`` where nothing belongs to a line of a file."""

    TEXT = "text"
    JSON = "json"


def annotation(finding: Diagnostic) -> str:
    """A workflow command that puts a finding beside its line."""
    hint = f" ({finding.hint})" if finding.hint else ""
    place = f"file={_property(finding.path)}"
    if finding.line:
        place += f",line={finding.line},col={finding.column}"
    return f"::{finding.severity} {place},title={_property(finding.rule)}::{_message(finding.message + hint)}"


def workflow_command(level: str, title: str, text: str) -> str:
    """A workflow command that belongs to no line; ``level`` is notice, warning or error."""
    return f"::{level} title={_property(title)}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
