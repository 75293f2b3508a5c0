"""An hour of pauses, edits, suspends, manual runs, restarts and kills: for every occurrence exactly one row."""

from random import Random

from builders import at
from hour_storm import Storm, judge
from workbench import workbench


def test_after_a_storm_of_an_hour_every_occurrence_has_exactly_one_row_and_a_reason(fresh_database: str) -> None:
    with workbench(fresh_database, at("2027-10-31 00:30")) as bench:  # Berlin's clocks go back in between
        verdict = judge(Storm(bench, Random(4)).blow(jobs=5))

    assert verdict.defects == []
    assert verdict.occurrences > 100
    assert len(verdict.outcomes) > 6
