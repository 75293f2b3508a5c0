"""The command: no shell unless asked, its output is the run's own, and its exit code decides."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from job_runs import run
from pydantic import ValidationError

from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import Limits, RunRequest
from tasks_service.jobs.command import CommandFailed
from tasks_service.jobs.job_registry import load_job_types
from tasks_service.sandbox.answer import Answer

ROOT = Path(__file__).resolve().parents[2]


def ran(workdir: Path, command: Any, **parameters: Any) -> dict[str, Any]:
    return run("command", {"argv": command, **parameters}, workdir=workdir)


def test_a_program_gets_its_words_as_they_are(tmp_path: Path) -> None:
    script = "import json, sys; open('out', 'w').write(json.dumps(sys.argv[1:]))"
    result = ran(tmp_path, [sys.executable, "-c", script, "a b", "$HOME; *", "c,d"])
    assert json.loads((tmp_path / "out").read_text()) == ["a b", "$HOME; *", "c,d"]
    assert result["exit_code"] == 0
    assert result["duration_seconds"] > 0


def test_a_shell_reads_the_text_where_asked(tmp_path: Path) -> None:
    ran(tmp_path, "echo one two | tr a-z A-Z > out", shell=True)
    assert (tmp_path / "out").read_text() == "ONE TWO\n"


def test_the_output_is_the_runs_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran(tmp_path, "echo to stdout; echo to stderr >&2", shell=True)
    assert capfd.readouterr() == ("to stdout\n", "to stderr\n")


def test_nothing_is_to_be_read_from_standard_input(tmp_path: Path) -> None:
    assert ran(tmp_path, ["cat"])["exit_code"] == 0


def test_environment_and_directory_are_as_given(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    ran(tmp_path, 'echo "$COLOUR $(pwd)" > out', shell=True, env={"COLOUR": "green"}, working_directory="inner")
    assert (tmp_path / "inner" / "out").read_text() == f"green {tmp_path}/inner\n"
    assert "COLOUR" not in os.environ
    ran(tmp_path, "pwd > out", shell=True)
    assert (tmp_path / "out").read_text() == f"{tmp_path}\n"


def test_a_program_knows_which_run_it_is(tmp_path: Path) -> None:
    ran(tmp_path, 'echo "$TASKS_JOB_ID $TASKS_RUN_ID $TASKS_DUE_AT $TASKS_ATTEMPT" > out', shell=True)
    job_id, run_id, due_at, attempt = (tmp_path / "out").read_text().split()
    assert job_id
    assert run_id
    assert datetime.fromisoformat(due_at).tzinfo is not None
    assert attempt == "1"


def test_a_program_knows_until_when_the_work_was_done_before(tmp_path: Path) -> None:
    before = PreviousSuccess(
        due_at=datetime(2030, 1, 1, tzinfo=UTC), finished_at=datetime(2030, 1, 1, 0, 5, tzinfo=UTC), result={}
    )
    ran(tmp_path, 'echo "<$TASKS_PREVIOUS_SUCCESS>" > out', shell=True)
    assert (tmp_path / "out").read_text() == "<>\n"
    run(
        "command",
        {"argv": 'echo "$TASKS_PREVIOUS_SUCCESS" > out', "shell": True},
        workdir=tmp_path,
        previous_success=before,
    )
    assert (tmp_path / "out").read_text() == "2030-01-01T00:00:00+00:00\n"


def test_the_exit_code_decides(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="the shell command ended with exit code 3; expected is 0") as caught:
        ran(tmp_path, "exit 3", shell=True)
    assert caught.value.result is not None
    assert caught.value.result["exit_code"] == 3
    assert ran(tmp_path, "exit 3", shell=True, expected_exit_codes=[0, 3])["exit_code"] == 3
    with pytest.raises(CommandFailed, match="exit code 0; expected is 3"):
        ran(tmp_path, ["true"], expected_exit_codes=3)


def test_a_signal_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="signal SIGKILL") as caught:
        ran(tmp_path, "kill -9 $$", shell=True)
    assert caught.value.result is not None
    assert caught.value.result["signal"] == "SIGKILL"


def test_what_cannot_be_started_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("no program")
    with pytest.raises(CommandFailed, match="there is no program 'no-such-program'"):
        ran(tmp_path, ["no-such-program"])
    with pytest.raises(CommandFailed, match="cannot be started: Permission denied"):
        ran(tmp_path, ["./plain.txt"])
    with pytest.raises(CommandFailed, match=r"working_directory .*missing does not exist"):
        ran(tmp_path, ["true"], working_directory="missing")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Field required"),
        ({"argv": []}, "at least 1 item"),
        ({"argv": [""]}, "must name a program"),
        ({"argv": "ls -l"}, "argv must be a list of words"),
        ({"argv": ["ls"], "shell": True}, "argv must be one text"),
        ({"argv": ["ls", 5]}, "valid string"),
        ({"argv": ["a\0b"]}, "match pattern"),
        ({"argv": ["ls"], "env": {"A=B": "c"}}, "match pattern"),
        ({"argv": ["ls"], "expected_exit_codes": 256}, "less than or equal to 255"),
        ({"argv": ["curl", "-H", "X: ${TASKS_SECRET_KEY}"]}, "put the secret into env"),
        ({"argv": "echo ${TASKS_SECRET_KEY}", "shell": True}, "put the secret into env"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        load_job_types()["command"].canonical(json.dumps(parameters))


def test_secrets_reach_a_program_by_its_environment() -> None:
    canonical = load_job_types()["command"].canonical('{"argv": ["env"], "env": {"KEY": "${TASKS_SECRET_KEY}"}}')
    assert canonical["env"] == {"KEY": "${TASKS_SECRET_KEY}"}


def test_the_job_types_load_without_the_rest_of_the_service() -> None:
    code = (
        "import sys\n"
        "from tasks_service.jobs.job_registry import load_job_types\n"
        "assert 'command' in load_job_types()\n"
        "heavy = {'sqlalchemy', 'apscheduler', 'starlette', 'tasks_service.control', 'tasks_service.adapters'}\n"
        "sys.exit(f'{heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


CHILD = """
import sys
from pathlib import Path
from tasks_service.core.confinement import Enclosure
from tasks_service.core.run import RunRequest
from tasks_service.jobs.context import tell_nobody
from tasks_service.sandbox.child import answer_of

answer, code = answer_of(RunRequest.model_validate_json(sys.argv[1]), Path(), Enclosure(), None, tell_nobody)
sys.stdout.buffer.write(answer)
sys.exit(code)
"""


def test_a_child_process_answers_with_the_error_and_with_what_was_done() -> None:
    request = RunRequest(
        run_id="run-1",
        job_id="nightly",
        job_type="command",
        parameters={"argv": "exit 4", "shell": True},
        due_at=datetime(2026, 11, 25, tzinfo=UTC),
        attempt=1,
        limits=Limits(wall_seconds=30, cpu_seconds=30, memory_bytes=2**29, processes=64, output_bytes=2**20),
    )
    child = subprocess.run([sys.executable, "-c", CHILD, request.model_dump_json()], capture_output=True, cwd=ROOT)
    answer = Answer.model_validate_json(child.stdout)
    assert child.returncode == 1
    assert answer.error is not None
    assert answer.error.type == "CommandFailed"
    assert answer.result is not None
    assert answer.result["exit_code"] == 4
