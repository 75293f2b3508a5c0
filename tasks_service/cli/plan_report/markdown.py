"""The report of a plan as Markdown for a comment on a pull request: it fits, and says what it had to leave out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tasks_service.cli.plan_report.escaping import code, escaped
from tasks_service.cli.plan_report.text import NOTHING, calendar_line
from tasks_service.core.change import FieldChange
from tasks_service.core.plan_report.job_change import LEGEND, JobChange
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.plan_report.sentences import load_sentences, per_day, time_sentences, today_sentence

LIMIT = 65_000
"""GitHub takes 65,536 characters in a comment; whoever posts it may add a line of their own."""
_RESERVED = 300
"""So much is kept for each later part: at least it can say that it does not fit."""
_FIELDS = 2
"""So many fields of a job stand in the table."""
_TODAY = 10
_HEAD = "|   | job | change | runs per day | why |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class _Part:
    """Blocks between an opening and a closing; ``rest`` says of how many that they do not fit."""

    blocks: Sequence[str]
    rest: Callable[[int], str]
    opening: str = ""
    closing: str = "\n"

    def fitted(self, room: int) -> str:
        """As many blocks as there is room for."""
        text, room = self.opening, room - len(self.closing) - len(self.rest(len(self.blocks)))
        for place, block in enumerate(self.blocks):
            if len(text) + len(block) > room:
                return text + self.rest(len(self.blocks) - place) + self.closing
            text += block
        return text + self.closing


def plan_markdown(report: PlanReport) -> str:
    """Summary first, then a table of all changes, then the details folded."""
    text = f"### {escaped(report.summary)}\n\n{_introduction(report)}"
    parts = list(_parts(report))
    for place, part in enumerate(parts, start=1):
        text += part.fitted(LIMIT - len(text) - _RESERVED * (len(parts) - place))
    return text.rstrip("\n") + "\n"


def _introduction(report: PlanReport) -> str:
    revision = f", manifests of {escaped(report.revision)}" if report.revision else ""
    lines = [f"Compared with {escaped(report.compared_with)}{revision}.", ""]
    if report.empty:
        lines.append(NOTHING.format("They"))
    else:
        lines += [f"- {escaped(line)}" for line in load_sentences(report.load_before, report.load_after)]
    odd = [f"- {code(c.job_id)} {escaped(today_sentence(c.today))}" for c in report.jobs if c.today and not c.held]
    lines += [*odd[:_TODAY], *([f"- … and {len(odd) - _TODAY} more jobs have an odd day"] if len(odd) > _TODAY else [])]
    lines += [f"- could not be read: {escaped(failure)}" for failure in report.failures]
    return "\n".join(lines) + "\n\n"


def _parts(report: PlanReport) -> Iterator[_Part]:
    if report.problems:
        findings = [f"- {escaped(str(problem))}\n" for problem in report.problems]
        yield _Part(findings, "- … and {} more findings, see `tasks validate`\n".format)
    if report.jobs:
        legend = ", ".join(f"`{sign}` {word}" for sign, word in LEGEND.items())
        rest = "|   | … and {} more jobs, see `tasks plan` |   |   |   |\n".format
        yield _Part([_row(change) for change in report.jobs], rest, _HEAD, f"\n{legend}\n\n")
    if report.calendars:
        lines = [f"- {escaped(calendar_line(calendar))}\n" for calendar in report.calendars]
        yield _Part(lines, "- … and {} more calendars, see `tasks plan`\n".format)
    if report.jobs:
        opening = "<details>\n<summary>Field by field, and in time</summary>\n\n"
        rest = "… and the details of {} more jobs, see `tasks plan`\n\n".format
        yield _Part([_details(change) for change in report.jobs], rest, opening, "</details>\n")


def _row(change: JobChange) -> str:
    runs = (per_day(change.fires.before), per_day(change.fires.after))
    why = escaped("; ".join(change.reasons))
    held = f"**held**: {escaped(change.held)}; " if change.held else ""
    cells = (f"`{change.sign}`", code(change.job_id), _change(change), f"{runs[0]} → {runs[1]}", f"{held}{why}")
    return f"| {' | '.join(cells)} |\n"


def _change(change: JobChange) -> str:
    told = [_field(field) for field in change.fields[:_FIELDS]]
    if len(change.fields) > _FIELDS:
        told.append(f"{len(change.fields) - _FIELDS} more")
    verbs = " and ".join(change.verbs)
    if not change.fields:
        told = [escaped(change.schedule_after or change.schedule_before)]
    return f"{verbs}: {'<br>'.join(told)}"


def _field(field: FieldChange) -> str:
    return f"{code(field.field)}: {_value(field.before)} → {_value(field.after)}"


def _value(text: str) -> str:
    return code(text) if text else "absent"


def _details(change: JobChange) -> str:
    lines = [f"**{code(change.job_id)}** ({escaped(change.origin)})", ""]
    lines += [f"- {_field(field)}" for field in change.fields]
    if change.schedule_before != change.schedule_after:
        before, after = (escaped(words) or "no schedule" for words in (change.schedule_before, change.schedule_after))
        lines.append(f"- schedule: {before} → {after}")
    lines += [f"- {escaped(sentence)}" for sentence in time_sentences(change)]
    return "\n".join(lines) + "\n\n"
