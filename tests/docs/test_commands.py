"""The commands of the documents, carried out as they stand."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT, Service, serving

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCKS = [
    (page, block)
    for page in DOCUMENTS
    for block in re.findall(r"^```bash\n(.*?)^```", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
]
COMMANDS = [line for _, block in BLOCKS for line in block.replace("\\\n", "").splitlines() if re.match(r"[a-z]", line)]
CURL = [(page, block) for page, block in BLOCKS if block.startswith("curl ")]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("documents"), {}) as running:
        yield running


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("page", "block"), CURL, ids=[f"{page.name}-{n}" for n, (page, _) in enumerate(CURL, 1)])
def test_every_request_is_answered_with_success(service: Service, page: Path, block: str) -> None:
    """In the order of the pages: what one creates the next may pause."""
    script = block.replace("curl ", "curl --silent --show-error --fail-with-body ").replace(
        "http://localhost:5001", service.url
    )

    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_there_are_requests_to_carry_out() -> None:
    assert len(CURL) >= 2


def test_every_other_command_is_one_of_those_that_are_tested_elsewhere() -> None:
    """Make targets and links between documents and packaging have tests of their own; containers need a builder."""
    known = {"make", "curl", "docker", "useradd", "cp", "systemctl"}

    assert {command.split()[0] for command in COMMANDS} <= known


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("cp ")])
def test_every_file_that_is_copied_exists(command: str) -> None:
    source = command.split()[1]

    assert (ROOT / source.removeprefix("/opt/tasks/")).exists()
