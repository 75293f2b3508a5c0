"""The systemd units: accepted, hardened, and of one kind. tests/image boots them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from running import ROOT

UNITS = sorted((ROOT / "deploy").glob("*.service"))
WORST = 20
"""The highest exposure that is accepted, in tenths: 1.7 is what systemd 252 says of both."""


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    return found


def verified(analyze: str, unit: str, folder: Path) -> str:
    """What systemd has to say against a unit; its programs count as there."""
    copy = folder / "tasks-unit.service"
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    return subprocess.run([analyze, "verify", copy], capture_output=True, text=True).stderr


def exposure(analyze: str, unit: str, folder: Path) -> int:
    """The exit code of the judgement: 0 where the exposure is below the threshold."""
    copy = folder / "tasks-unit.service"
    copy.write_text(unit)
    command = [analyze, "security", "--no-pager", "--offline=true", f"--threshold={WORST}", str(copy)]
    return subprocess.run(command, capture_output=True, text=True).returncode


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit(analyze: str, unit: Path, tmp_path: Path) -> None:
    assert verified(analyze, unit.read_text(), tmp_path) == ""


@pytest.mark.parametrize("line", ["WatchdogSecs=60", "Typ=notify", "SystemCallFilter=@sytem-service", "Restart=alway"])
def test_systemd_refuses_a_typing_error(analyze: str, line: str, tmp_path: Path) -> None:
    unit = UNITS[0].read_text().replace("[Service]\n", f"[Service]\n{line}\n")

    assert "tasks-unit.service" in verified(analyze, unit, tmp_path)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_exposure_is_low(analyze: str, unit: Path, tmp_path: Path) -> None:
    assert exposure(analyze, unit.read_text(), tmp_path) == 0
    assert exposure(analyze, unit.read_text().replace("CapabilityBoundingSet=\n", ""), tmp_path) != 0


def test_both_units_bind_their_runs_alike() -> None:
    bound = {unit.read_text().partition("# What follows binds the runs")[2].partition("[Install]")[0] for unit in UNITS}

    assert len(UNITS) == 2
    assert len(bound) == 1
    assert "NoNewPrivileges=yes" in bound.pop()


def test_the_folders_of_both_are_apart_and_the_settings_are_shared() -> None:
    service, worker = ((ROOT / "deploy" / f"tasks-{name}.service").read_text() for name in ("service", "worker"))

    for text in (service, worker):
        [state] = re.findall(r"^StateDirectory=(.+)$", text, flags=re.MULTILINE)
        assert f"Environment=TASKS_DATA_DIR=/var/lib/{state}/data" in text
        assert re.search(r"^EnvironmentFile=-?/etc/tasks-service\.env$", text, flags=re.MULTILINE)
