"""Whoever sees that a run has ended finds all that it printed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from builders import at
from workbench import NoSecrets, Workbench, at_hour

from tasks_service.control.identity import Identity
from tasks_service.control.requests import RequestWriter
from tasks_service.control.runner import Runner
from tasks_service.core.run import BotApi, OutputLine, RunState
from tasks_service.core.stores import OutputStore


class Slow:
    """A store of output that takes its time: other things happen meanwhile."""

    def __init__(self, output: OutputStore, meanwhile: Callable[[], None]) -> None:
        self.read, self.tail = output.read, output.tail
        self._output = output
        self._meanwhile = [meanwhile]

    def append(self, lines: Sequence[tuple[str, OutputLine]]) -> None:
        while self._meanwhile:
            self._meanwhile.pop()()
        self._output.append(lines)


def test_a_run_that_ends_while_output_is_kept_has_not_ended_before_its_own_is(bench: Workbench) -> None:
    bench.commit(at_hour("loud", hour=13), at_hour("quick", hour=13))
    bench.clock.set(at("2026-11-23 13:00"))
    uids = {bench.job(job_id).job_uid: job_id for job_id in ("loud", "quick")}
    runs = {uids[run.job_uid]: run.run_id for run in bench.dispatcher.settle(list(uids))}

    def meanwhile() -> None:
        bench.executor.print(runs["quick"], "the last word")
        bench.executor.end(runs["quick"])

    runner = Runner(
        clock=bench.clock,
        executor=bench.executor,
        requests=RequestWriter(types={}, secrets=NoSecrets(), settings={}, bot_api=BotApi()),
        stores=replace(bench.stores, output=Slow(bench.stores.output, meanwhile)),
        spool=bench.spool,
        identity=Identity(owner="first", node="bench"),
        random=Random(1),
    )
    bench.executor.start(runner)
    assert all(runner.begin(run_id) for run_id in runs.values())
    bench.executor.print(runs["loud"], "much")

    runner.step()
    assert bench.runs.run(runs["quick"]).state is RunState.RUNNING
    runner.step()

    assert bench.runs.run(runs["quick"]).state is RunState.SUCCEEDED
    assert [line.text for line in bench.runs.output(runs["quick"])] == ["the last word"]
