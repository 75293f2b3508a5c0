"""The seam between files and live jobs as a machine that takes any step in any order."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from manifest_places import Directory, Place
from seam import Seam
from seam_files import PATHS, Doc

NAMES = ("ada", "bob", "cyd", "dan", "eve", "fay", "gil", "hal")
SCHEDULES = (
    '{trigger: cron, expression: "0 3 * * *"}',
    '{trigger: cron, expression: "30 4 * * *", timezone: America/New_York}',
    "{trigger: interval, hours: 7}",
)
paths = st.sampled_from(PATHS)
names = st.sampled_from(NAMES)
picks = st.integers(0, 15)
docs = st.builds(
    Doc,
    name=names,
    schedule=st.sampled_from(SCHEDULES),
    description=st.sampled_from(["", "x"]),
    suspend=st.sampled_from([False, False, False, True]),
    prune=st.sampled_from(["auto", "auto", "auto", "confirm", "never"]),
)

Databases = Callable[[], AbstractContextManager[str]]


class SeamMachine(RuleBasedStateMachine):
    """Every rule is one thing that happens; most are followed by a sync."""

    def __init__(self, make_place: Callable[[Path], Place], databases: Databases, figures: Counter[str]) -> None:
        super().__init__()
        self._open_ones = ExitStack()
        self._figures = figures
        database = self._open_ones.enter_context(databases())
        folder = Path(self._open_ones.enter_context(TemporaryDirectory()))
        self.seam = Seam(make_place(folder), database, self._open_ones)
        self._saved: dict[str, tuple[Doc, ...]] = {}

    @property
    def files(self) -> dict[str, tuple[Doc, ...]]:
        return self.seam.files.docs

    def teardown(self) -> None:
        self._figures.update(self.seam.done)
        self._figures["examples"] += 1
        self._open_ones.close()

    @rule(found=st.lists(st.tuples(paths, docs), min_size=1, max_size=6, unique_by=lambda f: f[1].name))
    def begin_anew(self, found: list[tuple[str, Doc]]) -> None:
        self.seam.files.put({path: tuple(doc for at, doc in found if at == path) for path in PATHS})
        self.seam.sync()

    @rule(path=paths, doc=docs)
    def add(self, path: str, doc: Doc) -> None:
        self.seam.files.put({path: (*self.files.get(path, ()), doc)})
        self.seam.sync()

    @precondition(lambda self: self.files)
    @rule(pick=picks, doc=docs)
    def edit(self, pick: int, doc: Doc) -> None:
        path, number, old = self._picked(pick)
        self._put(path, number, Doc(**{**vars(doc), "name": old.name, "former": old.former}))

    @precondition(lambda self: self.files)
    @rule(pick=picks, name=names, to=paths)
    def rename(self, pick: int, name: str, to: str) -> None:
        path, number, old = self._picked(pick)
        if name != old.name:
            self._put(path, number, Doc(**{**vars(old), "name": name, "former": old.name}), to)

    @precondition(lambda self: self.files)
    @rule(pick=picks, to=paths)
    def move(self, pick: int, to: str) -> None:
        path, number, old = self._picked(pick)
        self._put(path, number, old, to)

    @precondition(lambda self: self.files)
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        path, number, _ = self._picked(pick)
        self._put(path, number)

    @precondition(lambda self: self.files)
    @rule()
    def empty(self) -> None:
        self._saved = dict(self.files)
        self.seam.files.put(dict.fromkeys(PATHS, ()))
        self.seam.sync()

    @precondition(lambda self: self._saved and not self.files)
    @rule()
    def bring_back(self) -> None:
        self.seam.files.put(self._saved)
        self.seam.sync()

    @precondition(lambda self: self.files)
    @rule(pick=picks, torn=st.booleans())
    def corrupt(self, pick: int, torn: bool) -> None:
        self.seam.files.break_(self._picked(pick)[0], torn=torn)
        self.seam.sync()

    @precondition(lambda self: self.seam.files.torn or self.seam.files.flawed)
    @rule()
    def mend(self) -> None:
        self.seam.files.mend()
        self.seam.sync()

    @precondition(lambda self: not self.seam.files.away)
    @rule(half=st.booleans())
    def lose(self, half: bool) -> None:
        self.seam.files.lose(half=half)
        self.seam.sync()

    @precondition(lambda self: self.seam.files.away)
    @rule()
    def find(self) -> None:
        self.seam.files.find()
        self.seam.sync()

    @precondition(lambda self: self.seam.names)
    @rule(pick=picks, until=st.sampled_from([None, timedelta(hours=5), timedelta(days=2)]), at_once=st.booleans())
    def pause(self, pick: int, until: timedelta | None, at_once: bool) -> None:
        self.seam.pause(self._live(pick), until)
        if at_once:
            self.seam.sync()

    @precondition(lambda self: self.seam.names)
    @rule(pick=picks, at_once=st.booleans())
    def resume(self, pick: int, at_once: bool) -> None:
        self.seam.resume(self._live(pick))
        if at_once:
            self.seam.sync()

    @rule()
    def confirm(self) -> None:
        self.seam.sync()
        self.seam.confirm()

    @rule(hours=st.sampled_from([1, 5, 24, 50]))
    def let_time_pass(self, hours: int) -> None:
        self.seam.pass_time(timedelta(hours=hours, minutes=7))
        self.seam.sync()

    @rule(close=st.booleans())
    def restart(self, close: bool) -> None:
        self.seam.sync()
        self.seam.restart(close=close)
        self.seam.sync()

    @rule(at=st.integers(1, 8), path=paths, doc=docs, dies=st.booleans())
    def change_and_be_interrupted(self, at: int, path: str, doc: Doc, dies: bool) -> None:
        others = tuple(held for held in self.files.get(path, ()) if held.name != doc.name)
        self.seam.files.put({path: (*others, doc)[-2:]})
        (self.seam.crash if dies else self.seam.stumble)(at)

    def _picked(self, pick: int) -> tuple[str, int, Doc]:
        found = [(path, n, doc) for path, held in sorted(self.files.items()) for n, doc in enumerate(held)]
        return found[pick % len(found)]

    def _live(self, pick: int) -> str:
        names = self.seam.names
        return names[pick % len(names)]

    def _put(self, path: str, number: int, doc: Doc | None = None, to: str = "") -> None:
        """Put a document in the place of one, perhaps in another file; nothing deletes it."""
        held = list(self.files[path])
        if doc is None or to not in ("", path):
            del held[number]
        else:
            held[number] = doc
        changed = {path: tuple(held)}
        if doc and to not in ("", path):
            changed[to] = (*self.files.get(to, ()), doc)
        self.seam.files.put(changed)
        self.seam.sync()


def run(make_place: Callable[[Path], Place], databases: Databases, examples: int, steps: int) -> Counter[str]:
    """How often each thing happened."""
    figures: Counter[str] = Counter()
    run_state_machine_as_test(
        partial(SeamMachine, make_place, databases, figures),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return figures


def test_whatever_happens_to_a_directory_its_jobs_are_what_it_says(fresh_databases: Databases) -> None:
    figures = run(Directory, fresh_databases, examples=12, steps=15)

    assert figures["sync"] > 50


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_thousands_of_steps_leave_the_jobs_of_a_directory_what_it_says(fresh_databases: Databases) -> None:
    print(f"\n{run(Directory, fresh_databases, examples=500, steps=40)}")
