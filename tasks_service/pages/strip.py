"""The strip of runs: one bar per run as SVG, height for duration, glyph and colour for the outcome."""

from collections.abc import Sequence
from math import log1p

from markupsafe import Markup

from tasks_service.core.run import Run
from tasks_service.pages.words import chip, duration

CELLS = 20
_STEP = 7
_HEIGHT = 24
_LEAST = 4
_CROSS = "m{x} {y} 4 4m0-4-4 4"


def strip(runs: Sequence[Run]) -> Markup:
    """The newest runs (given newest first) with the newest at the right; each bar leads to its run.

    The drawing is hidden from screen readers, which are told the counts in one sentence instead.
    """
    shown = list(reversed(runs[:CELLS]))
    longest = max((run.duration_seconds or 0.0 for run in shown), default=0.0)
    empty = CELLS - len(shown)
    cells = [
        Markup('<rect class="void" x="{}" y="{}" width="5" height="2"/>').format(i * _STEP, 22) for i in range(empty)
    ]
    bars = [_bar(run, (empty + i) * _STEP, longest) for i, run in enumerate(shown)]
    drawing = Markup("").join([*cells, *bars])
    return Markup(
        '<span class="strip"><svg aria-hidden="true" width="{0}" height="{1}" viewBox="0 0 {0} {1}">{2}</svg>'
        '<span class="unseen">{3}</span></span>'
    ).format(CELLS * _STEP - 2, _HEIGHT, drawing, summary(shown))


def summary(runs: Sequence[Run]) -> str:
    """``last 20 runs: 18 succeeded, 2 failed``."""
    if not runs:
        return "no runs yet"
    counts: dict[str, int] = {}
    for run in runs:
        counts[chip(run.state).word] = counts.get(chip(run.state).word, 0) + 1
    return f"last {len(runs)} runs: " + ", ".join(f"{count} {word}" for word, count in counts.items())


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
