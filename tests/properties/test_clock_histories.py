"""Every clock of the world over the next two years, against an oracle that looks at every minute.

The default suite takes one change of each history and one pattern in eight; ``make proofs`` takes them all.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from builders import make_schedule
from clock_histories import History, histories
from cron_patterns import PATTERNS, Pattern

from tasks_service.core.firing import fires, tally

SHARE = 8


@dataclass
class Figures:
    """What was compared, and what was found."""

    histories: int = 0
    stretches: int = 0
    comparisons: int = 0
    fires: int = 0
    defects: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.histories} histories of the tz database, {self.stretches} stretches of three days,"
            f" {len(PATTERNS)} patterns, {self.comparisons} comparisons, {self.fires} fires:"
            f" {len(self.defects)} defects"
        )


def compare(known: Iterable[History], share: int) -> Figures:
    """Each history, three days around each change, all patterns; or a share of both, another one with each history."""
    figures = Figures()
    for turn, history in enumerate(known):
        figures.histories += 1
        middles = history.middles if share == 1 else [history.middles[turn % len(history.middles)]]
        for middle in middles:
            stretch = history.around(middle)
            figures.stretches += 1
            for pattern in PATTERNS[turn % share :: share]:
                expected = stretch.fires(pattern.wall, **pattern.dst)
                schedule = make_schedule(**pattern.document(history.zone))
                found = list(fires(schedule, stretch.after, stretch.until))
                counted = tally(schedule, stretch.after, stretch.until, keep=3)
                if found != expected or (counted.count, list(counted.newest)) != (len(expected), expected[-3:]):
                    figures.defects.append(_defect(history, pattern, found, expected))
                figures.comparisons += 1
                figures.fires += len(expected)
    return figures


def _defect(history: History, pattern: Pattern, found: list[object], expected: list[object]) -> str:
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    return f"{history.zone} {dict(pattern.keys)} {dict(pattern.dst)}: missing {[*missing]}, extra {[*extra]}"


def test_a_share_of_the_patterns_fires_as_the_oracle_says_in_every_history() -> None:
    figures = compare(histories(), SHARE)

    assert figures.defects == []
    assert len(PATTERNS) == 40
    assert figures.histories > 50
    assert figures.fires > 1000


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_every_pattern_fires_as_the_oracle_says_in_every_history() -> None:
    figures = compare(histories(), 1)

    print(f"\n{figures}")
    assert figures.defects == []
