"""A rule: one thing that can be wrong with a manifest."""

from dataclasses import dataclass
from textwrap import fill
from typing import Literal

from tasks_service.core.diagnostics import Severity

Language = Literal["yaml", "bash"]
_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a finding means. Tests run both examples: the wrong one breaks this rule alone, the right one none."""

    id: str
    """Stable: scripts and people refer to it."""
    title: str
    """What is wrong, as a sentence without its full stop."""
    severity: Severity = "error"
    """The usual one; ``remarks`` say where it is another."""
    why: str
    """Why this is told, in a sentence or two."""
    remedy: str
    """What to do."""
    wrong: str = ""
    """A file that breaks the rule; empty where only a running service can."""
    right: str = ""
    """The same, mended."""
    language: Language = "yaml"
    """Of the wrong example: a file, or commands that make one."""
    fix: str = ""
    """What ``tasks validate --fix`` does about it, and when; empty where that is for people to decide."""
    remarks: str = ""
    """Exceptions, and where the limits are."""


def page(rule: Rule) -> str:
    """The rule's page, in Markdown."""
    told = [f"# {rule.id}: {rule.title}", f"Severity: **{rule.severity}**."]
    told += map(_wrapped, (rule.why, f"**What to do.** {rule.remedy}"))
    if rule.fix:
        told.append(_wrapped(f"**`tasks validate --fix`** {rule.fix}"))
    if rule.remarks:
        told.append(_wrapped(rule.remarks))
    if rule.wrong:
        told += ["## Wrong", f"```{rule.language}\n{rule.wrong}```"]
    if rule.right:
        told += ["## Right", f"```yaml\n{rule.right}```"]
    return "\n\n".join(told) + "\n"


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
