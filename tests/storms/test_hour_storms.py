"""Many storms of an hour of virtual time, also where the clocks of Berlin change. Long: ``make storm``."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from builders import at
from databases import migrated
from hour_storm import Storm, judge
from workbench import workbench

SEEDS = range(30)
BEGINS = ("2027-06-01 11:30", "2027-03-28 00:30", "2027-10-31 00:30")
"""A day like any other; the clocks of Berlin go forward within the hour, and back."""
JOBS = 8


@pytest.mark.storm
@pytest.mark.timeout(3600)
def test_no_storm_leaves_an_occurrence_without_its_one_row(tmp_path: Path) -> None:
    occurrences, rows = 0, 0
    outcomes: Counter[str] = Counter()
    deeds: Counter[str] = Counter()
    for seed in SEEDS:
        database = migrated(f"sqlite:///{tmp_path}/{seed}.db")
        with workbench(database, at(BEGINS[seed % len(BEGINS)])) as bench:
            storm = Storm(bench, Random(seed)).blow(JOBS)
            verdict = judge(storm)
        assert verdict.defects == [], f"seed {seed}"
        occurrences, rows = occurrences + verdict.occurrences, rows + verdict.rows
        outcomes += verdict.outcomes
        deeds += storm.deeds
    print(f"\n{len(SEEDS)} hours, {sum(deeds.values())} deeds {dict(deeds)}")
    print(f"{occurrences} occurrences, {rows} rows, outcomes {dict(outcomes)}")
