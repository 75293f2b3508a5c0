"""What is shipped: pinned requirements without hosts, a clean Dockerfile, a unit that systemd accepts."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
LOCKS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_requirements_are_pinned_with_hashes_and_name_no_host(lock: Path) -> None:
    entries = lock.read_text("utf-8").replace("\\\n", " ").splitlines()

    assert entries
    assert [
        e for e in entries if not re.match(r"^[a-z0-9._\[\],-]+==\S+( ; [^:]+)?( +--hash=sha256:[0-9a-f]{64})+$", e)
    ] == []


def test_every_direct_dependency_is_in_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]

    assert _names(project["dependencies"]) <= _pinned("requirements.txt").keys()
    assert _names(extras["test"] + extras["dev"]) <= _pinned("requirements-dev.txt").keys()


def test_both_requirements_agree_on_every_version() -> None:
    base, everything = _pinned("requirements.txt"), _pinned("requirements-dev.txt")

    assert base.items() <= everything.items()


def test_the_lock_of_the_pages_assets_names_no_address() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_the_dockerfile_is_clean() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)

    assert done.stdout == ""
    assert done.returncode == 0


def test_the_image_is_what_the_deployment_page_says() -> None:
    text = DOCKERFILE.replace("\\\n", " ")
    image = text.rpartition("\nFROM ")[2]
    told = dict(re.findall(r"^([A-Z]+) (.*)$", image, flags=re.MULTILINE))

    assert "TASKS_HOST=0.0.0.0" in told["ENV"]
    assert "DATABASE_URL" not in told["ENV"]  # the default, in the volume; and DATABASE_URL_FILE may be set
    assert (told["VOLUME"], told["WORKDIR"], told["USER"]) == ("/data", "/data", "10001")
    assert "/health" in told["HEALTHCHECK"]
    assert (json.loads(told["ENTRYPOINT"]), json.loads(told["CMD"])) == (["tasks"], ["serve"])


def test_the_image_installs_only_what_is_pinned_and_names_no_host() -> None:
    installs = re.findall(r"pip install (.*)", DOCKERFILE)

    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-index" not in line] == []
    # A resolver may take what is newer than the lock.
    assert [line for line in installs if "--no-deps" not in line] == []
    assert [name for name in re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE) if "/" in name] == []
    assert re.findall(r"https?://(?!127\.0\.0\.1)\S+", DOCKERFILE) == []


def test_what_is_installed_needs_nothing_else() -> None:
    installed = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
    needs = [(d.name, Requirement(text)) for d in metadata.distributions() for text in d.requires or ()]
    applying = [(name, need) for name, need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]

    assert applying
    assert [
        f"{name} needs {need}"
        for name, need in applying
        if not need.specifier.contains(installed.get(canonicalize_name(need.name), "0"), prereleases=True)
    ] == []


def test_the_image_leaves_local_files_behind() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]

    assert rules[0] == "*"
    assert not any(rule.startswith("!.") for rule in rules)


def test_the_original_way_to_start_is_three_lines() -> None:
    code = [line for line in (ROOT / "app.py").read_text("utf-8").splitlines() if line and not line.startswith('"""')]

    assert len(code) <= 3


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~!; ]", requirement)[0].lower().replace(".", "-") for requirement in requirements}


def _pinned(lock: str) -> dict[str, str]:
    pins = re.findall(r"^([a-z0-9._-]+)(?:\[\S+\])?==(\S+)", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
    return {name.replace(".", "-"): version for name, version in pins}
