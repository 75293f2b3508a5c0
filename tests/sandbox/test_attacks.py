"""Every attack at every level that this machine offers: what a level promises, it keeps."""

import os
from collections.abc import Iterator

import pytest
from attack_matrix import Range, attacked
from attacks import ATTACKS, Attack
from needs import leave_out

from tasks_service.core.confinement import Level


@pytest.fixture(scope="module", params=list(Level))
def range_at(request: pytest.FixtureRequest) -> Iterator[tuple[Level, Range | str]]:
    with attacked(request.param) as there:
        yield request.param, there


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_level_contains_what_it_promises(range_at: tuple[Level, Range | str], attack: Attack) -> None:
    level, there = range_at
    if isinstance(there, str):
        leave_out(f"{level} is not offered here: {there}", required_by=f"REQUIRE_{level}")
        return
    trial = there.try_out(attack, level)
    assert trial.contained or not attack.promised(level, root=os.geteuid() == 0), trial.how
