"""A job's lane on the timeline as SVG: its runs by outcome, the runs to come, and hollow cells where nothing runs.

The drawing is hidden from screen readers, which are told the counts in one sentence; the table says it all in words.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log1p

from markupsafe import Markup

from tasks_service.control.timeline import Bucket, Kind, Mark, Row, Window
from tasks_service.pages.words import chip, duration

WIDTH = 960
HEIGHT = 22
_AXIS = 18
_MARGIN = 20
"""Words nearer to an edge would be cut off."""
_BAR = 12
_LEAST = 3
_CROSS = "m{x} {y} 4 4m0-4-4 4"
_SKIPPED = ("skipped_", "missed_", "coalesced", "superseded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A mark, or all marks of a bucket, in words."""

    begin: datetime
    states: tuple[tuple[str, int], ...]
    """Each state and how many are in it."""
    seconds: float | None
    run_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The scale that all lanes share."""

    window: Window
    ticks: Sequence[tuple[datetime, str]]

    def axis(self) -> Markup:
        """The ticks with their words."""
        words = Markup("").join(
            Markup('<text x="{}" y="13">{}</text>').format(round(x), text)
            for moment, text in self.ticks
            if _MARGIN < (x := self._x(moment)) < WIDTH - _MARGIN
        )
        return _drawing(Markup("{}{}").format(words, self._now(_AXIS)), _AXIS)

    def draw(self, row: Row) -> Markup:
        """One job's lane."""
        grid = Markup("").join(
            Markup('<path class="grid" d="M{0} 0V{1}"/>').format(round(self._x(moment)), HEIGHT)
            for moment, _ in self.ticks
        )
        most = max((sum(bucket.states.values()) for bucket in row.buckets), default=0)
        cells = [self._mark(mark) for mark in row.marks] + [self._bucket(bucket, most) for bucket in row.buckets]
        return Markup('{}<span class="unseen">{}</span>').format(
            _drawing(Markup("{}{}{}").format(grid, Markup("").join(cells), self._now(HEIGHT)), HEIGHT), summary(row)
        )

    def lines(self, row: Row) -> list[Line]:
        """The same in words."""
        marks = [_line(mark) for mark in row.marks]
        return marks + [Line(begin=b.begin, states=tuple(b.states.items()), seconds=None) for b in row.buckets]

    def _x(self, moment: datetime) -> float:
        share = (moment - self.window.since) / (self.window.until - self.window.since)
        return min(max(share, 0.0), 1.0) * WIDTH

    def _now(self, height: int) -> Markup:
        return Markup('<path class="now" d="M{0:.1f} 0V{1}"/>').format(self._x(self.window.now), height)

    def _mark(self, mark: Mark) -> Markup:
        x = self._x(mark.begin)
        width = max(_LEAST, self._x(mark.end) - x)
        x = min(x, WIDTH - width)
        hollow = mark.kind is Kind.LEFT_OUT
        height = _BAR // 2 if hollow else _BAR
        y, look = HEIGHT - 2 - height, _look(mark.kind, mark.state)
        cell = Markup("<title>{}</title>{}").format(_title(mark), _rect(look, x, y, width, height))
        if chip(mark.state).tone == "bad" and not hollow:
            cell += Markup('<path class="glyph" d="{}"/>').format(_CROSS.format(x=round(x), y=2))
        if mark.run_id:
            return Markup('<a href="/runs/{}" tabindex="-1">{}</a>').format(mark.run_id, cell)
        return Markup("<g>{}</g>").format(cell)

    def _bucket(self, bucket: Bucket, most: int) -> Markup:
        x, width = self._x(bucket.begin), self._x(bucket.end) - self._x(bucket.begin) - 2
        # Logarithmic, as on the strip: a bucket of one is seen beside one of thousands.
        height = max(_LEAST, round(_BAR * log1p(sum(bucket.states.values())) / log1p(most)))
        words = ", ".join(f"{count} {chip(state).word}" for state, count in bucket.states.items())
        title = f"{bucket.begin.astimezone(UTC):%a %H:%M} to {bucket.end.astimezone(UTC):%H:%M} UTC · {words}"
        bad = any(chip(state).tone == "bad" for state in bucket.states)
        cross = Markup('<path class="glyph" d="{}"/>').format(_CROSS.format(x=round(x), y=2)) if bad else Markup("")
        rect = _rect(_bucket_look(bucket), x, HEIGHT - 2 - height, width, height)
        return Markup("<g><title>{}</title>{}{}</g>").format(title, rect, cross)


def summary(row: Row) -> str:
    """``3 succeeded, 1 failed, 4 expected``."""
    counts: Counter[str] = Counter()
    for mark in row.marks:
        counts[chip(mark.state).word] += mark.count
    for bucket in row.buckets:
        for state, count in bucket.states.items():
            counts[chip(state).word] += count
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "nothing in this time"


def _drawing(inside: Markup, height: int) -> Markup:
    return Markup('<svg aria-hidden="true" viewBox="0 0 {} {}">{}</svg>').format(WIDTH, height, inside)


def _rect(look: str, x: float, y: int, width: float, height: int) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="1"/>').format(
        look, x, y, width, height
    )


def _look(kind: Kind, state: str) -> str:
    if kind is Kind.UPCOMING:
        return "bar coming"
    if kind is Kind.LEFT_OUT:
        return f"hollow {chip(state).tone}"
    return "bar running" if kind is Kind.RUNNING else f"bar {chip(state).tone}"


def _bucket_look(bucket: Bucket) -> str:
    tones = {chip(state).tone for state in bucket.states}
    if "bad" in tones:
        return "bar bad"
    if all(state.startswith(_SKIPPED) for state in bucket.states):
        return "hollow warn" if "warn" in tones else "hollow"
    return "bar coming" if "expected" in bucket.states else "bar ok"


def _title(mark: Mark) -> str:
    line = _line(mark)
    state, count = line.states[0]
    many = f" {count} times until {mark.end.astimezone(UTC):%a %H:%M:%S}" if count > 1 else ""
    lasts = f" · {duration(line.seconds)}" if line.seconds is not None else ""
    note = f" · {line.note}" if line.note else ""
    return f"{chip(state).word}{many} · due {mark.due_at.astimezone(UTC):%a %H:%M:%S} UTC{lasts}{note}"


def _line(mark: Mark) -> Line:
    hollow = mark.kind is Kind.LEFT_OUT
    return Line(
        begin=mark.begin,
        states=((mark.state, mark.count),),
        seconds=None if hollow else (mark.end - mark.begin).total_seconds(),
        run_id=mark.run_id,
        note=mark.reason,
    )
