"""The strip of runs: one bar per run as SVG, height for duration, glyph and colour for the outcome.

An expected fire that nothing came of is a hollow cell, never a gap.
"""

from collections import Counter
from collections.abc import Sequence
from math import log1p
from urllib.parse import quote

from markupsafe import Markup

from tasks_service.core.run import Occurrence, Run
from tasks_service.pages.words import chip, duration, instant

CELLS = 20
_STEP = 7
_HEIGHT = 24
_LEAST = 4
_HOLLOW = 9
_CROSS = "m{x} {y} 4 4m0-4-4 4"


def strip(runs: Sequence[Run], ledger: Sequence[Occurrence] = ()) -> Markup:
    """The newest cells of ``runs`` and of the unrun rows of ``ledger`` (both newest first), the newest at the right.

    Each bar leads to its run, each hollow cell to why nothing ran. The drawing is hidden from screen readers, which
    are told the counts in one sentence.
    """
    shown = _newest(runs, ledger)
    longest = max((cell.duration_seconds or 0.0 for cell in shown if isinstance(cell, Run)), default=0.0)
    empty = CELLS - len(shown)
    cells = [
        Markup('<rect class="void" x="{}" y="{}" width="5" height="2"/>').format(i * _STEP, 22) for i in range(empty)
    ]
    for i, cell in enumerate(shown, empty):
        cells.append(_bar(cell, i * _STEP, longest) if isinstance(cell, Run) else _hollow(cell, i * _STEP))
    return Markup(
        '<span class="strip"><svg aria-hidden="true" width="{0}" height="{1}" viewBox="0 0 {0} {1}">{2}</svg>'
        '<span class="unseen">{3}</span></span>'
    ).format(CELLS * _STEP - 2, _HEIGHT, Markup("").join(cells), summary(shown))


def summary(cells: Sequence[Run | Occurrence]) -> str:
    """``last 20 runs: 18 succeeded, 2 failed``."""
    if not cells:
        return "no runs yet"
    counts = Counter(chip(_word(cell)).word for cell in cells)
    noun = "run" if len(cells) == 1 else "runs"
    return f"last {len(cells)} {noun}: " + ", ".join(f"{count} {word}" for word, count in counts.items())


def _newest(runs: Sequence[Run], ledger: Sequence[Occurrence]) -> list[Run | Occurrence]:
    unrun = [row for row in ledger if row.outcome and not row.runs]
    cells: list[Run | Occurrence] = [*runs, *unrun]
    return sorted(cells, key=lambda cell: cell.due_at)[-CELLS:]


def _word(cell: Run | Occurrence) -> str:
    return cell.state if isinstance(cell, Run) else str(cell.outcome)


def _hollow(row: Occurrence, x: int) -> Markup:
    times = f" · {row.count} fires until {row.until:%Y-%m-%d %H:%M:%S} UTC" if row.count > 1 else ""
    title = f"{chip(_word(row)).word} · due {row.due_at:%Y-%m-%d %H:%M:%S} UTC{times} · why?"
    return Markup(
        '<a href="/tasks/{6}/why?at={7}" tabindex="-1"><title>{0}</title>'
        '<rect class="hit" x="{1}" y="0" width="7" height="24"/>'
        '<rect class="hollow {2}" x="{3}" y="{4}" width="4" height="{5}" rx="1"/></a>'
    ).format(
        title,
        x,
        chip(_word(row)).tone,
        x + 0.5,
        _HEIGHT - _HOLLOW - 0.5,
        _HOLLOW,
        quote(row.job_id),
        quote(instant(row.due_at)),
    )


def _bar(run: Run, x: int, longest: float) -> Markup:
    # Logarithmic, so that one long run does not flatten all others.
    share = log1p(run.duration_seconds or 0.0) / log1p(longest) if longest else 0.0
    height = max(_LEAST, round(share * (_HEIGHT - 8)))
    y = _HEIGHT - height
    tone = chip(run.state).tone
    glyph = (
        Markup('<path class="glyph" d="{}"/>').format(_CROSS.format(x=x + 0.5, y=y - 6))
        if tone == "bad"
        else Markup("")
    )
    return Markup(
        '<a href="/runs/{0}" tabindex="-1"><title>{1}</title><rect class="hit" x="{2}" y="0" width="7" height="24"/>'
        '<rect class="bar {3}" x="{2}" y="{4}" width="5" height="{5}" rx="1"/>{6}</a>'
    ).format(run.run_id, _title(run), x, tone if run.state.final else "running", y, height, glyph)


def _title(run: Run) -> str:
    error = f" · {run.error.message.splitlines()[0][:120]}" if run.error and run.error.message else ""
    return f"{chip(run.state).word} · due {run.due_at:%Y-%m-%d %H:%M:%S} UTC · {duration(run.duration_seconds)}{error}"
