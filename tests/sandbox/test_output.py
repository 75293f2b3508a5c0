"""Output through real pipes: capped, drained, readable, and live."""

import time
from pathlib import Path

from tasks_service.core.run import RunState

MIB = 1024 * 1024


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_200_mb_are_drained_counted_and_capped_and_the_service_stays_flat(sandbox):
    sandbox.run("print('warm')")
    before = resident_bytes()
    ended = sandbox.run(
        "line = 'x' * 99 + '\\n'\nimport sys\nfor _ in range(200):\n    sys.stdout.write(line * 10_000)"
    )
    assert ended.state is RunState.SUCCEEDED
    assert ended.output_bytes == 200_000_000
    lines = sandbox.lines(ended.run_id)
    kept = [line for line in lines if line.stream == "stdout"]
    assert len(kept) == MIB // 100
    assert [line.stream for line in lines[-1:]] == ["system"]
    assert lines[-1].text == "output limit of 1048576 bytes reached: 198951500 of 200000000 bytes left out"
    assert resident_bytes() - before < 20 * MIB


def test_a_million_empty_lines_are_not_free(sandbox):
    ended = sandbox.run("print('\\n' * 1_000_000)")
    assert ended.output_bytes == 1_000_001
    assert len(sandbox.lines(ended.run_id)) < 60_000


def test_lines_are_numbered_timed_and_named(sandbox):
    ended = sandbox.run("import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three', end='')")
    lines = sandbox.lines(ended.run_id)
    assert sorted((line.stream, line.text) for line in lines) == [
        ("stderr", "two"),
        ("stdout", "one"),
        ("stdout", "three"),
    ]
    assert [line.seq for line in lines] == [1, 2, 3]
    assert all(line.at.tzinfo is not None for line in lines)


def test_output_of_programs_and_of_logging_is_captured(sandbox):
    code = "import subprocess\nsubprocess.run(['sh', '-c', 'echo out; echo err >&2'])\njob.context.logger.info('told')"
    code += "\njob.context.logger.warning('again', extra={'event': 'slack.rate_limited'})"
    ended = sandbox.run(code)
    assert sorted(sandbox.text(ended.run_id)) == ["INFO code: told", "WARNING slack.rate_limited: again", "err", "out"]


def test_output_arrives_while_the_job_still_runs(sandbox):
    run_id = sandbox.begin("import asyncio\nprint('early')\nawait asyncio.sleep(60)")
    sandbox.recorder.wait_for_line(run_id, "early", seconds=5)
    assert run_id in sandbox.executor.running()
    sandbox.executor.cancel(run_id, "seen")
    sandbox.recorder.wait(run_id)


def test_a_run_that_closes_its_output_still_ends(sandbox):
    began = time.monotonic()
    ended = sandbox.run("import os, sys\nsys.stdout.flush()\nos.close(1)\nos.close(2)\nresult = {'silent': True}")
    assert ended.result == {"silent": True}, ended
    assert time.monotonic() - began < 5
