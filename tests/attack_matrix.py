"""Carrying the attacks out: against a service of our own, at every level that this machine offers.

``python -m attack_matrix`` prints what came of it, as JSON.
"""

import itertools
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from attacks import ATTACKS, Attack
from recorder import Recorder
from running import wait_for

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.confinement import Confinement, Level
from tasks_service.core.run import Limits, RunRequest, RunResult

PLUGIN = Path(__file__).parent / "sandbox" / "plugin"
_LENIENT = {
    "wall_seconds": 30,
    "cpu_seconds": 10,
    "memory_bytes": 512 * 1024**2,
    "processes": 64,
    "output_bytes": 1024**2,
    "grace_seconds": 0.3,
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Trial:
    """What came of an attack at a level."""

    attack: Attack
    level: Level
    contained: bool
    how: str


class Range:
    """An executor at one level, with things to attack around it."""

    def __init__(self, executor: LocalExecutor, recorder: Recorder, target: dict[str, object]) -> None:
        self._executor = executor
        self._recorder = recorder
        self._target = target

    def try_out(self, attack: Attack, level: Level) -> Trial:
        """Run it; nothing of it may be left afterwards."""
        asked = _request(f"target = {self._target!r}\n{attack.code}", level, attack.limits)
        self._executor.submit(asked)
        ended = self._recorder.wait(asked.run_id, 60)
        assert ended.isolation.startswith(level), f"{ended.isolation}: {ended.error}"
        printed = sum(len(line.text) for line in self._recorder.lines(asked.run_id))
        within = printed <= asked.limits.output_bytes + 1000
        contained = _contained(attack, ended) and within and self._nothing_is_left()
        return Trial(attack, level, contained, ended.error.message if ended.error else str(ended.result))

    def _nothing_is_left(self) -> bool:
        """Its supervisor is gone a moment after it has told the end."""
        with suppress(AssertionError):
            return wait_for("the end of all processes of a run", lambda: not self._leftovers(), 5)
        return False

    def _leftovers(self) -> list[psutil.Process]:
        """Processes below the zygote that belong to no run; the victim's is one."""
        below = [p for p in _zygote().children(recursive=True) if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        victim = int(str(self._target["other_run"]))
        family = {victim, psutil.Process(victim).ppid()}
        family |= {parent.pid for parent in psutil.Process(victim).parents()}
        return [process for process in below if process.pid not in family]


def _contained(attack: Attack, ended: RunResult) -> bool:
    if attack.outcomes:
        return ended.error is not None and ended.error.type in attack.outcomes
    return not (ended.result or {}).get("through")


def _request(code: str, level: Level, limits: dict[str, object]) -> RunRequest:
    return RunRequest(
        run_id=f"attack-{next(_numbers)}",
        job_id="attack",
        job_type="code",
        parameters={"code": code},
        due_at=datetime(2030, 1, 1, tzinfo=UTC),
        attempt=1,
        limits=Limits(**(_LENIENT | limits)),  # type: ignore[arg-type]
        isolation=level,
    )


@contextmanager
def attacked(level: Level) -> Iterator[Range | str]:
    """A range at that level, or why this machine does not offer it."""
    with tempfile.TemporaryDirectory(prefix="range-") as directory, _targets(Path(directory)) as target:
        data = Path(directory, "data")
        data.mkdir()
        Path(directory).chmod(0o755)
        recorder = Recorder()
        path = [entry for entry in sys.path if entry and Path(entry).exists()]
        executor = LocalExecutor(
            SystemClock(), None, data, import_path=[*path, str(PLUGIN)], confinement=Confinement(wanted=level)
        )
        executor.start(recorder)
        try:
            refusal = executor.sandbox().facts.get(level.value, "offered")
            if level > Level.S1 and refusal != "offered":
                yield refusal
                return
            with _victim(executor, recorder, level) as (pid, workdir):
                yield Range(executor, recorder, {**target, "other_run": pid, "other_directory": workdir})
        finally:
            executor.stop(0)


@contextmanager
def _victim(executor: LocalExecutor, recorder: Recorder, level: Level) -> Iterator[tuple[int, str]]:
    """Another run, under way all the time."""
    code = "import os, time\nopen('secret', 'w').write('x')\nprint(os.getcwd(), flush=True)\ntime.sleep(300)"
    asked = _request(code, level, {"wall_seconds": 300})
    executor.submit(asked)
    workdir = recorder.wait_for_line(asked.run_id, "/").text
    (pid,) = [process.pid for process in _zygote().children(recursive=True) if not process.children()]
    try:
        yield pid, workdir
    finally:
        executor.cancel(asked.run_id, "the attacks are over")
        recorder.wait(asked.run_id)


def _zygote() -> psutil.Process:
    (zygote,) = [p for p in psutil.Process().children() if "tasks_service.sandbox.zygote" in p.cmdline()]
    return zygote


@contextmanager
def _targets(directory: Path) -> Iterator[dict[str, object]]:
    """Files, sockets and a port of the service and of the machine."""
    private, public, drop, path = (directory / name for name in ("private", "public", "drop", "socket"))
    private.write_text("only the service may know")
    private.chmod(0o600)
    public.write_text("everybody may know")
    public.chmod(0o644)
    drop.mkdir()
    drop.chmod(0o777)
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        local.bind(str(path))
        path.chmod(0o777)
        for listener in (tcp, local):
            listener.listen(16)
        yield {
            "private": str(private),
            "public": str(public),
            "drop": str(drop),
            "socket": str(path),
            "port": tcp.getsockname()[1],
            "service": os.getpid(),
        }


def carry_out() -> dict[str, dict[str, str]]:
    """For each attack and level, told by name: how it went. A level that is not offered is left out."""
    found: dict[str, dict[str, str]] = {attack.name: {} for attack in ATTACKS}
    for level in Level:
        with attacked(level) as there:
            for attack in ATTACKS if isinstance(there, Range) else ():
                assert isinstance(there, Range)
                trial = there.try_out(attack, level)
                found[attack.name][level] = "contained" if trial.contained else "through"
    return found


if __name__ == "__main__":
    print(json.dumps(carry_out()))
