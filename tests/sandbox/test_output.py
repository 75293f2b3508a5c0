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
        "import sys\nfor part in range(200):\n"
        "    sys.stdout.write(''.join(f'{part * 10_000 + n:<99}\\n' for n in range(10_000)))"
    )
    assert ended.state is RunState.SUCCEEDED
    assert ended.output_bytes == 200_000_000
    lines = sandbox.lines(ended.run_id)
    half = MIB // 2 // 100
    told = [line.text.strip() for line in lines]
    assert told[:half] == [str(n) for n in range(half)]
    assert told[half].startswith("… half of the limit is printed: from here on lines are left out")
    assert told[half + 1] == (
        f"… {2_000_000 - 2 * half:,} lines (190 MiB) left out here: the limit is 1 MiB (policy.resources.output)"
    )
    assert told[half + 2 :] == [str(n) for n in range(2_000_000 - half, 2_000_000)]
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.seq for line in lines if line.stream == "system"] == [half + 1, half + 2]
    assert resident_bytes() - before < 20 * MIB


def test_a_flood_is_seen_while_it_lasts_and_what_was_printed_last_when_it_ends(sandbox):
    run_id = sandbox.begin(
        "import asyncio, sys\nprint('line\\n' * 100_000, flush=True)\n"
        "print('the reason', file=sys.stderr, flush=True)\nawait asyncio.sleep(60)"
    )
    sandbox.recorder.wait_for_line(run_id, "from here on lines are left out")
    assert run_id in sandbox.executor.running()
    assert "the reason" not in sandbox.text(run_id)
    sandbox.executor.cancel(run_id, "seen")
    sandbox.recorder.wait(run_id)
    assert "the reason" in sandbox.text(run_id)[-3:]


def test_output_that_just_fits_is_complete(sandbox):
    ended = sandbox.run("print('\\n'.join(f'{n:<99}' for n in range(10_000)))")
    lines = [line for line in sandbox.lines(ended.run_id) if line.stream == "stdout"]
    assert [line.text.strip() for line in lines] == [str(n) for n in range(10_000)]
    assert "left out here" not in " ".join(sandbox.text(ended.run_id))


def test_colours_are_kept_and_every_other_control_is_made_harmless(sandbox):
    ended = sandbox.run("print('\\x1b[2J\\x1b[31mred\\x1b[m \\x1b]0;t\\x07\\x1bc\\a \u202eltr')")
    assert sandbox.text(ended.run_id) == ["\x1b[0;31mred\x1b[0m ␛c␇ \ufffdltr"]


def test_the_texts_of_an_error_hold_no_control_characters(sandbox):
    ended = sandbox.run("raise ValueError('a\\x1b[31mb\\x1b[2J\\rc\\nd')")
    assert ended.error is not None
    assert ended.error.message == "ab␍c\nd"
    assert "\x1b" not in ended.error.traceback


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
