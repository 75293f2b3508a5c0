"""Artifacts of real runs: what is kept, what is left out, and why nothing else can be reached through them."""

import os

import pytest

from tasks_service.core.run import RunResult, RunState

FOLDER = "import os\nfolder = job.context.artifacts\n"


def kept(ended: RunResult) -> dict[str, bytes]:
    return {artifact.name: artifact.content for artifact in ended.artifacts}


def remarks(sandbox, ended: RunResult) -> list[str]:
    """What the service says below the output; it is the end of the output."""
    return [line.text for line in sandbox.lines(ended.run_id) if line.stream == "system"]


def test_files_are_kept_to_the_byte_and_their_directory_is_gone(sandbox):
    code = FOLDER + "(folder / 'a.bin').write_bytes(bytes(range(256)) * 1000)\n(folder / 'empty').touch()"
    ended = sandbox.run(code)
    assert ended.state is RunState.SUCCEEDED
    assert kept(ended) == {"a.bin": bytes(range(256)) * 1000, "empty": b""}
    assert remarks(sandbox, ended) == []
    assert sandbox.workdirs() == []


@pytest.mark.parametrize("end", ["raise ValueError('no')", "os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_what_a_failed_run_left_is_kept_too(sandbox, end):
    ended = sandbox.run(f"{FOLDER}(folder / 'report.txt').write_text('so far')\n{end}")
    assert ended.state is RunState.FAILED
    assert kept(ended) == {"report.txt": b"so far"}


def test_the_program_of_a_command_finds_the_directory(sandbox):
    ended = sandbox.run(
        "", job_type="command", parameters={"argv": 'echo hello > "$TASKS_ARTIFACTS/out.txt"', "shell": True}
    )
    assert kept(ended) == {"out.txt": b"hello\n"}


def test_beyond_the_limit_files_are_left_out_with_a_reason_and_the_outcome_stays(sandbox):
    code = FOLDER + "(folder / 'a').write_bytes(b'x' * 600)\n(folder / 'b').write_bytes(b'x' * 500)\n"
    code += "(folder / 'c').write_bytes(b'x' * 400)\n"
    code += "with open(folder / 'd', 'wb') as file:\n    file.truncate(1 << 31)"
    ended = sandbox.run(code, limits={"artifact_bytes": 1000})
    assert ended.state is RunState.SUCCEEDED
    assert sorted(kept(ended)) == ["a", "c"]
    why = "of the 1000B of a run {} are free; TASKS_ARTIFACT_LIMIT sets the limit"
    assert remarks(sandbox, ended) == [
        f"artifact b was left out: it has 500B, and {why.format('400B')}",
        f"artifact d was left out: it has 2GiB, and {why.format('0B')}",
    ]


def test_the_default_limit_fits_through(sandbox):
    ended = sandbox.run(FOLDER + "(folder / 'big').write_bytes(os.urandom(4 << 20))")
    assert len(kept(ended)["big"]) == 4 << 20


def test_nothing_but_plain_files_is_read(sandbox, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("a secret of the service")
    code = FOLDER + f"outside = {str(outside)!r}\n"
    code += "(folder / 'link').symlink_to(outside)\n(folder / 'dangling').symlink_to('nowhere')\n"
    code += "try:\n    os.link(outside, folder / 'hard')\nexcept OSError:\n    (folder / 'hard').symlink_to(outside)\n"
    code += "os.mkfifo(folder / 'pipe')\n(folder / 'inner').mkdir()\n(folder / 'inner' / 'x').touch()\n"
    code += "(folder / 'good').write_text('ok')"
    ended = sandbox.run(code)
    assert ended.state is RunState.SUCCEEDED, ended.error
    assert kept(ended) == {"good": b"ok"}
    assert [text.split()[1] for text in remarks(sandbox, ended)] == [*("dangling", "hard", "inner", "link", "pipe")]


def test_a_link_in_place_of_the_directory_is_not_followed(sandbox, tmp_path):
    (tmp_path / "file").write_text("a secret of the service")
    ended = sandbox.run(f"import os\nos.symlink({str(tmp_path)!r}, job.context.workdir / 'artifacts')")
    assert ended.state is RunState.SUCCEEDED
    assert kept(ended) == {}
    assert len(remarks(sandbox, ended)) == 1


def test_names_are_made_harmless(sandbox):
    code = FOLDER + "for name in (b'\\xff\\x1b[31m\"', '<script>é'.encode(), b'.hidden', b'n' * 200, b'a b', b'a_b'):\n"
    code += "    os.close(os.open(os.path.join(os.fsencode(folder), name), os.O_CREAT | os.O_WRONLY))"
    ended = sandbox.run(code)
    assert set(kept(ended)) == {"_script__", "_hidden", "___31m_", "n" * 100, "a_b"}
    assert [text for text in remarks(sandbox, ended) if "another one has this name" in text]


def test_a_flood_of_files_costs_little_and_is_told_in_a_few_lines(sandbox):
    ended = sandbox.run(FOLDER + "for n in range(5000):\n    (folder / f'{n:05}').touch()")
    assert ended.state is RunState.SUCCEEDED
    assert len(kept(ended)) == 100
    assert len(remarks(sandbox, ended)) == 21
    assert "881 more artifacts were left out" in remarks(sandbox, ended)[-1]


def test_a_directory_that_nobody_may_read_hides_nothing_but_itself(sandbox):
    code = FOLDER + "(folder / 'a').write_text('x')\n(folder / 'a').chmod(0)\nfolder.chmod(0)"
    ended = sandbox.run(code)
    assert ended.state is RunState.SUCCEEDED
    assert kept(ended) == ({"a": b"x"} if os.geteuid() == 0 else {})


def test_a_secret_in_a_name_is_masked(sandbox):
    code = FOLDER + "(folder / ('key-' + job.context.secrets['PLUGIN_SECRET'])).touch()"
    ended = sandbox.run(code, secrets={"PLUGIN_SECRET": "sesame-open-now"})
    assert len(ended.artifacts) == 1
    assert "sesame" not in ended.artifacts[0].name
