"""A finding: the verdict, one sentence that says what was found, and the remedy where something is not right."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_SHOWN = 5
"""Names in one sentence."""


class Verdict(StrEnum):
    """How it stands, from the best to the worst."""

    NOT_CONFIGURED = "not_configured"
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has to say. ``remedy`` is empty only where nothing needs to be done."""

    verdict: Verdict
    sentence: str
    remedy: str = ""


def ok(sentence: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, sentence)


def not_configured(sentence: str) -> Finding:
    """There is nothing to check."""
    return Finding(Verdict.NOT_CONFIGURED, sentence)


def warning(sentence: str, remedy: str) -> Finding:
    """It works, and might not tomorrow."""
    return Finding(Verdict.WARNING, sentence, remedy)


def failure(sentence: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Verdict.FAILURE, sentence, remedy)


def combined(first: Finding, *further: Finding) -> Finding:
    """One finding that says all of several, as bad as the worst of them."""
    findings = (first, *further)
    worst = max(findings, key=lambda finding: list(Verdict).index(finding.verdict))
    remedies = dict.fromkeys(finding.remedy for finding in findings if finding.remedy)
    return Finding(worst.verdict, _joined([finding.sentence for finding in findings]), _joined(list(remedies)))


def some_of(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    shown, more = names[:_SHOWN], len(names) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def as_sentence(text: str) -> str:
    """A hint as the core's errors word it, with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _joined(texts: Sequence[str]) -> str:
    return " ".join(texts)
