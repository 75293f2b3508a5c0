"""The vendored front-end files are those that were reviewed: proved offline, by hash and version."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def check(web: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, web / "vendor.py", "--check"], capture_output=True, text=True, check=False)


def copy_of_the_project(tmp_path: Path) -> Path:
    for folder in ("web", "tests/vendor"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path / "web"


def test_the_vendored_files_match_their_manifest() -> None:
    answer = check(ROOT / "web")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    web = copy_of_the_project(tmp_path)
    with (web / "static/vendor/htmx/htmx.min.js").open("a") as file:
        file.write("// changed")
    answer = check(web)
    assert answer.returncode == 1
    assert "htmx.min.js was changed" in answer.stderr


def test_a_stray_file_is_noticed(tmp_path: Path) -> None:
    web = copy_of_the_project(tmp_path)
    (web / "static/vendor/stray.js").write_text("alert(1)")
    assert "stray.js is in no package" in check(web).stderr


def test_another_version_than_the_pinned_one_is_noticed(tmp_path: Path) -> None:
    web = copy_of_the_project(tmp_path)
    package = web / "package.json"
    package.write_text(package.read_text().replace('"4.0.1"', '"4.0.2"'))
    assert "htmx.org is 4.0.1" in check(web).stderr


def test_the_lock_file_names_no_download_address() -> None:
    lock = (ROOT / "web/package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in lock
