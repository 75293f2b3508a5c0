"""What a confined run is told, and what an installation and a manifest may ask for."""

import shutil
from pathlib import Path

import pytest
from attack_matrix import PLUGIN

from tasks_service.core.confinement import Confinement, Level, NotConfined, Offer, choose_level, label_of
from tasks_service.core.run import Limits, RunState
from tasks_service.sandbox.cgroup import RunGroup, find_groups, leave_groups
from tasks_service.sandbox.disk_usage import used_bytes
from tests.sandbox.conftest import running

ALL = Offer(refusals=dict.fromkeys(Level, ""))
LITTLE = Offer(refusals={Level.S1: "", Level.S2: "no root", Level.S3: "no Landlock", Level.S4: "no namespaces"})


def test_a_run_gets_the_level_that_is_wanted_as_far_as_the_machine_offers_it() -> None:
    assert choose_level(Confinement(wanted=Level.S3), ALL, None) is Level.S3
    assert choose_level(Confinement(wanted=Level.S4), LITTLE, None) is Level.S1
    without_user = Offer(refusals={**ALL.refusals, Level.S2: "no root"})
    assert choose_level(Confinement(wanted=Level.S3), without_user, None) is Level.S3


def test_a_manifest_can_raise_the_level_and_never_lower_it() -> None:
    assert choose_level(Confinement(wanted=Level.S3), ALL, Level.S4) is Level.S4
    assert choose_level(Confinement(wanted=Level.S3), ALL, Level.S1) is Level.S3


@pytest.mark.parametrize(
    ("confinement", "asked", "who"),
    [
        (Confinement(minimum=Level.S3), None, "TASKS_SANDBOX_MIN requires level S3"),
        (Confinement(), Level.S4, "policy.isolation of the job requires level S4"),
    ],
)
def test_less_than_is_required_is_refused_with_the_reason(
    confinement: Confinement, asked: Level | None, who: str
) -> None:
    with pytest.raises(NotConfined, match=who) as refusal:
        choose_level(confinement, LITTLE, asked)
    assert "this machine offers S1: no " in str(refusal.value)


def test_a_control_group_shows_in_the_label() -> None:
    assert [label_of(Level.S3, grouped=grouped) for grouped in (False, True)] == ["S3", "S3+R"]


def test_a_run_without_network_is_told_what_would_allow_it(sandbox):
    ended = sandbox.run("import socket\nsocket.create_connection(('127.0.0.1', 9))")
    assert ended.state is RunState.FAILED
    assert "set NETWORK = True in the job type, or policy.network: true in the manifest" in ended.error.message


def test_a_name_that_cannot_be_resolved_for_lack_of_network_is_told_so(sandbox):
    ended = sandbox.run("import socket\nsocket.getaddrinfo('example.invalid', 80)")
    assert "policy.network: true" in ended.error.message


def test_a_run_with_network_reaches_the_network_and_no_socket_of_the_machine(sandbox, tmp_path):
    code = (
        "import socket\nwith socket.create_server(('127.0.0.1', 0)) as s:\n    result['port'] = s.getsockname()[1] > 0"
    )
    assert sandbox.run(code, network=True).result == {"port": True}
    refused = sandbox.run("import socket\nsocket.socket(socket.AF_UNIX)", network=True)
    assert "none to services of this machine" in refused.error.message


def test_a_run_that_is_refused_a_file_is_told_what_would_allow_it(sandbox, tmp_path):
    ended = sandbox.run(f"open({str(tmp_path / 'out')!r}, 'w')")
    assert ended.error.type == "PermissionError"
    assert "TASKS_SANDBOX_WRITE" in ended.error.message
    assert ended.isolation.startswith("S3")


def test_a_run_has_its_own_directory_threads_and_programs(sandbox):
    code = (
        "import os, subprocess, threading\nopen('mine', 'w').write('x')\n"
        "t = threading.Thread(target=lambda: result.update(thread=True))\nt.start()\nt.join()\n"
        "result['program'] = subprocess.run(['cat', 'mine'], capture_output=True, text=True).stdout"
    )
    assert sandbox.run(code).result == {"thread": True, "program": "x"}


@pytest.mark.parametrize("level", [Level.S1, Level.S3, Level.S4])
def test_a_job_that_ends_by_exit_code_or_signal_is_told_apart_at_every_level(sandbox, level):
    left = sandbox.run("import os\nos._exit(7)", isolation=level)
    assert (left.error.type, left.exit_code) == ("Exited", 7)
    killed = sandbox.run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", isolation=level)
    assert (killed.error.type, killed.signal) == ("KilledBySignal", "SIGKILL")


def test_a_run_in_namespaces_can_be_cancelled_and_answers_sigterm(sandbox):
    code = (
        "import asyncio\nprint('here')\ntry:\n    await asyncio.sleep(60)\n"
        "except asyncio.CancelledError:\n    print('tidied up')\n    raise"
    )
    run_id = sandbox.begin(code, isolation=Level.S4)
    sandbox.recorder.wait_for_line(run_id, "here")
    sandbox.executor.cancel(run_id, "no longer needed")
    ended = sandbox.recorder.wait(run_id)
    assert ended.state is RunState.CANCELLED
    assert "tidied up" in sandbox.text(run_id)


def test_modules_are_readable_and_data_beside_them_is_not(sandbox):
    assert PLUGIN.is_dir()
    data = sandbox.data_dir
    (data / "database").write_text("x")
    ended = sandbox.run(f"open({str(data / 'database')!r})")
    assert ended.error.type == "PermissionError"


def test_files_are_counted_without_links_and_holes(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * 1_000_000)
    with (tmp_path / "hole").open("wb") as hole:
        hole.truncate(10**9)
    (tmp_path / "link").symlink_to("/usr")
    assert 1_000_000 <= used_bytes(str(tmp_path)) < 1_200_000


LIMITS = Limits(wall_seconds=1, cpu_seconds=1, memory_bytes=2**27, processes=8, output_bytes=0)


def test_version_2_of_control_groups_is_divided_as_the_kernel_wants_it(tmp_path: Path) -> None:
    own = tmp_path / "service.slice"
    own.mkdir()
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    (own / "cgroup.procs").write_text("101\n")
    (parent,) = find_groups(tmp_path, "0::/service.slice\n")
    assert (own / "tasks-service" / "cgroup.procs").read_text() == "101"
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids"
    directory = Path(parent, "run")
    group = RunGroup([parent], "run", LIMITS)
    for name in ("memory.events", "memory.peak"):
        (directory / name).write_text({"memory.events": "oom 1\noom_kill 2\n", "memory.peak": "4096\n"}[name])
    assert (group.ran_out_of_memory, group.peak_bytes) == (True, 4096)
    group.join()
    assert (directory / "cgroup.procs").read_text() == "0"


def test_groups_of_a_zygote_that_was_killed_are_cleared_up_by_the_next(tmp_path: Path) -> None:
    own = tmp_path / "own"
    stale = own / "tasks-runs-999999999" / "run"
    stale.mkdir(parents=True)
    (own / "cgroup.controllers").write_text("memory pids\n")
    parents = find_groups(tmp_path, "0::/own\n")
    assert not stale.parent.exists()
    (Path(parents[0]) / "cgroup.subtree_control").unlink()
    leave_groups(parents)
    assert not Path(parents[0]).exists()


def test_a_file_of_the_service_beside_its_modules_is_closed_to_runs(tmp_path: Path) -> None:
    plugin = Path(shutil.copytree(PLUGIN, tmp_path / "plugin"))
    secrets = plugin / ".env"
    secrets.write_text("SECRET_KEY=x")
    private = Confinement(private=(str(secrets),))
    with running(tmp_path / "data", plugin, confinement=private) as sandbox:
        ended = sandbox.run(f"open({str(secrets)!r})")
        assert ended.error is not None and ended.error.type == "PermissionError"
        assert sandbox.run("import code_jobs\nresult['module'] = code_jobs.__name__").result == {"module": "code_jobs"}


@pytest.mark.parametrize("file", ["/etc/shadow", "/etc/ssl/private", "/root", "/home", "/var/log"])
def test_what_no_job_needs_of_the_machine_is_closed(sandbox, file):
    ended = sandbox.run(f"import os\nos.open({file!r}, os.O_RDONLY)")
    assert ended.error is not None
    assert ended.error.type in ("PermissionError", "FileNotFoundError")
